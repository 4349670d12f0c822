// SPDX-License-Identifier: GPL-2.0-only
/* What VFIO_DEVICE_SET_IRQS accepts and refuses, row by row. */
#include "device_fixture.h"

#define BAD_FD		4095
#define NO_ACTION	0

/* Before the call: is the index enabled, or another one instead? */
enum before {
	INACTIVE,
	ACTIVE,
	OTHER_ACTIVE,
};

/* The data: a number, or one of these. */
#define FD_NEW		(-10)
#define FD_NO_EVENTFD	(-11)

struct call_row {
	enum before before;
	__u32 flags;
	__u32 count;
	int value;
	int expected;
};

static void prepare(struct vfio_dev *dev, __u32 index, enum before before)
{
	__u32 other = index == IRQ_INTX ? IRQ_MSI : IRQ_INTX;

	if (before != INACTIVE)
		irq_enable(dev, before == ACTIVE ? index : other, eventfd_new());
}

static int value_of(int value)
{
	int fds[2];

	if (value == FD_NEW)
		return eventfd_new();
	if (value != FD_NO_EVENTFD)
		return value;
	CHECK(pipe(fds) == 0, "no pipe");
	return fds[0];
}

/* Each row gets the device as a new user finds it. */
static void expect_calls(struct __test_metadata *_metadata, const struct mdev *mdev,
			 enum vfio_mode mode, __u32 index,
			 const struct call_row *row, size_t count)
{
	struct vfio_dev dev;

	for (; count--; row++) {
		vfio_open(&dev, mdev->uuid, mode);
		prepare(&dev, index, row->before);
		EXPECT_EQ(row->expected, __irq_set(&dev, index, row->flags, row->count,
						   value_of(row->value)))
			TH_LOG("index %u, active %d, flags %#x, count %u, value %d", index,
			       row->before, row->flags, row->count, row->value);
		vfio_close(&dev);
	}
}

TEST_F(device, intx_answers_every_trigger_call)
{
	static const struct call_row rows[] = {
		{ INACTIVE, IRQ_NONE | IRQ_TRIGGER, 0, 0, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_TRIGGER, 0, 0, 0 },
		{ OTHER_ACTIVE, IRQ_NONE | IRQ_TRIGGER, 0, 0, -EINVAL },
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, FD_NEW, 0 },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, FD_NEW, 0 },
		{ OTHER_ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, FD_NEW, -EINVAL },
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, BAD_FD, -EBADF },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, BAD_FD, -EBADF },
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, FD_NO_EVENTFD, -EINVAL },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, FD_NO_EVENTFD, -EINVAL },
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, -1, 0 },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, -1, 0 },
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 0, 0, -EINVAL },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 0, 0, -EINVAL },
		{ INACTIVE, IRQ_NONE | IRQ_TRIGGER, 1, 0, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_TRIGGER, 1, 0, 0 },
		{ OTHER_ACTIVE, IRQ_NONE | IRQ_TRIGGER, 1, 0, -EINVAL },
		{ INACTIVE, IRQ_BOOL | IRQ_TRIGGER, 1, 1, -EINVAL },
		{ ACTIVE, IRQ_BOOL | IRQ_TRIGGER, 1, 1, 0 },
		{ ACTIVE, IRQ_BOOL | IRQ_TRIGGER, 1, 0, 0 },
		{ ACTIVE, IRQ_BOOL | IRQ_TRIGGER, 0, 0, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_TRIGGER, 2, 0, -EINVAL },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 2, -1, -EINVAL },
	};

	vfio_close(&self->dev);
	expect_calls(_metadata, &self->mdev, variant->mode, IRQ_INTX, rows, ARRAY_SIZE(rows));
}

