// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_DEVICE_SET_IRQS: the eventfds that a user sets up, and what else the call can
 * ask for. mtty_line.c decides when the card's own are signalled.
 */
#include "mtty_irq.h"

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/vfio.h>

#include "mtty_card.h"
#include "mtty_compat.h"

/* One VFIO_DEVICE_SET_IRQS call; no index has more than one vector. */
struct mtty_irq_call {
	unsigned int index;
	unsigned int count;
	u32 data_type;	/* VFIO_IRQ_SET_DATA_* */
	bool fire;	/* the action applies to the vector by itself */
	s32 fd;		/* of VFIO_IRQ_SET_DATA_EVENTFD; negative: none */
};

typedef int (*mtty_irq_action_t)(struct mtty_irq *irq, const struct mtty_irq_call *call);

/**
 * mtty_irq_init() - initialise the interrupt set-up
 * @irq: set-up of a device that nobody else knows yet, all zero
 * @card: the card of the device
 */
void mtty_irq_init(struct mtty_irq *irq, struct mtty_card *card)
{
	mutex_init(&irq->igate);
	irq->card = card;
}

/**
 * mtty_irq_destroy() - undo mtty_irq_init()
 * @irq: set-up of a device that nobody else knows any more
 */
void mtty_irq_destroy(struct mtty_irq *irq)
{
	mutex_destroy(&irq->igate);
}

static void mtty_irq_put(struct eventfd_ctx *ctx)
{
	if (ctx)
		eventfd_ctx_put(ctx);
}

/* Runs from a workqueue, for each signal on the unmask eventfd */
static void mtty_irq_unmask_thread(void *opaque, void *unused)
{
	mtty_card_unmask_intx(opaque);
}

/* What this returns stays true for as long as the caller holds igate. */
static unsigned int mtty_irq_index(const struct mtty_irq *irq)
{
	lockdep_assert_held(&irq->igate);
	return mtty_card_irq_index(irq->card);
}

static void mtty_irq_connect(struct mtty_irq *irq, unsigned int index,
			     struct eventfd_ctx *trigger)
{
	lockdep_assert_held(&irq->igate);
	mtty_irq_put(mtty_card_connect(irq->card, index, trigger));
}

static int mtty_irq_set_trigger(struct mtty_irq *irq, unsigned int index, s32 fd)
{
	struct eventfd_ctx *ctx = NULL;

	if (fd >= 0)
		ctx = eventfd_ctx_fdget(fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	mtty_irq_connect(irq, index, ctx);
	return 0;
}

static void mtty_irq_disable(struct mtty_irq *irq)
{
	mtty_virqfd_disable(&irq->unmask);
	mtty_irq_connect(irq, MTTY_LINE_UNUSED, NULL);
}

/* vfio-pci drops the vectors of an MSI call that fails, but keeps an INTx trigger. */
static int mtty_irq_assign(struct mtty_irq *irq, const struct mtty_irq_call *call)
{
	unsigned int active = mtty_irq_index(irq);
	int ret;

	if (active != MTTY_LINE_UNUSED && active != call->index)
		return -EINVAL;
	ret = mtty_irq_set_trigger(irq, call->index, call->fd);
	if (ret && active == VFIO_PCI_MSI_IRQ_INDEX)
		mtty_irq_set_trigger(irq, active, -1);
	return ret;
}

static int mtty_irq_trigger(struct mtty_irq *irq, const struct mtty_irq_call *call)
{
	if (call->data_type == VFIO_IRQ_SET_DATA_EVENTFD && call->count)
		return mtty_irq_assign(irq, call);
	if (mtty_irq_index(irq) != call->index)
		return -EINVAL;

	if (call->count) {
		if (call->fire)
			mtty_card_fire(irq->card);
		return 0;
	}
	if (call->data_type == VFIO_IRQ_SET_DATA_NONE) {
		mtty_irq_disable(irq);
		return 0;
	}
	return call->index == VFIO_PCI_INTX_IRQ_INDEX ? -EINVAL : 0;
}

static int mtty_irq_intx_mask(struct mtty_irq *irq, const struct mtty_irq_call *call)
{
	if (mtty_irq_index(irq) != VFIO_PCI_INTX_IRQ_INDEX || !call->count)
		return -EINVAL;
	if (call->data_type == VFIO_IRQ_SET_DATA_EVENTFD)
		return -ENOTTY;
	if (call->fire)
		mtty_card_mask_intx(irq->card);
	return 0;
}

static int mtty_irq_intx_unmask(struct mtty_irq *irq, const struct mtty_irq_call *call)
{
	if (mtty_irq_index(irq) != VFIO_PCI_INTX_IRQ_INDEX || !call->count)
		return -EINVAL;
	if (call->data_type == VFIO_IRQ_SET_DATA_EVENTFD) {
		if (call->fd >= 0)
			return mtty_virqfd_enable(irq->card, mtty_irq_unmask_thread,
						  &irq->unmask, call->fd);
		mtty_virqfd_disable(&irq->unmask);
	} else if (call->fire) {
		mtty_card_unmask_intx(irq->card);
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

static int mtty_irq_err_trigger(struct mtty_irq *irq, const struct mtty_irq_call *call)
{
	return mtty_irq_event(&irq->err, call);
}

static int mtty_irq_req_trigger(struct mtty_irq *irq, const struct mtty_irq_call *call)
{
	return mtty_irq_event(&irq->req, call);
}

static int mtty_irq_signal(struct mtty_irq *irq, struct eventfd_ctx **slot)
{
	guard(mutex)(&irq->igate);
	if (!*slot)
		return -ENOTCONN;
	eventfd_signal(*slot);
	return 0;
}

/**
 * mtty_irq_signal_error() - report an error of the device to the user
 * @irq: set-up of the device
 *
 * Return: 0, or -ENOTCONN if the user has not set up VFIO_PCI_ERR_IRQ_INDEX
 */
int mtty_irq_signal_error(struct mtty_irq *irq)
{
	return mtty_irq_signal(irq, &irq->err);
}

/**
 * mtty_irq_signal_request() - ask the user to release the device
 * @irq: set-up of the device
 *
 * Return: 0, or -ENOTCONN if the user has not set up VFIO_PCI_REQ_IRQ_INDEX
 */
int mtty_irq_signal_request(struct mtty_irq *irq)
{
	return mtty_irq_signal(irq, &irq->req);
}

/**
 * mtty_irq_release() - drop all eventfds of the user
 * @irq: set-up of a device being closed
 */
void mtty_irq_release(struct mtty_irq *irq)
{
	guard(mutex)(&irq->igate);
	mtty_irq_disable(irq);
	mtty_irq_replace(&irq->err, -1);
	mtty_irq_replace(&irq->req, -1);
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
 * @irq: set-up of the device
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
int mtty_irq_set(struct mtty_irq *irq, const struct vfio_irq_set *hdr,
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

	guard(mutex)(&irq->igate);
	return action(irq, &call);
}
