// SPDX-License-Identifier: GPL-2.0-only
/* From the parent's sysfs tree to a device's removal, and what a user leaves to the next one. */
#include <linux/pci_regs.h>
#include <poll.h>
#include <pthread.h>

#include "device_fixture.h"
#include "module.h"

#define PORTS		24
#define WAIT_MS		20000

/* Devices that nobody opens: one more than can exist. */
FIXTURE(parent) {
	struct mdev mdevs[PORTS + 1];
};

FIXTURE_SETUP(parent)
{
}

FIXTURE_TEARDOWN_PARENT(parent)
{
	int i;

	for (i = 0; i <= PORTS; i++)
		mdev_remove(&self->mdevs[i]);
}

TEST_F(parent, the_tree_is_the_documented_one)
{
	static const char * const paths[] = {
		"mtty_dev/sample_mtty_dev", "uevent",
		"mdev_supported_types/mtty-1/available_instances",
		"mdev_supported_types/mtty-1/create",
		"mdev_supported_types/mtty-1/device_api",
		"mdev_supported_types/mtty-1/devices",
		"mdev_supported_types/mtty-1/name",
		"mdev_supported_types/mtty-2/available_instances",
		"mdev_supported_types/mtty-2/create",
		"mdev_supported_types/mtty-2/device_api",
		"mdev_supported_types/mtty-2/devices",
		"mdev_supported_types/mtty-2/name",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		EXPECT_TRUE(sysfs_exists(SYSFS_PATH(MDEV_PARENT "/%s", paths[i])))
			TH_LOG("%s", paths[i]);
	}
	EXPECT_FALSE(sysfs_exists(MDEV_TYPES "/mtty-3"));
}

TEST_F(parent, tools_find_the_parent_by_its_class_and_its_bus)
{
	char name[16];

	sysfs_link_name(MDEV_PARENT "/subsystem", name, sizeof(name));
	EXPECT_STREQ("mtty", name);
	EXPECT_TRUE(sysfs_exists("/sys/class/mtty/mtty"));
	EXPECT_TRUE(sysfs_exists("/sys/class/mdev_bus/mtty"));
}

TEST_F(parent, types_show_their_names_and_api)
{
	char line[64];

	sysfs_read(MDEV_TYPES "/mtty-1/name", line, sizeof(line));
	EXPECT_STREQ("Single port serial", line);
	sysfs_read(MDEV_TYPES "/mtty-2/name", line, sizeof(line));
	EXPECT_STREQ("Dual port serial", line);
	sysfs_read(MDEV_TYPES "/mtty-1/device_api", line, sizeof(line));
	EXPECT_STREQ("vfio-pci", line);
	sysfs_read(MDEV_TYPES "/mtty-2/device_api", line, sizeof(line));
	EXPECT_STREQ("vfio-pci", line);
	sysfs_read(MDEV_PARENT "/mtty_dev/sample_mtty_dev", line, sizeof(line));
	EXPECT_STRNE("", line);
}

TEST_F(parent, a_device_names_itself_and_its_type)
{
	const char *uuid;
	char line[128];

	mdev_create(&self->mdevs[0], "mtty-2");
	uuid = self->mdevs[0].uuid;
	sysfs_read(SYSFS_PATH(MDEV_DEVICES "/%s/vendor/sample_mdev_dev", uuid), line, sizeof(line));
	EXPECT_NE(NULL, strstr(line, uuid))
		TH_LOG("sample_mdev_dev says: %s", line);
	sysfs_link_name(SYSFS_PATH(MDEV_DEVICES "/%s/mdev_type", uuid), line, sizeof(line));
	EXPECT_STREQ("mtty-2", line);
	EXPECT_TRUE(sysfs_exists(SYSFS_PATH(MDEV_TYPES "/mtty-2/devices/%s", uuid)));
	EXPECT_TRUE(sysfs_exists(SYSFS_PATH(MDEV_PARENT "/%s/remove", uuid)));
	EXPECT_EQ(!vfio_mode_missing(VFIO_MODE_GROUP),
		  sysfs_exists(SYSFS_PATH(MDEV_DEVICES "/%s/iommu_group", uuid)));
}