TEST_F(device, intx_answers_every_mask_and_unmask_call)
{
	static const struct call_row rows[] = {
		{ INACTIVE, IRQ_NONE | IRQ_MASK, 1, 0, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_MASK, 1, 0, 0 },
		{ ACTIVE, IRQ_NONE | IRQ_MASK, 0, 0, -EINVAL },
		{ ACTIVE, IRQ_BOOL | IRQ_MASK, 1, 1, 0 },
		{ ACTIVE, IRQ_BOOL | IRQ_MASK, 1, 0, 0 },
		{ ACTIVE, IRQ_EVENTFD | IRQ_MASK, 1, FD_NEW, -ENOTTY },
		{ OTHER_ACTIVE, IRQ_NONE | IRQ_MASK, 1, 0, -EINVAL },
		{ INACTIVE, IRQ_NONE | IRQ_UNMASK, 1, 0, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_UNMASK, 1, 0, 0 },
		{ ACTIVE, IRQ_NONE | IRQ_UNMASK, 0, 0, -EINVAL },
		{ ACTIVE, IRQ_BOOL | IRQ_UNMASK, 1, 1, 0 },
		{ ACTIVE, IRQ_BOOL | IRQ_UNMASK, 1, 0, 0 },
		{ INACTIVE, IRQ_EVENTFD | IRQ_UNMASK, 1, FD_NEW, -EINVAL },
		{ OTHER_ACTIVE, IRQ_NONE | IRQ_UNMASK, 1, 0, -EINVAL },
	};

	vfio_close(&self->dev);
	expect_calls(_metadata, &self->mdev, variant->mode, IRQ_INTX, rows, ARRAY_SIZE(rows));
}

TEST_F(device, intx_answers_every_unmask_eventfd_call)
{
	static const struct call_row rows[] = {
		{ ACTIVE, IRQ_EVENTFD | IRQ_UNMASK, 1, FD_NEW, 0 },
		{ ACTIVE, IRQ_EVENTFD | IRQ_UNMASK, 1, -1, 0 },
		{ ACTIVE, IRQ_EVENTFD | IRQ_UNMASK, 1, BAD_FD, -EBADF },
		{ ACTIVE, IRQ_EVENTFD | IRQ_UNMASK, 1, FD_NO_EVENTFD, -EINVAL },
	};
	const char *missing;

	irq_enable_new(&self->dev, IRQ_INTX);
	missing = irq_unmask_eventfd_missing(&self->dev);
	if (missing)
		SKIP(return, "%s", missing);
	vfio_close(&self->dev);
	expect_calls(_metadata, &self->mdev, variant->mode, IRQ_INTX, rows, ARRAY_SIZE(rows));
}

TEST_F(device, msi_answers_every_call)
{
	static const struct call_row rows[] = {
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, FD_NEW, 0 },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, FD_NEW, 0 },
		{ OTHER_ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, FD_NEW, -EINVAL },
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, -1, 0 },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, -1, 0 },
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, -2, 0 },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, -2, 0 },
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, BAD_FD, -EBADF },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, BAD_FD, -EBADF },
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, FD_NO_EVENTFD, -EINVAL },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 0, 0, 0 },
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 0, 0, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_TRIGGER, 0, 0, 0 },
		{ INACTIVE, IRQ_NONE | IRQ_TRIGGER, 0, 0, -EINVAL },
		{ OTHER_ACTIVE, IRQ_NONE | IRQ_TRIGGER, 0, 0, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_TRIGGER, 1, 0, 0 },
		{ INACTIVE, IRQ_NONE | IRQ_TRIGGER, 1, 0, -EINVAL },
		{ ACTIVE, IRQ_BOOL | IRQ_TRIGGER, 1, 1, 0 },
		{ ACTIVE, IRQ_BOOL | IRQ_TRIGGER, 1, 0, 0 },
		{ INACTIVE, IRQ_BOOL | IRQ_TRIGGER, 1, 1, -EINVAL },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 2, -1, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_MASK, 1, 0, -ENOTTY },
		{ ACTIVE, IRQ_EVENTFD | IRQ_MASK, 1, FD_NEW, -ENOTTY },
		{ ACTIVE, IRQ_NONE | IRQ_UNMASK, 1, 0, -ENOTTY },
		{ ACTIVE, IRQ_EVENTFD | IRQ_UNMASK, 1, FD_NEW, -ENOTTY },
		{ INACTIVE, IRQ_NONE | IRQ_MASK, 1, 0, -ENOTTY },
	};

	vfio_close(&self->dev);
	expect_calls(_metadata, &self->mdev, variant->mode, IRQ_MSI, rows, ARRAY_SIZE(rows));
}

