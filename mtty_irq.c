// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts: what VFIO_DEVICE_SET_IRQS sets up, and when its eventfds are
 * signalled.
 *
 * INTx is a level that the user sees through an edge: it is signalled once, masked
 * with that, and signalled again when it is unmasked while any port still requests
 * an interrupt. MSI is a message for each port whose request rises.
 */
#include "mtty.h"

#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/eventfd.h>

#include "mtty_compat.h"

#define MTTY_IRQ_MASKED		0	/* bit of struct mtty_irq.masked */

/* One VFIO_DEVICE_SET_IRQS call; no index has more than one vector. */
struct mtty_irq_call {
	unsigned int index;
	unsigned int count;
	u32 data_type;	/* VFIO_IRQ_SET_DATA_* */
	bool fire;	/* the action applies to the vector by itself */
	s32 fd;		/* of VFIO_IRQ_SET_DATA_EVENTFD; negative: none */
};

typedef int (*mtty_irq_action_t)(struct mtty_dev *mtty,
				 const struct mtty_irq_call *call);

/**
 * mtty_irq_init() - initialise the interrupt set-up
 * @mtty: device that nobody else knows yet
 */
void mtty_irq_init(struct mtty_dev *mtty)
{
	mutex_init(&mtty->irq.igate);
	mtty->irq.index = MTTY_IRQ_NONE;
}

/**
 * mtty_irq_destroy() - undo mtty_irq_init()
 * @mtty: device that nobody else knows any more
 */
void mtty_irq_destroy(struct mtty_dev *mtty)
{
	mutex_destroy(&mtty->irq.igate);
}

static void mtty_irq_put(struct eventfd_ctx *ctx)
{
	if (ctx)
		eventfd_ctx_put(ctx);
}

/**
 * mtty_irq_raise() - a request stands that may not have been signalled yet
 * @mtty: the device, with any port locked
 *
 * Signals by INTx, unless masked, or by MSI. Without a trigger nothing is noted:
 * setting one up looks at the requests again.
 */
void mtty_irq_raise(struct mtty_dev *mtty)
{
	struct mtty_irq *irq = &mtty->irq;

	mtty_port_assert_any_locked(mtty);
	if (irq->halted || !irq->trigger)
		return;
	if (irq->index == VFIO_PCI_INTX_IRQ_INDEX &&
	    (mtty_pci_intx_disabled(mtty) ||
	     test_and_set_bit(MTTY_IRQ_MASKED, &irq->masked)))
		return;
	eventfd_signal(irq->trigger);
}

/* What kept requests from being signalled may be over. */
static void mtty_irq_reevaluate(struct mtty_dev *mtty)
{
	mtty_ports_assert_locked(mtty);
	if (mtty_ports_request(mtty))
		mtty_irq_raise(mtty);
}

/**
 * mtty_irq_unmask() - unmask INTx, and signal it if it is still asserted
 * @mtty: the device, with all ports locked
 *
 * Does nothing unless INTx is set up and enabled in the command register.
 */
void mtty_irq_unmask(struct mtty_dev *mtty)
{
	mtty_ports_assert_locked(mtty);
	if (mtty->irq.index != VFIO_PCI_INTX_IRQ_INDEX || mtty_pci_intx_disabled(mtty))
		return;
	__clear_bit(MTTY_IRQ_MASKED, &mtty->irq.masked);
	mtty_irq_reevaluate(mtty);
}

/**
 * mtty_irq_halt() - signal nothing until mtty_irq_resume()
 * @mtty: the device, with all ports locked
 */
void mtty_irq_halt(struct mtty_dev *mtty)
{
	mtty_ports_assert_locked(mtty);
	mtty->irq.halted = true;
}

/**
 * mtty_irq_resume() - undo mtty_irq_halt(), and signal what is pending or announced
 * @mtty: the device, with all ports locked
 */
