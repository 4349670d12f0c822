// SPDX-License-Identifier: GPL-2.0-only
/* VFIO_DEVICE_SET_IRQS, and both ends of its eventfds */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "call.h"
#include "irq.h"

#define NO_FILE		9999

/* Mostly an eventfd or -1; otherwise a file of another kind, -2 or a bad descriptor */
static __s32 some_eventfd(struct call *call)
{
	switch (rng_below(&call->rng, 16)) {
	case 0:
		call->bad_fd = true;
		return NO_FILE;
	case 1:
		return STDOUT_FILENO;
	case 2:
		return -2;
	case 3 ... 5:
		return -1;
	default:
		return call_eventfd(call);
	}
}

static long set_irqs(struct call *call, const struct vfio_irq_set *set)
{
	__s32 data[2] = { some_eventfd(call), some_eventfd(call), };
	__u8 bytes[sizeof(*set) + sizeof(data)];
	void *memory;

	if (set->flags & IRQ_BOOL)
		rng_fill(&call->rng, (__u8 *)data, sizeof(data));
	memcpy(bytes, set, sizeof(*set));
	memcpy(bytes + sizeof(*set), data, sizeof(data));
	memory = call_memory(call, bytes, sizeof(bytes));
	return call_told(call, ioctl(call_handle(call)->fd, VFIO_DEVICE_SET_IRQS, memory),
			 sizeof(bytes));
}

/* Every index has one vector, so there are no other valid requests. */
static void fill(struct vfio_irq_set *set, struct call *call, __u32 index)
{
	static const __u32 actions[] = {
		IRQ_TRIGGER, IRQ_TRIGGER, IRQ_TRIGGER, IRQ_UNMASK, IRQ_UNMASK, IRQ_MASK,
	};
	static const __u32 types[] = { IRQ_EVENTFD, IRQ_EVENTFD, IRQ_EVENTFD, IRQ_NONE, IRQ_BOOL, };

	set->argsz = sizeof(*set) + 2 * sizeof(__s32);
	set->index = index;
	set->start = 0;
	set->count = !rng_one_in(&call->rng, 4);
	set->flags = actions[rng_below(&call->rng, ARRAY_SIZE(actions))] |
		     types[rng_below(&call->rng, ARRAY_SIZE(types))];
}

static long sensible(struct call *call)
{
	struct vfio_irq_set set;

	fill(&set, call, call->op->arg);
	return set_irqs(call, &set);
}

/* The only way to get from INTx to MSI and back */
static long disable(struct call *call)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set), .flags = IRQ_NONE | IRQ_TRIGGER,
		.index = rng_one_in(&call->rng, 2) ? IRQ_INTX : IRQ_MSI,
	};

	return set_irqs(call, &set);
}

/* With nonsense in all fields, the same one would always be the reason to refuse. */
static long senseless(struct call *call)
{
	struct vfio_irq_set set;
	__u32 *const fields[] = { &set.argsz, &set.flags, &set.index, &set.start, &set.count, };
	unsigned int field = rng_below(&call->rng, 1 + ARRAY_SIZE(fields));
	__u32 nonsense = rng_one_in(&call->rng, 4) ? rng_next(&call->rng) :
						     rng_below(&call->rng, 64);

	fill(&set, call, rng_below(&call->rng, VFIO_PCI_NUM_IRQS));
	if (field < ARRAY_SIZE(fields))
		*fields[field] = nonsense;
	return set_irqs(call, &set);
}

static long fire(struct call *call)
{
	return call_result(eventfd_write(call_eventfd(call), 1));
}

static long drain(struct call *call)
{
	eventfd_t count;

	return call_result(eventfd_read(call_eventfd(call), &count));
}

/* The first half of the slots is shared by all processes, so those stay open. */
static long renew(struct call *call)
{
	unsigned int slot = NR_EVENTFDS / 2 + rng_below(&call->rng, NR_EVENTFDS / 2);
	int *fd = &call->caller->eventfd[slot];

	close_fd(fd);
	*fd = eventfd_new();
	return 0;
}

const struct op irq_ops[] = {
	{ "SET_IRQS of INTx", 70, sensible, IRQ_INTX, .errors = { EINVAL, ENOTTY, EBUSY, } },
	{ "SET_IRQS of MSI", 24, sensible, IRQ_MSI, .errors = { EINVAL, ENOTTY, } },
	{ "SET_IRQS of MSI-X", 4, sensible, IRQ_MSIX, REFUSED, .errors = { EINVAL, } },
	{ "SET_IRQS of ERR", 8, sensible, IRQ_ERR, .errors = { EINVAL, ENOTTY, } },
	{ "SET_IRQS of REQ", 14, sensible, IRQ_REQ, .errors = { EINVAL, ENOTTY, } },
	{ "SET_IRQS: disable", 16, disable, .errors = { EINVAL, } },
	{ "SET_IRQS: one field senseless", 14, senseless, .errors = { EINVAL, ENOTTY, EBUSY, } },
	{ "fire eventfd", 30, fire },
	{ "read eventfd", 20, drain, .errors = { EAGAIN, } },
	{ "renew eventfd", 10, renew },
	{}
};
