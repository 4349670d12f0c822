// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls whose memory or user space fails, one place after the other: each says so,
 * leaves nothing behind, and the same call works right after. That no memory is left
 * behind, the script run finds out afterwards.
 */
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <linux/iommufd.h>
#include <linux/pci_regs.h>
#include <sys/ioctl.h>

#include "fail.h"
#include "mtty_test.h"

#define TIMEOUT		600
#define WAIT_MS		10000
#define PAGE		4096
#define LOG_LENGTH	(256 * PAGE)

/* Both ports in use, and three bytes to come back. */
#define BUSY	"0:W3=03 0:W2=01 0:W7=A5 1:W3=1B 1:W7=5A 0:W0=[41-43]"
#define KEPT	"0:R7=A5 1:R7=5A 1:R3=1B 0:R5=01 0:R0=[41-43] 0:R5=60"
#define LOOPS	"0:W3=03 0:W0=51 0:R0=51"
/* The line, by the bytes that wait */
#define RAISE	"0:W1=00 0:W1=01"
#define LOWER	"0:W1=00"

/* The device under test, and what its operations need. */
struct bench {
	enum vfio_mode mode;
	struct mdev mdev;
	struct vfio_dev dev;
	/* the call went on although a place in it failed; what it answered if it did not */
	bool forgiven;
	int error;
	/* the device that comes and goes */
	const char *type;
	char uuid[MDEV_UUID_LEN + 1];
	struct mdev other;
	long available;
	/* a second way into the device */
	char node[SYSFS_PATH_MAX];
	__u32 ioas;
	int second;
	/* interrupts */
	__u32 index;
	__u32 flags;
	int trigger;
	int eventfd;
	/* migration */
	unsigned int from;
	unsigned int to;
	int data_fd;
	int new_fd;
	size_t piece;
	size_t moved;
	__u8 stream[STREAM_MAX];
	/* what a call answers, and what it answers when nothing fails */
	__u8 answer[CONFIG_SIZE];
	__u8 expected[CONFIG_SIZE];
};

/*
 * @call: a negative errno if it failed
 * @refused: what must hold after that
 * @done: what must hold after success; leaves nothing open that @prepare opened
 */
struct operation {
	void (*prepare)(struct bench *bench);
	int (*call)(struct bench *bench);
	void (*refused)(struct __test_metadata *_metadata, struct bench *bench);
	void (*done)(struct __test_metadata *_metadata, struct bench *bench);
};

FIXTURE(fail_nth) {
	struct fail_knobs knobs;
	struct bench bench;
};

FIXTURE_VARIANT(fail_nth) {
	enum vfio_mode mode;
};

FIXTURE_VARIANT_ADD(fail_nth, group) {
	.mode = VFIO_MODE_GROUP,
};

FIXTURE_VARIANT_ADD(fail_nth, cdev) {
	.mode = VFIO_MODE_CDEV,
};

FIXTURE_SETUP(fail_nth)
{
	const char *missing = vfio_mode_missing(variant->mode) ?: fail_missing();

	if (missing)
		SKIP(return, "%s", missing);
	self->bench.mode = variant->mode;
	vfio_open_new(&self->bench.dev, &self->bench.mdev, "mtty-2", variant->mode);
	fail_knobs_set(&self->knobs);
}

FIXTURE_TEARDOWN_PARENT(fail_nth)
{
	fail_knobs_restore(&self->knobs);
	mdev_remove(&self->bench.mdev);
	mdev_remove(&self->bench.other);
}

static unsigned int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int files = 0;

	CHECK(dir, "cannot see the open files");
	while (readdir(dir))
		files++;
	closedir(dir);
	return files;
}

/* Whether the call had an n-th place that can fail. */
static bool survives(struct __test_metadata *_metadata, struct bench *bench,
		     const struct operation *op, unsigned int n)
{
	unsigned int files;
	bool failed;
	int ret;

	op->prepare(bench);
	files = open_files();
	fail_arm(n);
	ret = op->call(bench);
	failed = fail_disarm();
	bench->forgiven = failed && ret >= 0;
	if (ret < 0) {
		EXPECT_TRUE(failed && (ret == -ENOMEM || ret == -EFAULT))
			TH_LOG("returned %d", ret);
		EXPECT_EQ(files, open_files());
		bench->error = ret;
		if (op->refused)
			op->refused(_metadata, bench);
		ret = op->call(bench);
		EXPECT_LE(0, ret);
	}
	op->done(_metadata, bench);
	return failed;
}

