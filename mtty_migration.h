/* SPDX-License-Identifier: GPL-2.0-only */
/* Migration state machine */
#ifndef MTTY_MIGRATION_H
#define MTTY_MIGRATION_H

#include <linux/mutex.h>
#include <linux/vfio.h>

struct file;
struct mtty_card;
struct mtty_data_file;

/**
 * struct mtty_migration - migration state of a device
 */
struct mtty_migration {
	/** @vdev: the device; constant */
	struct vfio_device *vdev;
	/** @card: the card of the device; constant */
	struct mtty_card *card;
	/**
	 * @state_lock: serialises the state machine; outside the locks of the session
	 * and of the card
	 */
	struct mutex state_lock;
	/** @state: current state; protected by @state_lock */
	enum vfio_device_mig_state state;
	/** @session: what is being saved or resumed, or NULL; protected by @state_lock */
	struct mtty_data_file *session;
};

void mtty_migration_init(struct mtty_migration *migration, struct vfio_device *vdev,
			 struct mtty_card *card);
void mtty_migration_destroy(struct mtty_migration *migration);
struct file *mtty_migration_set_state(struct mtty_migration *migration,
				      enum vfio_device_mig_state target);
enum vfio_device_mig_state mtty_migration_get_state(struct mtty_migration *migration);
unsigned long mtty_migration_data_size(const struct mtty_migration *migration);
void mtty_migration_reset(struct mtty_migration *migration);

#endif /* MTTY_MIGRATION_H */
