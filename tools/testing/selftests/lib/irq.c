// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "check.h"
#include "irq.h"

#define IRQ_DATA_MAX	64

int __irq_set_raw(struct vfio_dev *dev, __u32 index, __u32 flags, __u32 start,
		  __u32 count, const void *data, __u32 size)
{
	union {
		struct vfio_irq_set set;
		__u8 bytes[sizeof(struct vfio_irq_set) + IRQ_DATA_MAX];
	} arg = {
		.set = {
			.argsz = sizeof(arg.set) + size,
			.flags = flags,
			.index = index,
			.start = start,
			.count = count,
		},
	};

	CHECK(size <= IRQ_DATA_MAX, "no test needs %u bytes", size);
	if (size)
		memcpy(arg.bytes + sizeof(arg.set), data, size);
	return __vfio_ioctl(dev->fd, VFIO_DEVICE_SET_IRQS, &arg);
}

int __irq_set(struct vfio_dev *dev, __u32 index, __u32 flags, __u32 count, int value)
{
	__s32 fds[] = { value, value, };
	__u8 bools[] = { value, value, };

	if (flags & IRQ_EVENTFD)
		return __irq_set_raw(dev, index, flags, 0, count, fds, count * sizeof(*fds));
	if (flags & IRQ_BOOL)
		return __irq_set_raw(dev, index, flags, 0, count, bools, count);
	return __irq_set_raw(dev, index, flags, 0, count, NULL, 0);
}

void irq_set(struct vfio_dev *dev, __u32 index, __u32 flags, __u32 count, int value)
{
	int ret = __irq_set(dev, index, flags, count, value);

	CHECK(ret == 0, "SET_IRQS index %u flags %#x count %u value %d: %d",
	      index, flags, count, value, ret);
}

void irq_enable(struct vfio_dev *dev, __u32 index, int eventfd)
{
	irq_set(dev, index, IRQ_EVENTFD | IRQ_TRIGGER, 1, eventfd);
}

int irq_enable_new(struct vfio_dev *dev, __u32 index)
{
	int eventfd = eventfd_new();

	irq_enable(dev, index, eventfd);
	return eventfd;
}

void irq_disable(struct vfio_dev *dev, __u32 index)
{
	irq_set(dev, index, IRQ_NONE | IRQ_TRIGGER, 0, 0);
}

void irq_mask(struct vfio_dev *dev)
{
	irq_set(dev, IRQ_INTX, IRQ_NONE | IRQ_MASK, 1, 0);
}

void irq_unmask(struct vfio_dev *dev)
{
	irq_set(dev, IRQ_INTX, IRQ_NONE | IRQ_UNMASK, 1, 0);
}

const char *irq_unmask_eventfd_missing(struct vfio_dev *dev)
{
	int eventfd = eventfd_new();
	int ret = __irq_set(dev, IRQ_INTX, IRQ_EVENTFD | IRQ_UNMASK, 1, eventfd);

	if (ret == -ENOTTY)
		return "this kernel's VFIO has no virqfd";
	CHECK(ret == 0, "cannot install an unmask eventfd: %d", ret);
	irq_set(dev, IRQ_INTX, IRQ_EVENTFD | IRQ_UNMASK, 1, -1);
	close(eventfd);
	return NULL;
}

int eventfd_new(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	CHECK(fd >= 0, "no eventfd");
	return fd;
}

void eventfd_fire(int fd)
{
	CHECK(eventfd_write(fd, 1) == 0, "cannot signal an eventfd");
}

unsigned int eventfd_take(int fd)
{
	eventfd_t count = 0;

	if (eventfd_read(fd, &count))
		CHECK(errno == EAGAIN, "cannot read an eventfd");
	return count;
}

unsigned int eventfd_wait(int fd, int ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN, };

	CHECK(poll(&poll_fd, 1, ms) >= 0, "cannot poll an eventfd");
	return eventfd_take(fd);
}