TEST_F(parent, instances_are_counted_in_ports)
{
	static const struct {
		const char *type;
		long singles;
		long duals;
	} rows[] = {
		{ "mtty-1", 23, 11 }, { "mtty-1", 22, 11 }, { "mtty-1", 21, 10 },
		{ "mtty-2", 19, 9 }, { "mtty-2", 17, 8 }, { "mtty-1", 16, 8 },
	};
	size_t i;

	EXPECT_EQ(24, mdev_available("mtty-1"));
	EXPECT_EQ(12, mdev_available("mtty-2"));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		mdev_create(&self->mdevs[i], rows[i].type);
		EXPECT_EQ(rows[i].singles, mdev_available("mtty-1"));
		EXPECT_EQ(rows[i].duals, mdev_available("mtty-2"));
	}
	for (; i--;)
		mdev_remove(&self->mdevs[i]);
	EXPECT_EQ(24, mdev_available("mtty-1"));
	EXPECT_EQ(12, mdev_available("mtty-2"));
}

TEST_F(parent, there_are_24_one_port_devices_and_no_more)
{
	int i;

	for (i = 0; i < PORTS; i++)
		mdev_create(&self->mdevs[i], "mtty-1");
	EXPECT_EQ(0, mdev_available("mtty-1"));
	EXPECT_EQ(0, mdev_available("mtty-2"));
	EXPECT_NE(0, __mdev_create(&self->mdevs[PORTS], "mtty-1"));
	EXPECT_NE(0, __mdev_create(&self->mdevs[PORTS], "mtty-2"));
	EXPECT_EQ(0, mdev_available("mtty-1"));
}

TEST_F(parent, there_are_12_two_port_devices_and_no_more)
{
	int i;

	for (i = 0; i < PORTS / 2; i++)
		mdev_create(&self->mdevs[i], "mtty-2");
	EXPECT_NE(0, __mdev_create(&self->mdevs[PORTS], "mtty-2"));
	EXPECT_NE(0, __mdev_create(&self->mdevs[PORTS], "mtty-1"));
}

TEST_F(parent, a_single_port_left_takes_no_two_port_device)
{
	int i;

	for (i = 0; i < PORTS - 1; i++)
		mdev_create(&self->mdevs[i], "mtty-1");
	EXPECT_EQ(1, mdev_available("mtty-1"));
	EXPECT_EQ(0, mdev_available("mtty-2"));
	EXPECT_NE(0, __mdev_create(&self->mdevs[PORTS], "mtty-2"));
	EXPECT_EQ(1, mdev_available("mtty-1"));
	mdev_create(&self->mdevs[PORTS - 1], "mtty-1");
}

TEST_F(parent, a_uuid_can_be_used_only_once)
{
	mdev_create(&self->mdevs[0], "mtty-1");
	EXPECT_EQ(-EEXIST, __mdev_create_uuid("mtty-1", self->mdevs[0].uuid));
	EXPECT_EQ(-EEXIST, __mdev_create_uuid("mtty-2", self->mdevs[0].uuid));
	EXPECT_EQ(23, mdev_available("mtty-1"));
}

TEST_F(parent, an_invalid_uuid_creates_nothing)
{
	static const char * const texts[] = {
		"x", "83b8f4f2-509f-382f-3c1e", "83b8f4f2-509f-382f-3c1e-e6bfe0fa100g",
		"83b8f4f2-509f-382f-3c1e-e6bfe0fa1001-and-more",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		EXPECT_EQ(-EINVAL, __mdev_create_uuid("mtty-1", texts[i]))
			TH_LOG("%s", texts[i]);
	}
	EXPECT_EQ(24, mdev_available("mtty-1"));
}

TEST_F_TIMEOUT(parent, devices_come_and_go_for_ever, 300)
{
	int i;

	for (i = 0; i < 100; i++) {
		mdev_create(&self->mdevs[0], i & 1 ? "mtty-1" : "mtty-2");
		mdev_remove(&self->mdevs[0]);
	}
	EXPECT_EQ(24, mdev_available("mtty-1"));
	EXPECT_EQ(12, mdev_available("mtty-2"));
}

