// SPDX-License-Identifier: GPL-2.0-only
/* Migration state machine, as the VFIO uAPI describes it (enum vfio_device_mig_state) */
#include "mtty_migration.h"

#include <linux/bug.h>
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/lockdep.h>

#include "mtty_card.h"
#include "mtty_data_file.h"

static void mtty_migration_end_session(struct mtty_migration *migration)
{
	lockdep_assert_held(&migration->state_lock);
	if (!migration->session)
		return;
	mtty_data_file_end(migration->session);
	migration->session = NULL;
}

static struct file *mtty_migration_start_session(struct mtty_migration *migration,
						 struct file *filp)
{
	lockdep_assert_held(&migration->state_lock);
	if (!IS_ERR(filp))
		migration->session = mtty_data_file_of(filp);
	return filp;
}

static struct file *mtty_migration_start_saving(struct mtty_migration *migration)
{
	struct file *filp;

	filp = mtty_data_file_open_saving(migration->vdev, migration->card->nr_ports);
	return mtty_migration_start_session(migration, filp);
}

static struct file *mtty_migration_start_resuming(struct mtty_migration *migration)
{
	struct file *filp;

	filp = mtty_data_file_open_resuming(migration->vdev, migration->card->nr_ports);
	return mtty_migration_start_session(migration, filp);
}

/* All that the session's stream still lacks are the ports. */
static void mtty_migration_finish_saving(struct mtty_migration *migration)
{
	struct mtty_stream_port records[MTTY_MAX_PORTS];

	mtty_card_save(migration->card, records);
	mtty_data_file_append(migration->session, records,
			      migration->card->nr_ports * sizeof(records[0]));
}

/* The stream is the same whether or not there was a PRE_COPY before. */
static struct file *mtty_migration_save(struct mtty_migration *migration)
{
	struct file *filp = mtty_migration_start_saving(migration);

	if (!IS_ERR(filp))
		mtty_migration_finish_saving(migration);
	return filp;
}

/* Load what the user has written, or nothing of it if any of it is wrong. */
static struct file *mtty_migration_finish_resuming(struct mtty_migration *migration)
{
	struct mtty_stream stream;
	int ret;

	ret = mtty_data_file_take(migration->session, &stream);
	mtty_migration_end_session(migration);
	if (ret) {
		migration->state = VFIO_DEVICE_STATE_ERROR;
		return ERR_PTR(ret);
	}
	mtty_card_load(migration->card, stream.port);
	return NULL;
}

#define MTTY_ARC(from, to)	((from) << 8 | (to))

/*
 * One arc of the state machine. A card without DMA has nothing to do for P2P. An arc that
 * fails leaves the state as it was, unless a stream was refused.
 */
static struct file *mtty_migration_step(struct mtty_migration *migration,
					enum vfio_device_mig_state next)
{
	lockdep_assert_held(&migration->state_lock);

	switch (MTTY_ARC(migration->state, next)) {
	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING, VFIO_DEVICE_STATE_RUNNING_P2P):
	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING_P2P, VFIO_DEVICE_STATE_RUNNING):
	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY, VFIO_DEVICE_STATE_PRE_COPY_P2P):
	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY_P2P, VFIO_DEVICE_STATE_PRE_COPY):
		return NULL;

	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING_P2P, VFIO_DEVICE_STATE_STOP):
		mtty_card_halt(migration->card);
		return NULL;

	case MTTY_ARC(VFIO_DEVICE_STATE_STOP, VFIO_DEVICE_STATE_RUNNING_P2P):
		mtty_card_resume(migration->card);
		return NULL;

	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING, VFIO_DEVICE_STATE_PRE_COPY):
	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING_P2P, VFIO_DEVICE_STATE_PRE_COPY_P2P):
		return mtty_migration_start_saving(migration);

	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY_P2P, VFIO_DEVICE_STATE_STOP_COPY):
		mtty_card_halt(migration->card);
		mtty_migration_finish_saving(migration);
		return NULL;

	case MTTY_ARC(VFIO_DEVICE_STATE_STOP, VFIO_DEVICE_STATE_STOP_COPY):
		return mtty_migration_save(migration);

	case MTTY_ARC(VFIO_DEVICE_STATE_STOP, VFIO_DEVICE_STATE_RESUMING):
		return mtty_migration_start_resuming(migration);

	case MTTY_ARC(VFIO_DEVICE_STATE_RESUMING, VFIO_DEVICE_STATE_STOP):
		return mtty_migration_finish_resuming(migration);

	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY, VFIO_DEVICE_STATE_RUNNING):
	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY_P2P, VFIO_DEVICE_STATE_RUNNING_P2P):
	case MTTY_ARC(VFIO_DEVICE_STATE_STOP_COPY, VFIO_DEVICE_STATE_STOP):
		mtty_migration_end_session(migration);
		return NULL;
	}

	/* The core hands out no other arc. */
	WARN_ON(true);
	return ERR_PTR(-EINVAL);
}