TEST_F(device, err_and_req_answer_every_call)
{
	static const struct call_row rows[] = {
		{ INACTIVE, IRQ_NONE | IRQ_TRIGGER, 0, 0, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_TRIGGER, 0, 0, 0 },
		{ INACTIVE, IRQ_NONE | IRQ_TRIGGER, 1, 0, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_TRIGGER, 1, 0, 0 },
		{ INACTIVE, IRQ_BOOL | IRQ_TRIGGER, 1, 1, 0 },
		{ ACTIVE, IRQ_BOOL | IRQ_TRIGGER, 1, 1, 0 },
		{ ACTIVE, IRQ_BOOL | IRQ_TRIGGER, 1, 0, 0 },
		{ ACTIVE, IRQ_BOOL | IRQ_TRIGGER, 0, 0, -EINVAL },
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, FD_NEW, 0 },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, FD_NEW, 0 },
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, -1, 0 },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, -1, 0 },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, -2, -EINVAL },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, BAD_FD, -EBADF },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, FD_NO_EVENTFD, -EINVAL },
		{ ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 0, 0, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_TRIGGER, 2, 0, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_MASK, 1, 0, -ENOTTY },
		{ ACTIVE, IRQ_NONE | IRQ_UNMASK, 1, 0, -ENOTTY },
		{ ACTIVE, IRQ_EVENTFD | IRQ_MASK, 1, FD_NEW, -ENOTTY },
		{ OTHER_ACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, FD_NEW, 0 },
	};

	vfio_close(&self->dev);
	expect_calls(_metadata, &self->mdev, variant->mode, IRQ_ERR, rows, ARRAY_SIZE(rows));
	expect_calls(_metadata, &self->mdev, variant->mode, IRQ_REQ, rows, ARRAY_SIZE(rows));
}

TEST_F(device, indices_without_interrupts_refuse_everything)
{
	static const struct call_row rows[] = {
		{ INACTIVE, IRQ_NONE | IRQ_TRIGGER, 0, 0, -EINVAL },
		{ INACTIVE, IRQ_NONE | IRQ_TRIGGER, 1, 0, -EINVAL },
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 1, FD_NEW, -EINVAL },
		{ INACTIVE, IRQ_EVENTFD | IRQ_TRIGGER, 0, 0, -EINVAL },
	};
	static const __u32 indices[] = { IRQ_MSIX, VFIO_PCI_NUM_IRQS, 0x80000000, 0xffffffff };
	size_t i;

	vfio_close(&self->dev);
	for (i = 0; i < ARRAY_SIZE(indices); i++)
		expect_calls(_metadata, &self->mdev, variant->mode, indices[i],
			     rows, ARRAY_SIZE(rows));
}

TEST_F(device, exactly_one_kind_of_data_and_one_action_are_required)
{
	static const struct call_row rows[] = {
		{ ACTIVE, IRQ_TRIGGER, 1, 0, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_BOOL | IRQ_TRIGGER, 1, 1, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_EVENTFD | IRQ_TRIGGER, 1, -1, -EINVAL },
		{ ACTIVE, IRQ_NONE | NO_ACTION, 1, 0, -ENOTTY },
		{ ACTIVE, IRQ_NONE | IRQ_MASK | IRQ_UNMASK, 1, 0, -ENOTTY },
		{ ACTIVE, IRQ_NONE | IRQ_MASK | IRQ_TRIGGER, 1, 0, -ENOTTY },
		{ ACTIVE, IRQ_NONE | IRQ_TRIGGER | 1 << 6, 1, 0, -EINVAL },
		{ ACTIVE, IRQ_NONE | IRQ_TRIGGER | 1U << 31, 1, 0, -EINVAL },
	};
	static const __u32 indices[] = { IRQ_INTX, IRQ_MSI, IRQ_ERR, IRQ_REQ };
	size_t i;

	vfio_close(&self->dev);
	for (i = 0; i < ARRAY_SIZE(indices); i++)
		expect_calls(_metadata, &self->mdev, variant->mode, indices[i],
			     rows, ARRAY_SIZE(rows));
}