/* Without a fault first, which also brings in all pages that the calls touch. */
static void expect_survival(struct __test_metadata *_metadata, struct bench *bench,
			    const struct operation *op, const char *what, const char *whereto)
{
	unsigned int n = 0, files;

	op->prepare(bench);
	fail_arm(0);
	ASSERT_LE(0, op->call(bench))
		TH_LOG("%s%s fails even without a fault", what, whereto);
	memcpy(bench->expected, bench->answer, sizeof(bench->expected));
	op->done(_metadata, bench);

	files = open_files();
	do {
		n++;
	} while (survives(_metadata, bench, op, n) && __test_passed(_metadata));
	EXPECT_EQ(files, open_files());
	if (__test_passed(_metadata))
		TH_LOG("%s%s: %u places failed", what, whereto, n - 1);
	else
		TH_LOG("%s%s: after its place %u failed", what, whereto, n);
}

static void expect_run(struct __test_metadata *_metadata, struct vfio_dev *dev,
		       const char *tokens)
{
	const char *failed = __uart_run(dev, tokens);

	EXPECT_EQ(NULL, failed)
		TH_LOG("in \"%s\", from here on: %s", tokens, failed);
}

static void busy(struct bench *bench)
{
	vfio_reset(&bench->dev);
	uart_run(&bench->dev, BUSY);
}

static void expect_kept(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(STATE_RUNNING, mig_get(&bench->dev));
	expect_run(_metadata, &bench->dev, KEPT);
	expect_run(_metadata, &bench->dev, LOOPS);
}

/* A device's life; it is long, so each way of opening one has its type. */

static const char * const types[] = {
	[VFIO_MODE_GROUP] = "mtty-1", [VFIO_MODE_CDEV] = "mtty-2",
};

static void expect_works_as_new(struct __test_metadata *_metadata, struct vfio_dev *dev)
{
	EXPECT_EQ(STATE_RUNNING, mig_get(dev));
	expect_run(_metadata, dev, "0:R1=00 0:R2=01 0:R3=00 0:R4=00 0:R5=60 0:R7=00");
	expect_run(_metadata, dev, LOOPS);
}

static void prepare_create(struct bench *bench)
{
	sysfs_read("/proc/sys/kernel/random/uuid", bench->uuid, sizeof(bench->uuid));
	bench->available = mdev_available("mtty-1");
}

static int create(struct bench *bench)
{
	int ret = __mdev_create_uuid(bench->type, bench->uuid);

	if (!ret)
		memcpy(bench->other.uuid, bench->uuid, sizeof(bench->uuid));
	return ret;
}

static void expect_not_created(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_FALSE(sysfs_exists(SYSFS_PATH(MDEV_DEVICES "/%s", bench->uuid)));
	EXPECT_EQ(bench->available, mdev_available("mtty-1"));
}

/* The driver core would rather have a device without its node than no device. */
static void expect_created(struct __test_metadata *_metadata, struct bench *bench)
{
	struct vfio_dev dev;

	EXPECT_TRUE(sysfs_exists(SYSFS_PATH(MDEV_DEVICES "/%s/vendor/sample_mdev_dev",
					    bench->uuid)));
	if (!bench->forgiven) {
		vfio_open(&dev, bench->uuid, bench->mode);
		expect_works_as_new(_metadata, &dev);
		vfio_close(&dev);
	}
	mdev_remove(&bench->other);
	expect_not_created(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, a_creation_that_fails_leaves_no_device, TIMEOUT)
{
	static const struct operation creation = {
		prepare_create, create, expect_not_created, expect_created,
	};

	self->bench.type = types[variant->mode];
	expect_survival(_metadata, &self->bench, &creation, "create ", self->bench.type);
}

static void prepare_remove(struct bench *bench)
{
	prepare_create(bench);
	mdev_create(&bench->other, bench->type);
	memcpy(bench->uuid, bench->other.uuid, sizeof(bench->uuid));
}

static int remove_other(struct bench *bench)
{
	return __mdev_remove(&bench->other);
}

static void expect_not_removed(struct __test_metadata *_metadata, struct bench *bench)
{
	struct vfio_dev dev;

	EXPECT_NE(bench->available, mdev_available("mtty-1"));
	vfio_open(&dev, bench->uuid, bench->mode);
	expect_works_as_new(_metadata, &dev);
	vfio_close(&dev);
}

TEST_F_TIMEOUT(fail_nth, a_removal_that_fails_leaves_the_device, TIMEOUT)
{
	static const struct operation removal = {
		prepare_remove, remove_other, expect_not_removed, expect_not_created,
	};

	self->bench.type = types[variant->mode];
	expect_survival(_metadata, &self->bench, &removal, "remove ", self->bench.type);
}

static void prepare_open(struct bench *bench)
{
	close(bench->dev.fd);
	bench->dev.fd = -1;
}

static int open_by_group(struct bench *bench)
{
	bench->dev.fd = vfio_group_device_fd(&bench->dev, bench->mdev.uuid);
	return bench->dev.fd;
}

static int bind_node(struct bench *bench)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind), .iommufd = bench->dev.iommufd,
	};
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach), .pt_id = bench->ioas,
	};

	return __vfio_ioctl(bench->dev.fd, VFIO_DEVICE_BIND_IOMMUFD, &bind) ?:
	       __vfio_ioctl(bench->dev.fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);
}