/**
 * mtty_migration_set_state() - carry out VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE
 * @migration: migration state
 * @target: state to reach, by as many arcs as it takes
 *
 * Return: data file if the last arc opened one, NULL, or an ERR_PTR(): -EINVAL for a
 * target that cannot be reached or a stream that is refused, or the reason why no data
 * file could be opened. After an error the device is in the last state that it reached,
 * or in ERROR if a stream was refused.
 */
struct file *mtty_migration_set_state(struct mtty_migration *migration,
				      enum vfio_device_mig_state target)
{
	enum vfio_device_mig_state next;
	struct file *filp = NULL;
	int ret;

	guard(mutex)(&migration->state_lock);
	/* No arc leads to ERROR or from it, and the core warns if it is asked for one. */
	if (target == VFIO_DEVICE_STATE_ERROR ||
	    migration->state == VFIO_DEVICE_STATE_ERROR)
		return ERR_PTR(-EINVAL);

	while (!filp && migration->state != target) {
		ret = vfio_mig_get_next_state(migration->vdev, migration->state, target, &next);
		if (ret)
			return ERR_PTR(ret);
		filp = mtty_migration_step(migration, next);
		if (IS_ERR(filp))
			return filp;
		dev_dbg(migration->vdev->dev, "migration state %d -> %d\n",
			migration->state, next);
		migration->state = next;
	}
	return filp;
}

/**
 * mtty_migration_get_state() - the current state
 * @migration: migration state
 *
 * Return: the state
 */
enum vfio_device_mig_state mtty_migration_get_state(struct mtty_migration *migration)
{
	guard(mutex)(&migration->state_lock);
	return migration->state;
}

/**
 * mtty_migration_data_size() - length of the stream
 * @migration: migration state
 *
 * Return: bytes that a save without PRE_COPY gives
 */
unsigned long mtty_migration_data_size(const struct mtty_migration *migration)
{
	return mtty_stream_size(migration->card->nr_ports);
}

/**
 * mtty_migration_init() - initialise the state machine
 * @migration: migration state of a device that nobody else knows yet, all zero
 * @vdev: the device
 * @card: its card
 */
void mtty_migration_init(struct mtty_migration *migration, struct vfio_device *vdev,
			 struct mtty_card *card)
{
	mutex_init(&migration->state_lock);
	migration->state = VFIO_DEVICE_STATE_RUNNING;
	migration->vdev = vdev;
	migration->card = card;
}

/**
 * mtty_migration_destroy() - undo mtty_migration_init()
 * @migration: migration state of a device that nobody else knows any more
 */
void mtty_migration_destroy(struct mtty_migration *migration)
{
	mutex_destroy(&migration->state_lock);
}

/**
 * mtty_migration_reset() - end the session, reset the card, and be RUNNING
 * @migration: migration state
 *
 * The device is RUNNING when this returns, whatever it was before, and data files are
 * dead. Configuration space, the interrupt that is set up, the INTx mask and dirty logging
 * stay as they are. vfio-pci keeps the mask too, so a user who has not unmasked hears
 * nothing.
 */
void mtty_migration_reset(struct mtty_migration *migration)
{
	guard(mutex)(&migration->state_lock);
	mtty_migration_end_session(migration);
	migration->state = VFIO_DEVICE_STATE_RUNNING;
	mtty_card_reset(migration->card);
}