TEST_F(device, ranges_outside_an_index_are_refused)
{
	static const struct {
		__u32 start;
		__u32 count;
	} rows[] = {
		{ 1, 0 }, { 1, 1 }, { 0, 2 }, { 0xffffffff, 0 }, { 0xffffffff, 1 },
		{ 1, 0xffffffff }, { 0, 0xffffffff }, { 0, 0x80000000 }, { 0x80000000, 0x80000000 },
	};
	static const __u32 indices[] = { IRQ_INTX, IRQ_MSI, IRQ_ERR, IRQ_REQ };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(indices); i++) {
		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			EXPECT_EQ(-EINVAL, __irq_set_raw(&self->dev, indices[i],
							 IRQ_NONE | IRQ_TRIGGER, rows[j].start,
							 rows[j].count, NULL, 0))
				TH_LOG("index %u, start %u, count %u", indices[i],
				       rows[j].start, rows[j].count);
		}
	}
}

TEST_F(device, calls_without_room_for_their_data_are_refused)
{
	__s32 fd = eventfd_new();
	__u32 size;

	for (size = 0; size < sizeof(fd); size++) {
		EXPECT_EQ(-EINVAL, __irq_set_raw(&self->dev, IRQ_INTX, IRQ_EVENTFD | IRQ_TRIGGER,
						 0, 1, &fd, size))
			TH_LOG("%u bytes", size);
	}
	irq_enable(&self->dev, IRQ_INTX, fd);
	EXPECT_EQ(-EINVAL, __irq_set_raw(&self->dev, IRQ_INTX, IRQ_BOOL | IRQ_TRIGGER,
					 0, 1, NULL, 0));
}

TEST_F(device, calls_without_room_for_their_arguments_are_refused)
{
	struct vfio_irq_set set = {
		.flags = IRQ_NONE | IRQ_TRIGGER, .index = IRQ_INTX, .count = 1,
	};

	irq_enable(&self->dev, IRQ_INTX, eventfd_new());
	for (; set.argsz < sizeof(set); set.argsz++) {
		EXPECT_EQ(-EINVAL, __vfio_ioctl(self->dev.fd, VFIO_DEVICE_SET_IRQS, &set))
			TH_LOG("argsz %u", set.argsz);
	}
	EXPECT_EQ(0, __vfio_ioctl(self->dev.fd, VFIO_DEVICE_SET_IRQS, &set));
}

TEST_F(device, a_refused_call_leaves_the_other_index_working)
{
	int eventfd = eventfd_new();

	irq_enable(&self->dev, IRQ_INTX, eventfd);
	EXPECT_EQ(-EINVAL, __irq_set(&self->dev, IRQ_MSI, IRQ_EVENTFD | IRQ_TRIGGER, 1,
				     eventfd_new()));
	uart_write(&self->dev, 0, 1, 2);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, msi_enabled_by_a_failing_call_is_disabled_again)
{
	EXPECT_EQ(-EBADF, __irq_set(&self->dev, IRQ_MSI, IRQ_EVENTFD | IRQ_TRIGGER, 1, BAD_FD));
	EXPECT_EQ(0, __irq_set(&self->dev, IRQ_INTX, IRQ_EVENTFD | IRQ_TRIGGER, 1, eventfd_new()));
}

TEST_F(device, closing_disables_every_index)
{
	static const __u32 indices[] = { IRQ_INTX, IRQ_MSI, IRQ_ERR, IRQ_REQ };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(indices); i++) {
		irq_enable(&self->dev, indices[i], eventfd_new());
		vfio_close(&self->dev);
		vfio_open(&self->dev, self->mdev.uuid, variant->mode);
		EXPECT_EQ(-EINVAL, __irq_set(&self->dev, indices[i], IRQ_NONE | IRQ_TRIGGER, 0, 0))
			TH_LOG("index %u", indices[i]);
	}
}

TEST_HARNESS_MAIN
