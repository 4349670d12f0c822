// SPDX-License-Identifier: GPL-2.0-only
/* Dirty logging without DMA: offered only if the kernel can report, and then correct. */
#include "device_fixture.h"

#define PAGE	4096
#define LENGTH	(256 * PAGE)
#define START	VFIO_DEVICE_FEATURE_DMA_LOGGING_START
#define STOP	VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP
#define REPORT	VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT
#define GET	VFIO_DEVICE_FEATURE_GET
#define SET	VFIO_DEVICE_FEATURE_SET
#define PROBE	VFIO_DEVICE_FEATURE_PROBE

static bool is_offered(struct vfio_dev *dev)
{
	return __vfio_feature(dev, START | SET | PROBE, NULL, 0) == 0;
}

static int start(struct vfio_dev *dev, __u64 page_size, __u32 ranges)
{
	struct vfio_device_feature_dma_logging_range range[2] = {
		{ .length = LENGTH, }, { .iova = LENGTH, .length = LENGTH, },
	};
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = page_size, .num_ranges = ranges, .ranges = (__u64)(uintptr_t)range,
	};
	int ret;

	ret = __vfio_feature(dev, START | SET, &control, sizeof(control));
	if (!ret)
		CHECK(control.page_size && !(control.page_size & (control.page_size - 1)),
		      "chose a page size of %llu", control.page_size);
	return ret;
}

static int stop(struct vfio_dev *dev)
{
	return __vfio_feature(dev, STOP | SET, NULL, 0);
}

static int report(struct vfio_dev *dev, __u64 *bitmap)
{
	struct vfio_device_feature_dma_logging_report args = {
		.length = LENGTH, .page_size = PAGE, .bitmap = (__u64)(uintptr_t)bitmap,
	};

	return __vfio_feature(dev, REPORT | GET, &args, sizeof(args));
}

TEST_F(device, all_three_features_are_offered_or_none)
{
	int expected = is_offered(&self->dev) ? 0 : -ENOTTY;

	EXPECT_EQ(expected, __vfio_feature(&self->dev, START | SET | PROBE, NULL, 0));
	EXPECT_EQ(expected, __vfio_feature(&self->dev, STOP | SET | PROBE, NULL, 0));
	EXPECT_EQ(expected, __vfio_feature(&self->dev, REPORT | GET | PROBE, NULL, 0));
}

TEST_F(device, a_kernel_without_iommufd_offers_none)
{
	__u64 bitmap[LENGTH / PAGE / 64];

	if (!vfio_mode_missing(VFIO_MODE_CDEV))
		SKIP(return, "this kernel has iommufd");
	EXPECT_EQ(-ENOTTY, __vfio_feature(&self->dev, START | SET | PROBE, NULL, 0));
	EXPECT_EQ(-ENOTTY, start(&self->dev, PAGE, 1));
	EXPECT_EQ(-ENOTTY, report(&self->dev, bitmap));
	EXPECT_EQ(-ENOTTY, stop(&self->dev));
}

TEST_F(device, reports_are_empty)
{
	__u64 bitmap[LENGTH / PAGE / 64] = { 1, };
	size_t i;

	if (!is_offered(&self->dev))
		SKIP(return, "dirty logging is not offered on this kernel");
	EXPECT_EQ(0, start(&self->dev, PAGE, 2));
	uart_run(&self->dev, "W3=03 W0=41 R0=41");
	EXPECT_EQ(0, report(&self->dev, bitmap));
	EXPECT_EQ(1, bitmap[0]);
	for (i = 1; i < ARRAY_SIZE(bitmap); i++) {
		EXPECT_EQ(0, bitmap[i])
			TH_LOG("word %zu", i);
	}
	EXPECT_EQ(0, stop(&self->dev));
}

TEST_F(device, logging_starts_only_once_and_reports_only_while_it_is_on)
{
	__u64 bitmap[LENGTH / PAGE / 64];

	if (!is_offered(&self->dev))
		SKIP(return, "dirty logging is not offered on this kernel");
	EXPECT_EQ(-EINVAL, report(&self->dev, bitmap));
	EXPECT_EQ(0, stop(&self->dev));
	EXPECT_EQ(0, start(&self->dev, PAGE, 1));
	EXPECT_EQ(-EINVAL, start(&self->dev, PAGE, 1));
	EXPECT_EQ(0, stop(&self->dev));
	EXPECT_EQ(-EINVAL, report(&self->dev, bitmap));
	EXPECT_EQ(0, start(&self->dev, PAGE, 1));
}

TEST_F(device, bad_ranges_and_page_sizes_are_refused)
{
	if (!is_offered(&self->dev))
		SKIP(return, "dirty logging is not offered on this kernel");
	EXPECT_EQ(-EINVAL, start(&self->dev, PAGE, 0));
	EXPECT_EQ(-E2BIG, start(&self->dev, PAGE, 100000));
	EXPECT_EQ(-EINVAL, start(&self->dev, 3 * PAGE, 1));
}

TEST_F(device, closing_the_device_stops_logging)
{
	if (!is_offered(&self->dev))
		SKIP(return, "dirty logging is not offered on this kernel");
	EXPECT_EQ(0, start(&self->dev, PAGE, 1));
	vfio_close(&self->dev);
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	EXPECT_EQ(0, start(&self->dev, PAGE, 1));
}

TEST_F(device, migration_states_and_logging_do_not_touch_each_other)
{
	__u64 bitmap[LENGTH / PAGE / 64];

	if (!is_offered(&self->dev))
		SKIP(return, "dirty logging is not offered on this kernel");
	EXPECT_EQ(0, start(&self->dev, PAGE, 1));
	mig_set(&self->dev, STATE_PRE_COPY);
	EXPECT_EQ(0, report(&self->dev, bitmap));
	mig_set(&self->dev, STATE_STOP_COPY);
	EXPECT_EQ(0, report(&self->dev, bitmap));
	EXPECT_EQ(0, stop(&self->dev));
	EXPECT_EQ(STATE_STOP_COPY, mig_get(&self->dev));
}

TEST_HARNESS_MAIN
