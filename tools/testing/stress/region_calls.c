// SPDX-License-Identifier: GPL-2.0-only
/* Regions, and what the device reports about itself */
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "call.h"
#include "region.h"

#define ACCESS_MAX	(2 * CONFIG_SIZE)

/* The values of an operation's arg */
enum {
	READ,
	WRITE,
};

static long transfer(struct call *call, __u64 pos, size_t size)
{
	struct handle *handle = call_handle(call);
	__u8 data[ACCESS_MAX];
	void *memory;
	long ret;

	rng_fill(&call->rng, data, size);
	memory = call_memory(call, data, size);
	if (call->op->arg == READ)
		ret = pread(handle->fd, memory, size, pos);
	else
		ret = pwrite(handle->fd, memory, size, pos);
	return call_moved(call, ret, size);
}

static long bar(struct call *call)
{
	unsigned int index = rng_below(&call->rng, 2), offset = rng_below(&call->rng, UART_SIZE);
	size_t size = rng_one_in(&call->rng, 8) ? rng_below(&call->rng, 2 * UART_SIZE) : 1;

	return transfer(call, region_offset[index] + offset, size);
}

static long config(struct call *call)
{
	unsigned int offset = rng_below(&call->rng, CONFIG_SIZE);
	size_t size = 1 << rng_below(&call->rng, 3);

	if (rng_one_in(&call->rng, 4))
		offset = PCI_COMMAND;
	else if (rng_one_in(&call->rng, 8))
		size = rng_below(&call->rng, ACCESS_MAX);
	return transfer(call, region_offset[VFIO_PCI_CONFIG_REGION_INDEX] + offset, size);
}

/* Anywhere in the file, or near the beginning of any region */
static long anywhere(struct call *call)
{
	unsigned int index = rng_below(&call->rng, VFIO_PCI_NUM_REGIONS);
	__u64 pos = rng_next(&call->rng);

	if (!rng_one_in(&call->rng, 4))
		pos = region_offset[index] + pos % ACCESS_MAX;
	return transfer(call, pos, rng_below(&call->rng, ACCESS_MAX));
}

static long map(struct call *call)
{
	unsigned int index = rng_below(&call->rng, VFIO_PCI_NUM_REGIONS);
	int prot = rng_below(&call->rng, 4);
	int fd = call_handle(call)->fd;
	void *area = mmap(NULL, 4096, prot, MAP_SHARED, fd, region_offset[index]);

	if (area == MAP_FAILED)
		return -errno;
	munmap(area, 4096);
	return 0;
}

/* Mostly the right size, and an index that exists */
static __u32 some_argsz(struct call *call, size_t size)
{
	return rng_one_in(&call->rng, 8) ? rng_below(&call->rng, 2 * size) : size;
}

static __u32 some_index(struct call *call, unsigned int count)
{
	return rng_one_in(&call->rng, 16) ? rng_next(&call->rng) : rng_below(&call->rng, count + 1);
}

static long tell(struct call *call, unsigned long request, const void *info, size_t size)
{
	void *memory = call_memory(call, info, size);

	return call_told(call, ioctl(call_handle(call)->fd, request, memory), size);
}

static long device_info(struct call *call)
{
	struct vfio_device_info info = { .argsz = some_argsz(call, sizeof(info)), };

	return tell(call, VFIO_DEVICE_GET_INFO, &info, sizeof(info));
}

static long region_info(struct call *call)
{
	struct vfio_region_info info = {
		.argsz = some_argsz(call, sizeof(info)),
		.flags = rng_next(&call->rng),
		.index = some_index(call, VFIO_PCI_NUM_REGIONS),
	};

	return tell(call, VFIO_DEVICE_GET_REGION_INFO, &info, sizeof(info));
}

static long irq_info(struct call *call)
{
	struct vfio_irq_info info = {
		.argsz = some_argsz(call, sizeof(info)),
		.index = some_index(call, VFIO_PCI_NUM_IRQS),
	};

	return tell(call, VFIO_DEVICE_GET_IRQ_INFO, &info, sizeof(info));
}

static long unknown_ioctl(struct call *call)
{
	static const unsigned long requests[] = {
		VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, VFIO_DEVICE_PCI_HOT_RESET,
		VFIO_DEVICE_QUERY_GFX_PLANE, VFIO_DEVICE_IOEVENTFD, VFIO_MIG_GET_PRECOPY_INFO,
		VFIO_GROUP_GET_DEVICE_FD, _IO(VFIO_TYPE, 250),
	};
	unsigned int i = rng_below(&call->rng, ARRAY_SIZE(requests));
	__u8 data[64];

	rng_fill(&call->rng, data, sizeof(data));
	return tell(call, requests[i], data, sizeof(data));
}

static long reset(struct call *call)
{
	return call_result(ioctl(call_handle(call)->fd, VFIO_DEVICE_RESET));
}

/* All may fail with EINVAL, because a device that is not bound returns that. */
const struct op region_ops[] = {
	{ "read BAR", 80, bar, READ, GIVES, .errors = { EINVAL, } },
	{ "write BAR", 130, bar, WRITE, .errors = { EINVAL, } },
	{ "read configuration", 30, config, READ, GIVES, .errors = { EINVAL, EFAULT, } },
	{ "write configuration", 30, config, WRITE, .errors = { EINVAL, EFAULT, } },
	{ "read anywhere", 10, anywhere, READ, GIVES, .errors = { EINVAL, EFAULT, } },
	{ "write anywhere", 10, anywhere, WRITE, .errors = { EINVAL, EFAULT, } },
	{ "mmap", 5, map, .flags = REFUSED, .errors = { EINVAL, } },
	{ "GET_INFO", 10, device_info, .flags = GIVES, .errors = { EINVAL, } },
	{ "GET_REGION_INFO", 12, region_info, .flags = GIVES, .errors = { EINVAL, } },
	{ "GET_IRQ_INFO", 10, irq_info, .flags = GIVES, .errors = { EINVAL, } },
	{ "unknown ioctl", 5, unknown_ioctl, .flags = REFUSED, .errors = { ENOTTY, EINVAL, } },
	{ "RESET", 20, reset, .flags = FAULTY, .errors = { EINVAL, } },
	{}
};
