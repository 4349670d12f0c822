/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts: VFIO_DEVICE_SET_IRQS sets them up, eventfds report them. */
#ifndef MTTY_LIB_IRQ_H
#define MTTY_LIB_IRQ_H

#include "vfio.h"

#define IRQ_NONE	VFIO_IRQ_SET_DATA_NONE
#define IRQ_BOOL	VFIO_IRQ_SET_DATA_BOOL
#define IRQ_EVENTFD	VFIO_IRQ_SET_DATA_EVENTFD
#define IRQ_MASK	VFIO_IRQ_SET_ACTION_MASK
#define IRQ_UNMASK	VFIO_IRQ_SET_ACTION_UNMASK
#define IRQ_TRIGGER	VFIO_IRQ_SET_ACTION_TRIGGER

#define IRQ_INTX	VFIO_PCI_INTX_IRQ_INDEX
#define IRQ_MSI		VFIO_PCI_MSI_IRQ_INDEX
#define IRQ_MSIX	VFIO_PCI_MSIX_IRQ_INDEX
#define IRQ_ERR		VFIO_PCI_ERR_IRQ_INDEX
#define IRQ_REQ		VFIO_PCI_REQ_IRQ_INDEX

/* Passes every argument as it is; @data is anything of @size bytes, or NULL. */
int __irq_set_raw(struct vfio_dev *dev, __u32 index, __u32 flags, __u32 start,
		  __u32 count, const void *data, __u32 size);

/*
 * From sub-index 0 on, at most 2 of them. @value is the eventfd or bool, if
 * @flags ask for one.
 */
int __irq_set(struct vfio_dev *dev, __u32 index, __u32 flags, __u32 count, int value);
void irq_set(struct vfio_dev *dev, __u32 index, __u32 flags, __u32 count, int value);

void irq_enable(struct vfio_dev *dev, __u32 index, int eventfd);
/* Creates the eventfd and returns it. */
int irq_enable_new(struct vfio_dev *dev, __u32 index);
void irq_disable(struct vfio_dev *dev, __u32 index);
void irq_mask(struct vfio_dev *dev);
void irq_unmask(struct vfio_dev *dev);

/* Why this kernel cannot unmask INTx by eventfd; NULL if it can. INTx must be enabled. */
const char *irq_unmask_eventfd_missing(struct vfio_dev *dev);

int eventfd_new(void);
void eventfd_fire(int fd);
/* How often it was signalled since the last call. */
unsigned int eventfd_take(int fd);
/* The same, but waits up to @ms milliseconds for the first signal. */
unsigned int eventfd_wait(int fd, int ms);

#endif /* MTTY_LIB_IRQ_H */