static int open_by_node(struct bench *bench)
{
	int ret;

	bench->dev.fd = open(bench->node, O_RDWR | O_CLOEXEC);
	if (bench->dev.fd < 0)
		return -errno;
	ret = bind_node(bench);
	if (ret)
		prepare_open(bench);
	return ret;
}

static void expect_opened(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(NULL, __uart_run_as_new(&bench->dev));
	expect_works_as_new(_metadata, &bench->dev);
	uart_run(&bench->dev, BUSY);
	mig_set(&bench->dev, STATE_STOP);
}

static void find_node(struct bench *bench)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc), };
	glob_t found;

	CHECK(glob(SYSFS_PATH(MDEV_DEVICES "/%s/vfio-dev/vfio*", bench->mdev.uuid), 0, NULL,
		   &found) == 0, "the device has no node");
	snprintf(bench->node, sizeof(bench->node), "/dev/vfio/devices/%s",
		 basename(found.gl_pathv[0]));
	globfree(&found);
	CHECK(ioctl(bench->dev.iommufd, IOMMU_IOAS_ALLOC, &alloc) == 0, "no address space");
	bench->ioas = alloc.out_ioas_id;
}

TEST_F_TIMEOUT(fail_nth, an_open_that_fails_opens_nothing, TIMEOUT)
{
	static const struct operation by_group = {
		prepare_open, open_by_group, NULL, expect_opened,
	};
	static const struct operation by_node = {
		prepare_open, open_by_node, NULL, expect_opened,
	};

	if (variant->mode == VFIO_MODE_GROUP) {
		expect_survival(_metadata, &self->bench, &by_group, "open by group", "");
	} else {
		find_node(&self->bench);
		expect_survival(_metadata, &self->bench, &by_node, "open, bind, attach", "");
	}
}

static int open_second(struct bench *bench)
{
	bench->second = vfio_group_device_fd(&bench->dev, bench->mdev.uuid);
	return bench->second;
}

static void expect_second(struct __test_metadata *_metadata, struct bench *bench)
{
	struct vfio_dev second = bench->dev;

	second.fd = bench->second;
	EXPECT_EQ(0xa5, uart_read(&second, 0, 7));
	close(bench->second);
	expect_kept(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, a_second_open_that_fails_leaves_the_first, TIMEOUT)
{
	static const struct operation second_open = {
		busy, open_second, NULL, expect_second,
	};

	if (variant->mode != VFIO_MODE_GROUP)
		SKIP(return, "the device's own node opens once");
	expect_survival(_metadata, &self->bench, &second_open, "second open", "");
}

/* Interrupts */

/* What the software trigger of an index answers, and which eventfds it reaches. */
static void expect_loopback(struct __test_metadata *_metadata, struct bench *bench, int ret,
			    unsigned int old, unsigned int new)
{
	EXPECT_EQ(ret, __irq_set(&bench->dev, bench->index, IRQ_NONE | IRQ_TRIGGER, 1, 0));
	EXPECT_EQ(old, bench->trigger < 0 ? 0 : eventfd_take(bench->trigger));
	EXPECT_EQ(new, eventfd_take(bench->eventfd));
}

static void prepare_inactive(struct bench *bench)
{
	busy(bench);
	bench->trigger = -1;
	bench->eventfd = eventfd_new();
}

static void prepare_active(struct bench *bench)
{
	prepare_inactive(bench);
	bench->trigger = irq_enable_new(&bench->dev, bench->index);
}

static void leave_inactive(struct __test_metadata *_metadata, struct bench *bench)
{
	if (bench->trigger >= 0)
		close(bench->trigger);
	close(bench->eventfd);
	EXPECT_EQ(-EINVAL, __irq_set(&bench->dev, bench->index, IRQ_NONE | IRQ_TRIGGER, 0, 0));
	expect_kept(_metadata, bench);
}

static int set_trigger(struct bench *bench)
{
	return __irq_set(&bench->dev, bench->index, IRQ_EVENTFD | IRQ_TRIGGER, 1, bench->eventfd);
}

static void expect_inactive(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_loopback(_metadata, bench, -EINVAL, 0, 0);
}

static void expect_old_trigger(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_loopback(_metadata, bench, 0, 1, 0);
}

static void expect_new_trigger(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_loopback(_metadata, bench, 0, 0, 1);
	irq_disable(&bench->dev, bench->index);
	leave_inactive(_metadata, bench);
}

static int disable(struct bench *bench)
{
	return __irq_set(&bench->dev, bench->index, IRQ_NONE | IRQ_TRIGGER, 0, 0);
}

static void expect_disabled(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_inactive(_metadata, bench);
	leave_inactive(_metadata, bench);
}

static const struct {
	__u32 index;
	const char *name;
} irqs[] = {
	{ IRQ_INTX, "INTX" }, { IRQ_MSI, "MSI" }, { IRQ_ERR, "ERR" }, { IRQ_REQ, "REQ" },
};

static void expect_irqs_survive(struct __test_metadata *_metadata, struct bench *bench,
				const struct operation *op, const char *what)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(irqs); i++) {
		bench->index = irqs[i].index;
		expect_survival(_metadata, bench, op, what, irqs[i].name);
	}
}

