/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VFIO device, and what it is made of.
 *
 * Locks, outermost first:
 *
 *   mtty_irq.igate             serialises VFIO_DEVICE_SET_IRQS
 *   mtty_migration.state_lock  serialises the migration state machine
 *   mtty_data_file.lock        one migration session and its data file
 *   mtty_dirty_log.lock        the dirty page log
 *   mtty_card.lock             the card, a spinlock
 *
 * igate, state_lock and the dirty log's lock never nest in one another. The card's lock
 * is innermost, because a register access takes nothing else and must not wait for user
 * space, for an allocation or for a migration.
 *
 * No lock is held across a copy to or from user space.
 */
#ifndef MTTY_DEVICE_H
#define MTTY_DEVICE_H

#include <linux/container_of.h>
#include <linux/vfio.h>

#include "mtty_card.h"
#include "mtty_dirty_log.h"
#include "mtty_irq.h"
#include "mtty_migration.h"

struct attribute_group;
struct device;

/**
 * struct mtty_dev - one mtty device
 */
struct mtty_dev {
	/** @vdev: what VFIO knows of it; first, because vfio_alloc_device() wants it so */
	struct vfio_device vdev;
	/** @card: what the guest sees */
	struct mtty_card card;
	/** @irq: interrupt set-up */
	struct mtty_irq irq;
	/** @migration: migration state */
	struct mtty_migration migration;
	/** @dirty_log: dirty page log */
	struct mtty_dirty_log dirty_log;
};

static inline struct mtty_dev *to_mtty_dev(struct vfio_device *vdev)
{
	return container_of(vdev, struct mtty_dev, vdev);
}

extern const struct attribute_group *mtty_device_groups[];

struct mtty_dev *mtty_device_register(struct device *dev, unsigned int nr_ports);
void mtty_device_unregister(struct mtty_dev *mtty);

#endif /* MTTY_DEVICE_H */