void mtty_irq_resume(struct mtty_dev *mtty)
{
	struct mtty_irq *irq = &mtty->irq;

	mtty_ports_assert_locked(mtty);
	irq->halted = false;
	if (irq->announce && irq->index == VFIO_PCI_INTX_IRQ_INDEX)
		mtty_irq_raise(mtty);
	irq->announce = false;
	mtty_irq_reevaluate(mtty);
}

/**
 * mtty_irq_forget() - forget that INTx was signalled, announced or masked by the user
 * @mtty: the device, with all ports locked
 *
 * For a device that a stream was loaded into, and for one without an interrupt set up:
 * its next request is a new one.
 */
void mtty_irq_forget(struct mtty_dev *mtty)
{
	mtty_ports_assert_locked(mtty);
	__clear_bit(MTTY_IRQ_MASKED, &mtty->irq.masked);
	mtty->irq.announce = false;
}

/**
 * mtty_irq_announce() - whether mtty_irq_resume() signals INTx once, pending or not
 * @mtty: the device, with all ports locked
 * @announce: true after a load that enables interrupts; false takes it back
 *
 * A VMM hears of an interrupt some time after its guest may have dealt with it, and
 * asserts the guest's line all the same, up to the guest's next register access. A
 * guest that moves in between takes an asserted line along, and its new VMM, which was
 * not signalled, has no reason to lower it: the guest would call its handler for ever.
 * A handler that is called once too often does no harm.
 */
void mtty_irq_announce(struct mtty_dev *mtty, bool announce)
{
	mtty_ports_assert_locked(mtty);
	mtty->irq.announce = announce;
}

/* Runs from a workqueue, for each signal on the unmask eventfd */
static void mtty_irq_unmask_thread(void *opaque, void *unused)
{
	struct mtty_dev *mtty = opaque;

	mtty_ports_lock(mtty);
	mtty_irq_unmask(mtty);
	mtty_ports_unlock(mtty);
}

/* Make @index the active one, or none, with @ctx as its vector; return the old vector. */
static struct eventfd_ctx *mtty_irq_exchange(struct mtty_dev *mtty, unsigned int index,
					     struct eventfd_ctx *ctx)
{
	struct mtty_irq *irq = &mtty->irq;

	lockdep_assert_held(&irq->igate);
	mtty_ports_lock(mtty);
	if (index == MTTY_IRQ_NONE)
		mtty_irq_forget(mtty);
	irq->index = index;
	swap(irq->trigger, ctx);
	mtty_irq_reevaluate(mtty);
	mtty_ports_unlock(mtty);
	return ctx;
}

