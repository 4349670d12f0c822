// SPDX-License-Identifier: GPL-2.0-only
/* INFO, REGION_INFO, IRQ_INFO, FEATURE: what a device reports, and what it refuses. */
#include <sys/mman.h>

#include "device_fixture.h"

#define STALE		0xa5
#define INFO_MIN	16
#define REGION_INFO_MIN	32
#define IRQ_INFO_MIN	16

/* A call's structure inside more memory, so that writes beyond @argsz are noticed. */
union guarded {
	__u32 argsz;
	struct vfio_device_info info;
	struct vfio_region_info region;
	struct vfio_irq_info irq;
	__u8 bytes[64];
};

static int call(struct vfio_dev *dev, unsigned long request, union guarded *arg,
		__u32 argsz, __u32 index)
{
	memset(arg, STALE, sizeof(*arg));
	arg->argsz = argsz;
	if (request == VFIO_DEVICE_GET_REGION_INFO)
		arg->region.index = index;
	if (request == VFIO_DEVICE_GET_IRQ_INFO)
		arg->irq.index = index;
	return __vfio_ioctl(dev->fd, request, arg);
}

static void expect_untouched_from(struct __test_metadata *_metadata,
				  union guarded *arg, size_t from)
{
	for (; from < sizeof(*arg); from++) {
		EXPECT_EQ(STALE, arg->bytes[from])
			TH_LOG("byte %zu is beyond what was asked for", from);
	}
}

static void expect_info(struct __test_metadata *_metadata, struct vfio_dev *dev, __u32 argsz)
{
	union guarded arg;

	EXPECT_EQ(0, call(dev, VFIO_DEVICE_GET_INFO, &arg, argsz, 0));
	EXPECT_EQ(VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET, arg.info.flags);
	EXPECT_EQ(VFIO_PCI_NUM_REGIONS, arg.info.num_regions);
	EXPECT_EQ(VFIO_PCI_NUM_IRQS, arg.info.num_irqs);
	expect_untouched_from(_metadata, &arg, argsz < sizeof(arg.info) ? argsz : sizeof(arg.info));
}

TEST_F(device, info_names_a_pci_device_with_reset)
{
	expect_info(_metadata, &self->dev, sizeof(struct vfio_device_info));
}

TEST_F(device, info_serves_callers_with_older_and_newer_structures)
{
	expect_info(_metadata, &self->dev, INFO_MIN);
	expect_info(_metadata, &self->dev, sizeof(union guarded));
}

TEST_F(device, info_has_no_capability_for_callers_that_look)
{
	union guarded arg;

	EXPECT_EQ(0, call(&self->dev, VFIO_DEVICE_GET_INFO, &arg, sizeof(arg.info), 0));
	EXPECT_EQ(0, arg.info.cap_offset);
}

TEST_F(device, structures_too_short_are_refused_and_left_alone)
{
	static const struct {
		unsigned long request;
		__u32 minimum;
	} rows[] = {
		{ VFIO_DEVICE_GET_INFO, INFO_MIN },
		{ VFIO_DEVICE_GET_REGION_INFO, REGION_INFO_MIN },
		{ VFIO_DEVICE_GET_IRQ_INFO, IRQ_INFO_MIN },
	};
	union guarded arg;
	__u32 argsz;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		for (argsz = 0; argsz < rows[i].minimum; argsz++) {
			EXPECT_EQ(-EINVAL, call(&self->dev, rows[i].request, &arg, argsz, 0))
				TH_LOG("request %#lx, argsz %u", rows[i].request, argsz);
		}
	}
}

TEST_F(device, faulting_structures_are_refused)
{
	static const unsigned long requests[] = {
		VFIO_DEVICE_GET_INFO, VFIO_DEVICE_GET_REGION_INFO,
		VFIO_DEVICE_GET_IRQ_INFO, VFIO_DEVICE_SET_IRQS, VFIO_DEVICE_FEATURE,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		EXPECT_EQ(-EFAULT, __vfio_ioctl(self->dev.fd, requests[i], NOWHERE))
			TH_LOG("request %#lx", requests[i]);
	}
}

static void expect_region(struct __test_metadata *_metadata, struct vfio_dev *dev,
			  __u32 index, __u64 size, __u32 argsz)
{
	union guarded arg;

	EXPECT_EQ(0, call(dev, VFIO_DEVICE_GET_REGION_INFO, &arg, argsz, index))
		TH_LOG("region %u", index);
	EXPECT_EQ(size, arg.region.size)
		TH_LOG("region %u", index);
	EXPECT_EQ(size ? VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE : 0,
		  arg.region.flags)
		TH_LOG("region %u: the flags must not keep bits that the caller set", index);
	EXPECT_EQ(0, arg.region.cap_offset);
	EXPECT_EQ(index, arg.region.index);
	expect_untouched_from(_metadata, &arg, REGION_INFO_MIN);
}