TEST_F_TIMEOUT(fail_nth, an_eventfd_that_fails_sets_nothing_up, TIMEOUT)
{
	static const struct operation setting = {
		prepare_inactive, set_trigger, expect_inactive, expect_new_trigger,
	};

	expect_irqs_survive(_metadata, &self->bench, &setting, "set up ");
}

TEST_F_TIMEOUT(fail_nth, an_eventfd_that_fails_keeps_the_old_one, TIMEOUT)
{
	static const struct operation replacing = {
		prepare_active, set_trigger, expect_old_trigger, expect_new_trigger,
	};

	expect_irqs_survive(_metadata, &self->bench, &replacing, "replace ");
}

TEST_F_TIMEOUT(fail_nth, disabling_that_fails_keeps_the_eventfd, TIMEOUT)
{
	static const struct operation disabling = {
		prepare_active, disable, expect_old_trigger, expect_disabled,
	};

	expect_irqs_survive(_metadata, &self->bench, &disabling, "disable ");
}

static void prepare_pending(struct bench *bench)
{
	bench->index = IRQ_INTX;
	prepare_active(bench);
	uart_run(&bench->dev, RAISE);
	CHECK(eventfd_take(bench->trigger) == 1, "INTx does not signal");
}

static int set_unmask_eventfd(struct bench *bench)
{
	return __irq_set(&bench->dev, IRQ_INTX, IRQ_EVENTFD | IRQ_UNMASK, 1, bench->eventfd);
}

