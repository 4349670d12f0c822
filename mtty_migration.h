/* SPDX-License-Identifier: GPL-2.0-only */
/* Migration state machine */
#ifndef MTTY_MIGRATION_H
#define MTTY_MIGRATION_H

#include <linux/mutex.h>
#include <linux/vfio.h>

struct file;
struct mtty_card;
struct mtty_data_file;
struct mtty_fault_rule;
struct mtty_instrument;

/**
 * struct mtty_migration - migration state of a device
 */
struct mtty_migration {
	/** @vdev: the device; constant */
	struct vfio_device *vdev;
	/** @card: the card of the device; constant */
	struct mtty_card *card;
	/** @instrument: what the host has told the device; constant */
	struct mtty_instrument *instrument;
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
			 struct mtty_card *card, struct mtty_instrument *instrument);
void mtty_migration_destroy(struct mtty_migration *migration);
bool mtty_migration_has_arc(const struct mtty_fault_rule *rule);
struct file *mtty_migration_set_state(struct mtty_migration *migration,
				      enum vfio_device_mig_state target);
int mtty_migration_get_state(struct mtty_migration *migration,
			     enum vfio_device_mig_state *state);
int mtty_migration_data_size(struct mtty_migration *migration, unsigned long *size);
int mtty_migration_reinit(struct mtty_migration *migration);
int mtty_migration_apply(struct mtty_migration *migration);
int mtty_migration_reset(struct mtty_migration *migration);
void mtty_migration_close(struct mtty_migration *migration);

#endif /* MTTY_MIGRATION_H */