static void expect_regions(struct __test_metadata *_metadata, struct vfio_dev *dev,
			   __u32 ports)
{
	__u32 index;

	for (index = 0; index <= VFIO_PCI_ROM_REGION_INDEX; index++)
		expect_region(_metadata, dev, index, index < ports ? UART_SIZE : 0,
			      sizeof(struct vfio_region_info));
	expect_region(_metadata, dev, VFIO_PCI_CONFIG_REGION_INDEX, CONFIG_SIZE,
		      sizeof(struct vfio_region_info));
}

TEST_F(device, two_ports_have_two_bars_and_a_configuration_space)
{
	expect_regions(_metadata, &self->dev, 2);
}

TEST_F(device, one_port_has_one_bar_and_a_configuration_space)
{
	vfio_open_new(&self->other, &self->other_mdev, "mtty-1", variant->mode);
	expect_regions(_metadata, &self->other, 1);
}

TEST_F(device, region_info_serves_callers_with_newer_structures)
{
	expect_region(_metadata, &self->dev, 0, UART_SIZE, sizeof(union guarded));
}

TEST_F(device, there_is_no_vga_region)
{
	union guarded arg;
	int ret;

	ret = call(&self->dev, VFIO_DEVICE_GET_REGION_INFO, &arg, sizeof(arg.region),
		   VFIO_PCI_VGA_REGION_INDEX);
	if (ret != -EINVAL) {
		EXPECT_EQ(0, ret);
		EXPECT_EQ(0, arg.region.size);
	}
}

TEST_F(device, regions_do_not_overlap)
{
	__u32 a, b;

	for (a = 0; a <= VFIO_PCI_CONFIG_REGION_INDEX; a++) {
		for (b = a + 1; b <= VFIO_PCI_CONFIG_REGION_INDEX; b++) {
			EXPECT_GE(self->dev.offset[b], self->dev.offset[a] + CONFIG_SIZE)
				TH_LOG("regions %u and %u", a, b);
		}
	}
}

TEST_F(device, indices_beyond_the_last_are_refused)
{
	static const __u32 beyond[] = { 0, 1, 100, 0x7fffffff, 0x80000000, 0xfffffff0 };
	union guarded arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(beyond); i++) {
		EXPECT_EQ(-EINVAL, call(&self->dev, VFIO_DEVICE_GET_REGION_INFO, &arg,
					sizeof(arg.region), VFIO_PCI_NUM_REGIONS + beyond[i]))
			TH_LOG("region %u", VFIO_PCI_NUM_REGIONS + beyond[i]);
		EXPECT_EQ(-EINVAL, call(&self->dev, VFIO_DEVICE_GET_IRQ_INFO, &arg,
					sizeof(arg.irq), VFIO_PCI_NUM_IRQS + beyond[i]))
			TH_LOG("interrupt %u", VFIO_PCI_NUM_IRQS + beyond[i]);
	}
}

TEST_F(device, every_index_has_one_interrupt_but_msix_has_none)
{
	static const struct {
		__u32 count;
		__u32 flags;
	} rows[VFIO_PCI_NUM_IRQS] = {
		[IRQ_INTX] = { 1, VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE |
				  VFIO_IRQ_INFO_AUTOMASKED },
		[IRQ_MSI] = { 1, VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE },
		[IRQ_ERR] = { 1, VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE },
		[IRQ_REQ] = { 1, VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE },
	};
	union guarded arg;
	__u32 index;

	for (index = 0; index < VFIO_PCI_NUM_IRQS; index++) {
		EXPECT_EQ(0, call(&self->dev, VFIO_DEVICE_GET_IRQ_INFO, &arg,
				  sizeof(arg.irq), index));
		EXPECT_EQ(rows[index].count, arg.irq.count)
			TH_LOG("interrupt %u", index);
		if (rows[index].count) {
			EXPECT_EQ(rows[index].flags, arg.irq.flags)
				TH_LOG("interrupt %u", index);
		}
		expect_untouched_from(_metadata, &arg, IRQ_INFO_MIN);
	}
}

TEST_F(device, unknown_ioctls_are_refused_with_enotty)
{
	static const unsigned long requests[] = {
		VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, VFIO_DEVICE_PCI_HOT_RESET,
		VFIO_DEVICE_QUERY_GFX_PLANE, VFIO_DEVICE_GET_GFX_DMABUF,
		VFIO_DEVICE_IOEVENTFD, VFIO_MIG_GET_PRECOPY_INFO,
		_IO(VFIO_TYPE, VFIO_BASE + 60), _IO(VFIO_TYPE, 0), _IO('x', VFIO_BASE + 7),
		0, 0xffffffff,
	};
	union guarded arg = { .argsz = sizeof(arg), };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		EXPECT_EQ(-ENOTTY, __vfio_ioctl(self->dev.fd, requests[i], &arg))
			TH_LOG("request %#lx", requests[i]);
	}
}

TEST_F(device, no_region_can_be_mapped)
{
	void *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->dev.fd, self->dev.offset[0]);

	EXPECT_EQ(MAP_FAILED, map);
	EXPECT_EQ(EINVAL, errno);
}

