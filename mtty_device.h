/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VFIO device, and what it is made of.
 *
 * Locks, outermost first:
 *
 *   mtty_irq.igate             serialises VFIO_DEVICE_SET_IRQS
 *   mtty_migration.state_lock  serialises the migration state machine
 *   mtty_data_file.io          the buffer of a data file
 *   mtty_data_file.lock        one migration session and its data file
 *   mtty_dirty_log.lock        the dirty page log
 *   mtty_instrument.lock       the settings; held while the device is opened
 *   mtty_card.lock             the card, a spinlock
 *   mtty_faults.lock           the fault rules, a spinlock
 *
 * igate, state_lock and the dirty log's lock never nest in one another. The card's lock
 * has only that of the fault rules inside, because a register access must not wait for user
 * space, for an allocation or for a migration, but an interrupt that it signals can get
 * lost. Only a data file's io is held across a copy to or from user space, and whoever waits
 * for it can be killed; nothing but reads and writes of that file takes it.
 */
#ifndef MTTY_DEVICE_H
#define MTTY_DEVICE_H

#include <linux/container_of.h>
#include <linux/vfio.h>

#include "mtty_card.h"
#include "mtty_dirty_log.h"
#include "mtty_instrument.h"
#include "mtty_irq.h"
#include "mtty_migration.h"

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
	/** @instrument: what the host has told it to be and to do */
	struct mtty_instrument instrument;
};

static inline struct mtty_dev *to_mtty_dev(struct vfio_device *vdev)
{
	return container_of(vdev, struct mtty_dev, vdev);
}

struct mtty_dev *mtty_device_register(struct device *dev, unsigned int nr_ports);
void mtty_device_unregister(struct mtty_dev *mtty);
int mtty_device_configure(struct mtty_dev *mtty, const struct mtty_setting *setting,
			  const char *text);

#endif /* MTTY_DEVICE_H */