static void *create_and_remove(void *type)
{
	struct mdev mdev;
	int i;

	for (i = 0; i < 50; i++) {
		mdev_create(&mdev, type);
		mdev_remove(&mdev);
	}
	return NULL;
}

TEST_F_TIMEOUT(parent, two_users_create_and_remove_at_once, 300)
{
	pthread_t threads[2];

	ASSERT_EQ(0, pthread_create(&threads[0], NULL, create_and_remove, "mtty-1"));
	ASSERT_EQ(0, pthread_create(&threads[1], NULL, create_and_remove, "mtty-2"));
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	EXPECT_EQ(24, mdev_available("mtty-1"));
	EXPECT_EQ(12, mdev_available("mtty-2"));
}

TEST_F(parent, unloading_removes_devices_that_nobody_uses)
{
	const char *module = module_path();

	if (!module)
		SKIP(return, "MTTY_KO does not say which module to load again");
	mdev_create(&self->mdevs[0], "mtty-1");
	mdev_create(&self->mdevs[1], "mtty-2");
	ASSERT_EQ(0, module_unload());
	EXPECT_FALSE(sysfs_exists(SYSFS_PATH(MDEV_DEVICES "/%s", self->mdevs[0].uuid)));
	EXPECT_FALSE(sysfs_exists(MDEV_PARENT));
	memset(self->mdevs, 0, sizeof(self->mdevs));
	EXPECT_EQ(0, module_load(module, ""));
	EXPECT_EQ(24, mdev_available("mtty-1"));
}

TEST_F(device, a_device_in_use_keeps_the_module)
{
	EXPECT_NE(0, module_unload());
	EXPECT_EQ(NULL, __uart_run(&self->dev, "W3=03 W0=41 R0=41"));
}

TEST_F(device, a_data_file_keeps_the_module)
{
	__u8 byte;
	int data_fd = mig_set(&self->dev, STATE_STOP_COPY);

	vfio_close(&self->dev);
	mdev_remove(&self->mdev);
	EXPECT_NE(0, module_unload());
	EXPECT_EQ(-ENODEV, __mig_read(data_fd, &byte, 1));
}

static void leave_dirty(struct vfio_dev *dev, unsigned int state)
{
	static const __u8 line = 10;

	uart_run(dev, "0:W3=83 0:W0=34 0:W1=12 0:W3=03 0:W2=81 0:W1=0F 0:W4=1F 0:W7=77 0:W0=41");
	uart_run(dev, "1:W3=03 1:W2=C1 1:W1=0F 1:W4=0B 1:W7=66 1:W0=[41-50]");
	config_write16(dev, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_INTX_DISABLE);
	config_write32(dev, PCI_BASE_ADDRESS_0, 0xc150);
	config_write(dev, PCI_INTERRUPT_LINE, &line, 1);
	irq_enable(dev, IRQ_INTX, eventfd_new());
	__irq_set(dev, IRQ_INTX, IRQ_EVENTFD | IRQ_UNMASK, 1, eventfd_new());
	irq_enable(dev, IRQ_REQ, eventfd_new());
	if (state == STATE_ERROR)
		mig_break(dev);
	else
		mig_set(dev, state);
}

static void expect_new(struct __test_metadata *_metadata, struct vfio_dev *dev,
		       const __u8 *config, unsigned int state)
{
	__u8 seen[CONFIG_SIZE];
	__u32 index;

	EXPECT_EQ(STATE_RUNNING, mig_get(dev))
		TH_LOG("left in %s", mig_state_name(state));
	config_read(dev, 0, seen, sizeof(seen));
	EXPECT_EQ(0, memcmp(config, seen, sizeof(seen)))
		TH_LOG("left in %s: configuration space", mig_state_name(state));
	EXPECT_EQ(NULL, __uart_run_as_new(dev));
	for (index = IRQ_INTX; index <= IRQ_REQ; index++) {
		EXPECT_EQ(-EINVAL, __irq_set(dev, index, IRQ_NONE | IRQ_TRIGGER, 0, 0))
			TH_LOG("left in %s: interrupt %u", mig_state_name(state), index);
	}
}