#define GET	VFIO_DEVICE_FEATURE_GET
#define SET	VFIO_DEVICE_FEATURE_SET
#define PROBE	VFIO_DEVICE_FEATURE_PROBE

static const struct feature_row {
	__u32 flags;
	__u32 size;
	int expected;
} feature_rows[] = {
	/* which of GET and SET each feature supports */
	{ VFIO_DEVICE_FEATURE_MIGRATION | PROBE, 0, 0 },
	{ VFIO_DEVICE_FEATURE_MIGRATION | PROBE | GET, 0, 0 },
	{ VFIO_DEVICE_FEATURE_MIGRATION | PROBE | SET, 0, -EINVAL },
	{ VFIO_DEVICE_FEATURE_MIGRATION | PROBE | GET | SET, 0, -EINVAL },
	{ VFIO_DEVICE_FEATURE_MIGRATION | GET, 8, 0 },
	{ VFIO_DEVICE_FEATURE_MIGRATION | GET, 16, 0 },
	{ VFIO_DEVICE_FEATURE_MIGRATION | GET, 7, -EINVAL },
	{ VFIO_DEVICE_FEATURE_MIGRATION | GET, 0, -EINVAL },
	{ VFIO_DEVICE_FEATURE_MIGRATION | SET, 8, -EINVAL },
	{ VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE | PROBE, 0, 0 },
	{ VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE | PROBE | GET | SET, 0, 0 },
	{ VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE | GET, 8, 0 },
	{ VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE | GET, 7, -EINVAL },
	{ VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE | SET, 7, -EINVAL },
	{ VFIO_DEVICE_FEATURE_MIG_DATA_SIZE | PROBE, 0, 0 },
	{ VFIO_DEVICE_FEATURE_MIG_DATA_SIZE | PROBE | GET, 0, 0 },
	{ VFIO_DEVICE_FEATURE_MIG_DATA_SIZE | PROBE | SET, 0, -EINVAL },
	{ VFIO_DEVICE_FEATURE_MIG_DATA_SIZE | GET, 8, 0 },
	{ VFIO_DEVICE_FEATURE_MIG_DATA_SIZE | GET, 7, -EINVAL },
	{ VFIO_DEVICE_FEATURE_MIG_DATA_SIZE | SET, 8, -EINVAL },
	/* invalid for every feature */
	{ VFIO_DEVICE_FEATURE_MIGRATION, 8, -EINVAL },
	{ VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE | GET | SET, 8, -EINVAL },
	{ VFIO_DEVICE_FEATURE_MIGRATION | PROBE | 1 << 19, 0, -EINVAL },
	{ VFIO_DEVICE_FEATURE_MIGRATION | GET | 1U << 31, 8, -EINVAL },
};

TEST_F(device, features_answer_probe_get_and_set)
{
	const struct feature_row *row;
	__u8 data[16];

	for (row = feature_rows; row < feature_rows + ARRAY_SIZE(feature_rows); row++) {
		memset(data, 0, sizeof(data));
		EXPECT_EQ(row->expected, __vfio_feature(&self->dev, row->flags, data, row->size))
			TH_LOG("flags %#x, %u bytes", row->flags, row->size);
	}
}

TEST_F(device, a_feature_call_without_room_for_its_flags_is_refused)
{
	struct vfio_device_feature feature = {
		.flags = VFIO_DEVICE_FEATURE_MIGRATION | PROBE,
	};

	for (; feature.argsz < sizeof(feature); feature.argsz++) {
		EXPECT_EQ(-EINVAL, __vfio_ioctl(self->dev.fd, VFIO_DEVICE_FEATURE, &feature))
			TH_LOG("argsz %u", feature.argsz);
	}
}

TEST_F(device, features_of_other_devices_are_refused_as_unknown)
{
	static const __u32 features[] = {
		VFIO_DEVICE_FEATURE_PCI_VF_TOKEN, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
		VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP,
		VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, VFIO_DEVICE_FEATURE_BUS_MASTER,
		11, 13, 100, VFIO_DEVICE_FEATURE_MASK,
	};
	static const __u32 methods[] = { PROBE, GET, SET, PROBE | GET, PROBE | SET };
	__u8 data[16] = {};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		for (j = 0; j < ARRAY_SIZE(methods); j++) {
			EXPECT_EQ(-ENOTTY, __vfio_feature(&self->dev, features[i] | methods[j],
							  data, sizeof(data)))
				TH_LOG("feature %u, flags %#x", features[i], methods[j]);
		}
	}
}

TEST_F(device, migration_has_stop_copy_p2p_and_pre_copy)
{
	struct vfio_device_feature_migration migration = {};

	EXPECT_EQ(0, __vfio_feature(&self->dev, VFIO_DEVICE_FEATURE_MIGRATION | GET,
				    &migration, sizeof(migration)));
	EXPECT_EQ(VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P | VFIO_MIGRATION_PRE_COPY,
		  migration.flags);
}

TEST_HARNESS_MAIN
