/* SPDX-License-Identifier: GPL-2.0-only */
/* VFIO_DEVICE_SET_IRQS, and the eventfds that it sets up */
#ifndef MTTY_IRQ_H
#define MTTY_IRQ_H

#include <linux/mutex.h>

struct eventfd_ctx;
struct mtty_card;
struct vfio_irq_set;
struct virqfd;

/**
 * struct mtty_irq - interrupt set-up of a device
 */
struct mtty_irq {
	/** @card: the card, whose line has the eventfd of INTx or MSI; constant */
	struct mtty_card *card;
	/** @igate: serialises VFIO_DEVICE_SET_IRQS; outside the card's lock */
	struct mutex igate;
	/** @unmask: eventfd that unmasks INTx, or NULL; protected by @igate */
	struct virqfd *unmask;
	/** @err: eventfd of VFIO_PCI_ERR_IRQ_INDEX, or NULL; protected by @igate */
	struct eventfd_ctx *err;
	/** @req: eventfd of VFIO_PCI_REQ_IRQ_INDEX, or NULL; protected by @igate */
	struct eventfd_ctx *req;
};

void mtty_irq_init(struct mtty_irq *irq, struct mtty_card *card);
void mtty_irq_destroy(struct mtty_irq *irq);
void mtty_irq_release(struct mtty_irq *irq);
unsigned int mtty_irq_count(unsigned int index);
int mtty_irq_set(struct mtty_irq *irq, const struct vfio_irq_set *hdr, const void *data);
int mtty_irq_signal_error(struct mtty_irq *irq);
int mtty_irq_signal_request(struct mtty_irq *irq);

#endif /* MTTY_IRQ_H */