TEST_F(device, the_next_user_finds_a_new_device)
{
	__u8 config[CONFIG_SIZE];
	unsigned int state;

	config_read(&self->dev, 0, config, sizeof(config));
	for (state = STATE_ERROR; state < STATE_NR; state++) {
		leave_dirty(&self->dev, state);
		vfio_close(&self->dev);
		vfio_open(&self->dev, self->mdev.uuid, variant->mode);
		expect_new(_metadata, &self->dev, config, state);
	}
}

TEST_F(device, the_first_user_finds_what_the_next_one_finds)
{
	__u8 first[CONFIG_SIZE], next[CONFIG_SIZE];

	config_read(&self->dev, 0, first, sizeof(first));
	expect_new(_metadata, &self->dev, first, STATE_RUNNING);
	vfio_close(&self->dev);
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	config_read(&self->dev, 0, next, sizeof(next));
	EXPECT_EQ(0, memcmp(first, next, sizeof(first)));
}

TEST_F(device, a_group_gives_the_same_device_twice)
{
	struct vfio_dev second = self->dev;

	if (variant->mode != VFIO_MODE_GROUP)
		SKIP(return, "the device's own node can be opened only once");
	second.fd = vfio_group_device_fd(&self->dev, self->mdev.uuid);
	ASSERT_LE(0, second.fd);
	uart_write(&self->dev, 0, 7, 0x77);
	EXPECT_EQ(0x77, uart_read(&second, 0, 7));
	mig_set(&second, STATE_PRE_COPY);
	close(second.fd);
	EXPECT_EQ(0x77, uart_read(&self->dev, 0, 7));
	EXPECT_EQ(STATE_PRE_COPY, mig_get(&self->dev));
}

TEST_F(device, two_devices_share_nothing)
{
	int mine = eventfd_new(), others = eventfd_new();
	struct vfio_dev *dev = &self->dev, *other = &self->other;

	vfio_open_new(other, &self->other_mdev, "mtty-2", variant->mode);
	irq_enable(dev, IRQ_INTX, mine);
	irq_enable(other, IRQ_MSI, others);
	uart_run(dev, "W3=03 W2=01 W7=77 W0=[41-43] W1=01");
	EXPECT_EQ(1, eventfd_take(mine));
	EXPECT_EQ(0, eventfd_take(others));
	EXPECT_EQ(NULL, __uart_run_as_new(other));
	config_write16(dev, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MASTER);
	EXPECT_EQ(0, config_read16(other, PCI_COMMAND) & PCI_COMMAND_MASTER);
	mig_set(dev, STATE_STOP);
	EXPECT_EQ(STATE_RUNNING, mig_get(other));
	uart_run(other, "W1=02");
	EXPECT_EQ(1, eventfd_take(others));
	vfio_reset(other);
	EXPECT_EQ(STATE_STOP, mig_get(dev));
	mig_set(dev, STATE_RUNNING);
	EXPECT_EQ(NULL, __uart_run(dev, "R7=77 R0=[41-43]"));
}

static void *remove_device(void *mdev)
{
	mdev_remove(mdev);
	return NULL;
}

TEST_F(device, removal_asks_the_user_to_release_the_device)
{
	int request = eventfd_new();
	char uuid[sizeof(self->mdev.uuid)];
	pthread_t thread;

	memcpy(uuid, self->mdev.uuid, sizeof(uuid));
	irq_enable(&self->dev, IRQ_REQ, request);
	ASSERT_EQ(0, pthread_create(&thread, NULL, remove_device, &self->mdev));
	EXPECT_LE(1, eventfd_wait(request, WAIT_MS));
	EXPECT_EQ(EBUSY, pthread_tryjoin_np(thread, NULL));
	EXPECT_EQ(NULL, __uart_run(&self->dev, "W3=03 W0=41 R0=41"));
	vfio_close(&self->dev);
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_FALSE(sysfs_exists(SYSFS_PATH(MDEV_PARENT "/%s", uuid)));
}

TEST_F(device, removal_waits_for_a_user_that_cannot_be_asked)
{
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, remove_device, &self->mdev));
	EXPECT_EQ(NULL, __uart_run(&self->dev, "W3=03 W0=41 R0=41"));
	vfio_close(&self->dev);
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(24, mdev_available("mtty-1"));
}

TEST_HARNESS_MAIN