static void expect_unmask_eventfd(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(0, eventfd_take(bench->trigger));
	eventfd_fire(bench->eventfd);
	EXPECT_EQ(1, eventfd_wait(bench->trigger, WAIT_MS));
	uart_run(&bench->dev, LOWER);
	irq_disable(&bench->dev, IRQ_INTX);
	leave_inactive(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, an_unmask_eventfd_that_fails_is_not_there, TIMEOUT)
{
	static const struct operation setting = {
		prepare_pending, set_unmask_eventfd, NULL, expect_unmask_eventfd,
	};
	const char *missing;

	self->bench.index = IRQ_INTX;
	prepare_active(&self->bench);
	missing = irq_unmask_eventfd_missing(&self->bench.dev);
	irq_disable(&self->bench.dev, IRQ_INTX);
	if (missing)
		SKIP(return, "%s", missing);
	expect_survival(_metadata, &self->bench, &setting, "set up an unmask eventfd", "");
}

/* Calls that need no eventfd, and one that is refused whatever happens. */
static int call_intx(struct bench *bench)
{
	int ret = __irq_set(&bench->dev, IRQ_INTX, bench->flags, 1, 1);

	return bench->flags == (IRQ_EVENTFD | IRQ_MASK) && ret == -ENOTTY ? 0 : ret;
}

static void expect_intx_works(struct __test_metadata *_metadata, struct bench *bench)
{
	eventfd_take(bench->trigger);
	irq_unmask(&bench->dev);
	uart_run(&bench->dev, RAISE);
	EXPECT_EQ(1, eventfd_take(bench->trigger));
	uart_run(&bench->dev, LOWER);
	irq_disable(&bench->dev, IRQ_INTX);
	leave_inactive(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, intx_calls_that_fail_leave_intx_working, TIMEOUT)
{
	static const struct operation call = {
		prepare_active, call_intx, NULL, expect_intx_works,
	};
	static const struct {
		__u32 flags;
		const char *name;
	} rows[] = {
		{ IRQ_NONE | IRQ_MASK, "mask" },
		{ IRQ_BOOL | IRQ_MASK, "mask by bool" },
		{ IRQ_EVENTFD | IRQ_MASK, "mask by eventfd, which is refused" },
		{ IRQ_NONE | IRQ_UNMASK, "unmask" },
		{ IRQ_BOOL | IRQ_UNMASK, "unmask by bool" },
		{ IRQ_NONE | IRQ_TRIGGER, "trigger" },
		{ IRQ_BOOL | IRQ_TRIGGER, "trigger by bool" },
	};
	size_t i;

	self->bench.index = IRQ_INTX;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		self->bench.flags = rows[i].flags;
		expect_survival(_metadata, &self->bench, &call, "INTX ", rows[i].name);
	}
}

/* Regions, information, features: calls that answer something */

/* @ret: the count of bytes moved; a count that is not the wanted one is no fault */
static int moved_all(ssize_t ret, size_t wanted)
{
	if (ret < 0)
		return ret;
	return ret == (ssize_t)wanted ? 0 : -EIO;
}

static void *new_answer(struct bench *bench)
{
	return memset(bench->answer, 0xee, sizeof(bench->answer));
}

static int get_info(struct bench *bench)
{
	struct vfio_device_info *info = new_answer(bench);

	info->argsz = sizeof(*info);
	return __vfio_ioctl(bench->dev.fd, VFIO_DEVICE_GET_INFO, info);
}

static int get_region_info(struct bench *bench)
{
	struct vfio_region_info *info = new_answer(bench);

	info->argsz = sizeof(*info);
	info->index = VFIO_PCI_BAR0_REGION_INDEX;
	return __vfio_ioctl(bench->dev.fd, VFIO_DEVICE_GET_REGION_INFO, info);
}

static int get_irq_info(struct bench *bench)
{
	struct vfio_irq_info *info = new_answer(bench);

	info->argsz = sizeof(*info);
	info->index = VFIO_PCI_INTX_IRQ_INDEX;
	return __vfio_ioctl(bench->dev.fd, VFIO_DEVICE_GET_IRQ_INFO, info);
}

static int get_migration_flags(struct bench *bench)
{
	return __vfio_feature(&bench->dev,
			      VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIGRATION,
			      new_answer(bench), sizeof(struct vfio_device_feature_migration));
}

static int get_state(struct bench *bench)
{
	return __vfio_feature(&bench->dev,
			      VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
			      new_answer(bench), sizeof(struct vfio_device_feature_mig_state));
}

static int get_data_size(struct bench *bench)
{
	return __vfio_feature(&bench->dev,
			      VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIG_DATA_SIZE,
			      new_answer(bench), sizeof(struct vfio_device_feature_mig_data_size));
}

static int probe_state(struct bench *bench)
{
	return __vfio_feature(&bench->dev,
			      VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_SET |
			      VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, NULL, 0);
}

static int read_config(struct bench *bench)
{
	return moved_all(__region_read(&bench->dev, VFIO_PCI_CONFIG_REGION_INDEX, 0,
				       new_answer(bench), CONFIG_SIZE), CONFIG_SIZE);
}

/* All registers but the one whose reading takes a byte out of the FIFO. */
static int read_registers(struct bench *bench)
{
	return moved_all(__region_read(&bench->dev, VFIO_PCI_BAR0_REGION_INDEX, 1,
				       new_answer(bench), UART_SIZE - 1), UART_SIZE - 1);
}

static void expect_answer(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(0, memcmp(bench->expected, bench->answer, sizeof(bench->answer)));
	expect_kept(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, an_answer_that_fails_changes_nothing, TIMEOUT)
{
	static const struct {
		int (*call)(struct bench *bench);
		const char *name;
	} rows[] = {
		{ get_info, "GET_INFO" },
		{ get_region_info, "GET_REGION_INFO" },
		{ get_irq_info, "GET_IRQ_INFO" },
		{ get_migration_flags, "get feature MIGRATION" },
		{ get_state, "get feature MIG_DEVICE_STATE" },
		{ get_data_size, "get feature MIG_DATA_SIZE" },
		{ probe_state, "probe feature MIG_DEVICE_STATE" },
		{ read_config, "read configuration space" },
		{ read_registers, "read registers" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct operation answering = { busy, rows[i].call, NULL, expect_answer, };

		expect_survival(_metadata, &self->bench, &answering, rows[i].name, "");
	}
}

static int reset(struct bench *bench)
{
	return __vfio_reset(&bench->dev);
}

static void expect_reset(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(NULL, __uart_run_as_new(&bench->dev));
	expect_works_as_new(_metadata, &bench->dev);
}

TEST_F_TIMEOUT(fail_nth, reset_works_whatever_fails, TIMEOUT)
{
	static const struct operation resetting = { busy, reset, NULL, expect_reset, };

	expect_survival(_metadata, &self->bench, &resetting, "RESET", "");
}

static int read_all_registers(struct bench *bench)
{
	return moved_all(__region_read(&bench->dev, VFIO_PCI_BAR0_REGION_INDEX, 0,
				       new_answer(bench), UART_SIZE), UART_SIZE);
}

/* A byte that could not be delivered is gone, as it is in a card. */
static void expect_next_byte(struct __test_metadata *_metadata, struct bench *bench)
{
	const char *rest = bench->answer[0] == 0x41 ? "R0=[42-43] R5=60" : "R0=43 R5=60";

	EXPECT_TRUE(bench->answer[0] == 0x41 || bench->answer[0] == 0x42);
	EXPECT_EQ(0xa5, bench->answer[7]);
	expect_run(_metadata, &bench->dev, rest);
	expect_run(_metadata, &bench->dev, LOOPS);
}

TEST_F_TIMEOUT(fail_nth, a_wide_read_that_fails_takes_one_byte_at_most, TIMEOUT)
{
	static const struct operation reading = {
		busy, read_all_registers, NULL, expect_next_byte,
	};

	expect_survival(_metadata, &self->bench, &reading, "read all registers", "");
}

/* THR IER FCR LCR MCR LSR MSR SCR in one: a byte to echo, then new settings. */
static int write_registers(struct bench *bench)
{
	static const __u8 registers[UART_SIZE] = { 0x44, 0, 0x81, 0x1f, 0x0b, 0, 0, 0x33, };

	return moved_all(__region_write(&bench->dev, VFIO_PCI_BAR0_REGION_INDEX, 0,
					registers, sizeof(registers)), sizeof(registers));
}

static void expect_not_written(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_run(_metadata, &bench->dev, "R1=00 R2=C1 R3=03 R4=00 R5=01 R7=A5");
}

static void expect_written(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_run(_metadata, &bench->dev, "R3=1F R4=0B R7=33 R0=[41-44] R5=60 1:R7=5A");
}

TEST_F_TIMEOUT(fail_nth, a_wide_write_that_fails_writes_no_register, TIMEOUT)
{
	static const struct operation writing = {
		busy, write_registers, expect_not_written, expect_written,
	};

	expect_survival(_metadata, &self->bench, &writing, "write registers", "");
}

static void prepare_config(struct bench *bench)
{
	static const __u8 zeros[PCI_STD_HEADER_SIZEOF];

	busy(bench);
	config_write(&bench->dev, 0, zeros, sizeof(zeros));
}

static int write_config(struct bench *bench)
{
	memset(bench->answer, 0xff, PCI_STD_HEADER_SIZEOF);
	return moved_all(__region_write(&bench->dev, VFIO_PCI_CONFIG_REGION_INDEX, 0,
					bench->answer, PCI_STD_HEADER_SIZEOF),
			 PCI_STD_HEADER_SIZEOF);
}

static void expect_config(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(0x32534348, config_read32(&bench->dev, PCI_VENDOR_ID));
	EXPECT_EQ(0x0547, config_read16(&bench->dev, PCI_COMMAND));
	EXPECT_EQ(0xfffffff9, config_read32(&bench->dev, PCI_BASE_ADDRESS_0));
	EXPECT_EQ(0x01ff, config_read16(&bench->dev, PCI_INTERRUPT_LINE));
	expect_kept(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, a_config_write_that_fails_can_be_repeated, TIMEOUT)
{
	static const struct operation writing = {
		prepare_config, write_config, NULL, expect_config,
	};

	expect_survival(_metadata, &self->bench, &writing, "write configuration space", "");
}

/* Migration */

static bool is_saving(unsigned int state)
{
	return state == STATE_PRE_COPY || state == STATE_PRE_COPY_P2P ||
	       state == STATE_STOP_COPY;
}

static bool has_session(unsigned int state)
{
	return is_saving(state) || state == STATE_RESUMING;
}

static bool opens_session(unsigned int from, unsigned int to)
{
	return from != to && has_session(to) && !(is_saving(from) && is_saving(to));
}

static void save_busy_stream(struct bench *bench)
{
	busy(bench);
	CHECK(mig_save(&bench->dev, bench->stream, sizeof(bench->stream)) == STREAM_MAX,
	      "the stream is short");
}

static void prepare_arc(struct bench *bench)
{
	busy(bench);
	bench->data_fd = mig_enter(&bench->dev, bench->from, bench->stream, STREAM_MAX);
	bench->new_fd = -1;
}

/* A call that failed leaves the caller's structure as it was, so no file in it. */
static int set_state(struct bench *bench)
{
	int fd, ret = __mig_set(&bench->dev, bench->to, &fd);

	bench->new_fd = ret ? -1 : fd;
	return ret;
}

/* Where a way stops that could not open the session at its end. */
static unsigned int state_before(unsigned int to)
{
	switch (to) {
	case STATE_PRE_COPY:
		return STATE_RUNNING;
	case STATE_PRE_COPY_P2P:
		return STATE_RUNNING_P2P;
	default:
		return STATE_STOP;
	}
}

/* A caller who cannot take the answer is in the state all the same. */
static void expect_state_on_the_way(struct __test_metadata *_metadata, struct bench *bench)
{
	unsigned int state = mig_get(&bench->dev);

	EXPECT_TRUE(state == bench->from || (state == bench->to && bench->error == -EFAULT) ||
		    (opens_session(bench->from, bench->to) && state == state_before(bench->to)))
		TH_LOG("in %s after %d", mig_state_name(state), bench->error);
}

/*
 * The way there and back gives the file of a session whose file could not be handed
 * out. RESUMING is left without a stream by a reset alone.
 */
static void open_again(struct bench *bench)
{
	if (bench->to == STATE_RESUMING)
		vfio_reset(&bench->dev);
	else
		mig_set(&bench->dev, STATE_STOP);
	bench->new_fd = mig_set(&bench->dev, bench->to);
}

static void expect_session(struct __test_metadata *_metadata, struct bench *bench)
{
	size_t size = bench->to == STATE_STOP_COPY ? STREAM_MAX : HEADER_SIZE;
	__u8 stream[STREAM_MAX];

	if (bench->to == STATE_RESUMING) {
		EXPECT_EQ(STREAM_MAX, __mig_write(bench->new_fd, bench->stream, STREAM_MAX));
		return;
	}
	EXPECT_EQ(size, mig_read_all(bench->new_fd, stream, sizeof(stream)));
	EXPECT_EQ(0, memcmp(stream, bench->stream, size));
}

static void close_sessions(struct bench *bench)
{
	if (bench->data_fd >= 0)
		close(bench->data_fd);
	if (bench->new_fd >= 0)
		close(bench->new_fd);
}

static void expect_arrived(struct __test_metadata *_metadata, struct bench *bench)
{
	bool opens = opens_session(bench->from, bench->to);

	EXPECT_EQ(bench->to, mig_get(&bench->dev));
	if (opens && bench->new_fd < 0)
		open_again(bench);
	EXPECT_EQ(opens, bench->new_fd >= 0);
	if (opens)
		expect_session(_metadata, bench);
	mig_set(&bench->dev, STATE_RUNNING);
	close_sessions(bench);
	expect_kept(_metadata, bench);
}

static void expect_arc(struct __test_metadata *_metadata, struct bench *bench)
{
	static const struct operation arc = {
		prepare_arc, set_state, expect_state_on_the_way, expect_arrived,
	};
	char arrow[64];

	snprintf(arrow, sizeof(arrow), "%s -> %s", mig_state_name(bench->from),
		 mig_state_name(bench->to));
	expect_survival(_metadata, bench, &arc, arrow, "");
}

TEST_F_TIMEOUT(fail_nth, an_arc_that_fails_ends_in_a_state_on_its_way, TIMEOUT)
{
	struct bench *bench = &self->bench;

	save_busy_stream(bench);
	for (bench->from = STATE_STOP; bench->from < STATE_NR; bench->from++) {
		for (bench->to = STATE_STOP; bench->to < STATE_NR; bench->to++) {
			if (bench->from == STATE_STOP_COPY &&
			    (bench->to == STATE_PRE_COPY || bench->to == STATE_PRE_COPY_P2P))
				continue;
			expect_arc(_metadata, bench);
		}
	}
}

static void prepare_saving(struct bench *bench)
{
	busy(bench);
	bench->data_fd = mig_set(&bench->dev, STATE_STOP_COPY);
	bench->moved = 0;
	memset(bench->answer, 0xee, sizeof(bench->answer));
}

static void prepare_loading(struct bench *bench)
{
	vfio_reset(&bench->dev);
	bench->data_fd = mig_set(&bench->dev, STATE_RESUMING);
	bench->moved = 0;
}

/* Goes on where the call before has failed. */
static int move_stream(struct bench *bench, ssize_t (*move)(int fd, void *data, size_t size),
		       void *data)
{
	size_t size;
	ssize_t ret;

	for (; bench->moved < STREAM_MAX; bench->moved += size) {
		size = STREAM_MAX - bench->moved;
		if (size > bench->piece)
			size = bench->piece;
		ret = moved_all(move(bench->data_fd, (__u8 *)data + bench->moved, size), size);
		if (ret)
			return ret;
	}
	return 0;
}

static ssize_t write_piece(int fd, void *data, size_t size)
{
	return __mig_write(fd, data, size);
}

static int read_stream(struct bench *bench)
{
	return move_stream(bench, __mig_read, bench->answer);
}

static int write_stream(struct bench *bench)
{
	return move_stream(bench, write_piece, bench->stream);
}

static void expect_saved(struct __test_metadata *_metadata, struct bench *bench)
{
	__u8 byte;

	EXPECT_EQ(0, memcmp(bench->stream, bench->answer, STREAM_MAX));
	EXPECT_EQ(0, __mig_read(bench->data_fd, &byte, 1));
	close(bench->data_fd);
	mig_set(&bench->dev, STATE_RUNNING);
	expect_kept(_metadata, bench);
}

static void expect_loaded(struct __test_metadata *_metadata, struct bench *bench)
{
	mig_set(&bench->dev, STATE_RUNNING);
	close(bench->data_fd);
	expect_kept(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, a_piece_of_the_stream_that_fails_is_not_lost, TIMEOUT)
{
	static const struct operation saving = {
		prepare_saving, read_stream, NULL, expect_saved,
	};
	static const struct operation loading = {
		prepare_loading, write_stream, NULL, expect_loaded,
	};
	static const size_t pieces[] = { STREAM_MAX, 29, 7, 1 };
	char size[24];
	size_t i;

	save_busy_stream(&self->bench);
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		self->bench.piece = pieces[i];
		snprintf(size, sizeof(size), "by %zu bytes", pieces[i]);
		expect_survival(_metadata, &self->bench, &saving, "read the stream ", size);
		expect_survival(_metadata, &self->bench, &loading, "write the stream ", size);
	}
}

static void prepare_pre_copy(struct bench *bench)
{
	busy(bench);
	bench->data_fd = mig_set(&bench->dev, STATE_PRE_COPY);
}

static int get_precopy_info(struct bench *bench)
{
	struct vfio_precopy_info info;
	int ret = __mig_precopy_info(bench->data_fd, &info);

	memcpy(new_answer(bench), &info, sizeof(info));
	return ret;
}

static void expect_precopy_info(struct __test_metadata *_metadata, struct bench *bench)
{
	mig_set(&bench->dev, STATE_RUNNING);
	close(bench->data_fd);
	expect_answer(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, precopy_info_that_fails_changes_nothing, TIMEOUT)
{
	static const struct operation asking = {
		prepare_pre_copy, get_precopy_info, NULL, expect_precopy_info,
	};

	expect_survival(_metadata, &self->bench, &asking, "GET_PRECOPY_INFO", "");
}

/* Dirty logging */

static int start_logging(struct bench *bench)
{
	struct vfio_device_feature_dma_logging_range ranges[] = {
		{ .length = LOG_LENGTH, }, { .iova = LOG_LENGTH, .length = LOG_LENGTH, },
	};
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = PAGE,
		.num_ranges = ARRAY_SIZE(ranges),
		.ranges = (__u64)(uintptr_t)ranges,
	};

	return __vfio_feature(&bench->dev,
			      VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
			      &control, sizeof(control));
}

static int stop_logging(struct bench *bench)
{
	return __vfio_feature(&bench->dev,
			      VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP,
			      NULL, 0);
}

static int report_dirty(struct bench *bench)
{
	struct vfio_device_feature_dma_logging_report report = {
		.length = LOG_LENGTH,
		.page_size = PAGE,
		.bitmap = (__u64)(uintptr_t)new_answer(bench),
	};

	return __vfio_feature(&bench->dev,
			      VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
			      &report, sizeof(report));
}

static void prepare_not_logging(struct bench *bench)
{
	busy(bench);
	stop_logging(bench);
}

static void prepare_logging(struct bench *bench)
{
	prepare_not_logging(bench);
	CHECK(start_logging(bench) == 0, "logging does not start");
}

static void expect_not_logging(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(-EINVAL, report_dirty(bench));
}

static void expect_logging(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(0, report_dirty(bench));
}

static void expect_started(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_logging(_metadata, bench);
	EXPECT_EQ(-EINVAL, start_logging(bench));
	expect_kept(_metadata, bench);
}

static void expect_stopped(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_not_logging(_metadata, bench);
	expect_kept(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, logging_that_fails_stays_as_it_was, TIMEOUT)
{
	static const struct operation starting = {
		prepare_not_logging, start_logging, expect_not_logging, expect_started,
	};
	static const struct operation stopping = {
		prepare_logging, stop_logging, expect_logging, expect_stopped,
	};
	static const struct operation reporting = {
		prepare_logging, report_dirty, expect_logging, expect_started,
	};

	if (stop_logging(&self->bench) == -ENOTTY)
		SKIP(return, "dirty logging is not offered on this kernel");
	expect_survival(_metadata, &self->bench, &starting, "start logging", "");
	expect_survival(_metadata, &self->bench, &stopping, "stop logging", "");
	expect_survival(_metadata, &self->bench, &reporting, "report", "");
}

TEST_HARNESS_MAIN