static int mtty_irq_set_trigger(struct mtty_dev *mtty, unsigned int index, s32 fd)
{
	struct eventfd_ctx *ctx = NULL;

	if (fd >= 0)
		ctx = eventfd_ctx_fdget(fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	mtty_irq_put(mtty_irq_exchange(mtty, index, ctx));
	return 0;
}

static void mtty_irq_disable(struct mtty_dev *mtty)
{
	mtty_virqfd_disable(&mtty->irq.unmask);
	mtty_irq_put(mtty_irq_exchange(mtty, MTTY_IRQ_NONE, NULL));
}

/* vfio-pci drops the vectors of an MSI call that fails, but keeps an INTx trigger. */
static int mtty_irq_assign(struct mtty_dev *mtty, const struct mtty_irq_call *call)
{
	unsigned int active = mtty->irq.index;
	int ret;

	if (active != MTTY_IRQ_NONE && active != call->index)
		return -EINVAL;
	ret = mtty_irq_set_trigger(mtty, call->index, call->fd);
	if (ret && active == VFIO_PCI_MSI_IRQ_INDEX)
		mtty_irq_set_trigger(mtty, active, -1);
	return ret;
}

/* Software trigger: not a request of the device, so it neither masks nor is masked */
static void mtty_irq_loopback(struct mtty_dev *mtty)
{
	struct mtty_irq *irq = &mtty->irq;

	mtty_ports_lock(mtty);
	if (irq->trigger && !irq->halted &&
	    !(irq->index == VFIO_PCI_INTX_IRQ_INDEX && mtty_pci_intx_disabled(mtty)))
		eventfd_signal(irq->trigger);
	mtty_ports_unlock(mtty);
}

static int mtty_irq_trigger(struct mtty_dev *mtty, const struct mtty_irq_call *call)
{
	if (call->data_type == VFIO_IRQ_SET_DATA_EVENTFD && call->count)
		return mtty_irq_assign(mtty, call);
	if (mtty->irq.index != call->index)
		return -EINVAL;

	if (call->count) {
		if (call->fire)
			mtty_irq_loopback(mtty);
		return 0;
	}
	if (call->data_type == VFIO_IRQ_SET_DATA_NONE) {
		mtty_irq_disable(mtty);
		return 0;
	}
	return call->index == VFIO_PCI_INTX_IRQ_INDEX ? -EINVAL : 0;
}

static int mtty_irq_intx_mask(struct mtty_dev *mtty, const struct mtty_irq_call *call)
{
	struct mtty_irq *irq = &mtty->irq;

	if (irq->index != VFIO_PCI_INTX_IRQ_INDEX || !call->count)
		return -EINVAL;
	if (call->data_type == VFIO_IRQ_SET_DATA_EVENTFD)
		return -ENOTTY;
	if (call->fire) {
		mtty_ports_lock(mtty);
		set_bit(MTTY_IRQ_MASKED, &irq->masked);
		mtty_ports_unlock(mtty);
	}
	return 0;
}

static int mtty_irq_intx_unmask(struct mtty_dev *mtty, const struct mtty_irq_call *call)
{
	struct mtty_irq *irq = &mtty->irq;

	if (irq->index != VFIO_PCI_INTX_IRQ_INDEX || !call->count)
		return -EINVAL;
	if (call->data_type == VFIO_IRQ_SET_DATA_EVENTFD) {
		if (call->fd >= 0)
			return mtty_virqfd_enable(mtty, mtty_irq_unmask_thread,
						  &irq->unmask, call->fd);
		mtty_virqfd_disable(&irq->unmask);
	} else if (call->fire) {
		mtty_ports_lock(mtty);
		mtty_irq_unmask(mtty);
		mtty_ports_unlock(mtty);
	}
	return 0;
}

static int mtty_irq_replace(struct eventfd_ctx **slot, s32 fd)
{
	struct eventfd_ctx *ctx = NULL;

	if (fd < -1)
		return -EINVAL;
	if (fd >= 0)
		ctx = eventfd_ctx_fdget(fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	swap(*slot, ctx);
	mtty_irq_put(ctx);
	return 0;
}

/* The indices that are news for the user and no interrupt of the device */
static int mtty_irq_event(struct eventfd_ctx **slot, const struct mtty_irq_call *call)
{
	switch (call->data_type) {
	case VFIO_IRQ_SET_DATA_EVENTFD:
		return call->count ? mtty_irq_replace(slot, call->fd) : -EINVAL;
	case VFIO_IRQ_SET_DATA_BOOL:
		if (!call->count)
			return -EINVAL;
		break;
	default:
		if (!*slot)
			return -EINVAL;
		if (!call->count)
			return mtty_irq_replace(slot, -1);
	}

	if (call->fire && *slot)
		eventfd_signal(*slot);
	return 0;
}

static int mtty_irq_err_trigger(struct mtty_dev *mtty, const struct mtty_irq_call *call)
{
	return mtty_irq_event(&mtty->irq.err, call);
}

static int mtty_irq_req_trigger(struct mtty_dev *mtty, const struct mtty_irq_call *call)
{
	return mtty_irq_event(&mtty->irq.req, call);
}

/**
 * mtty_irq_request_release() - ask the user to give the device up
 * @mtty: the device
 */
void mtty_irq_request_release(struct mtty_dev *mtty)
{
	guard(mutex)(&mtty->irq.igate);
	if (mtty->irq.req)
		eventfd_signal(mtty->irq.req);
}

/**
 * mtty_irq_release() - drop all eventfds of the user
 * @mtty: the device, being closed
 */
void mtty_irq_release(struct mtty_dev *mtty)
{
	guard(mutex)(&mtty->irq.igate);
	mtty_irq_disable(mtty);
	mtty_irq_replace(&mtty->irq.err, -1);
	mtty_irq_replace(&mtty->irq.req, -1);
}

/**
 * mtty_irq_count() - number of vectors of an interrupt index
 * @index: VFIO_PCI_*_IRQ_INDEX, or any other number
 *
 * Return: 1 or 0; 0 if there is no such index
 */
unsigned int mtty_irq_count(unsigned int index)
{
	switch (index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
	case VFIO_PCI_MSI_IRQ_INDEX:
	case VFIO_PCI_ERR_IRQ_INDEX:
	case VFIO_PCI_REQ_IRQ_INDEX:
		return 1;
	default:
		return 0;
	}
}

static mtty_irq_action_t mtty_irq_find_action(const struct vfio_irq_set *hdr)
{
	static const struct {
		mtty_irq_action_t mask, unmask, trigger;
	} actions[VFIO_PCI_NUM_IRQS] = {
		[VFIO_PCI_INTX_IRQ_INDEX] = { mtty_irq_intx_mask, mtty_irq_intx_unmask,
					      mtty_irq_trigger },
		[VFIO_PCI_MSI_IRQ_INDEX] = { .trigger = mtty_irq_trigger },
		[VFIO_PCI_ERR_IRQ_INDEX] = { .trigger = mtty_irq_err_trigger },
		[VFIO_PCI_REQ_IRQ_INDEX] = { .trigger = mtty_irq_req_trigger },
	};
	unsigned int index = array_index_nospec(hdr->index, VFIO_PCI_NUM_IRQS);

	switch (hdr->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) {
	case VFIO_IRQ_SET_ACTION_MASK:
		return actions[index].mask;
	case VFIO_IRQ_SET_ACTION_UNMASK:
		return actions[index].unmask;
	case VFIO_IRQ_SET_ACTION_TRIGGER:
		return actions[index].trigger;
	default:
		return NULL;
	}
}

/**
 * mtty_irq_set() - carry out VFIO_DEVICE_SET_IRQS
 * @mtty: the device
 * @hdr: the call, as vfio_set_irqs_validate_and_prepare() let it pass for
 *	 mtty_irq_count() vectors
 * @data: its payload, of the size which that function asked for
 *
 * Follows vfio-pci where the uAPI is silent.
 *
 * Return: 0, or -ENOTTY for an action that the index does not have, -EINVAL for one
 * that its present set-up does not allow, -EBUSY for a second unmask eventfd, or
 * what is wrong with an eventfd
 */
int mtty_irq_set(struct mtty_dev *mtty, const struct vfio_irq_set *hdr,
		 const void *data)
{
	mtty_irq_action_t action = mtty_irq_find_action(hdr);
	struct mtty_irq_call call = {
		.index = hdr->index,
		.count = hdr->count,
		.data_type = hdr->flags & VFIO_IRQ_SET_DATA_TYPE_MASK,
		.fd = -1,
	};

	if (!action)
		return -ENOTTY;
	if (call.data_type == VFIO_IRQ_SET_DATA_NONE)
		call.fire = call.count;
	else if (call.data_type == VFIO_IRQ_SET_DATA_BOOL)
		call.fire = call.count && *(const u8 *)data;
	else if (call.count)
		call.fd = *(const s32 *)data;

	guard(mutex)(&mtty->irq.igate);
	return action(mtty, &call);
}
