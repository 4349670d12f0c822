// SPDX-License-Identifier: GPL-2.0-only
/* Migration state machine, as the VFIO uAPI describes it (enum vfio_device_mig_state) */
#include "mtty_migration.h"

#include <linux/bug.h>
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>

#include "mtty_card.h"
#include "mtty_data_file.h"
#include "mtty_instrument.h"
#include "mtty_saving.h"
#include "mtty_trace.h"

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

/*
 * What follows are the arcs. One that fails leaves the state as it was, unless a stream was
 * refused.
 */

/* A card without DMA has nothing to do for P2P. */
static struct file *mtty_migration_p2p(struct mtty_migration *migration)
{
	return NULL;
}

static struct file *mtty_migration_halt(struct mtty_migration *migration)
{
	mtty_card_halt(migration->card);
	return NULL;
}

static struct file *mtty_migration_resume(struct mtty_migration *migration)
{
	mtty_card_resume(migration->card);
	return NULL;
}

static struct file *mtty_migration_start_saving(struct mtty_migration *migration)
{
	struct file *filp;

	filp = mtty_data_file_open_saving(migration->vdev, migration->instrument,
					  migration->card->nr_ports);
	return mtty_migration_start_session(migration, filp);
}

static void mtty_migration_finish_saving(struct mtty_migration *migration)
{
	struct mtty_stream_port records[MTTY_MAX_PORTS];

	mtty_card_save(migration->card, records);
	mtty_data_file_stop(migration->session, records);
}

static struct file *mtty_migration_stop_and_copy(struct mtty_migration *migration)
{
	mtty_card_halt(migration->card);
	mtty_migration_finish_saving(migration);
	return NULL;
}

/* The stream is the same whether or not there was a PRE_COPY before. */
static struct file *mtty_migration_save(struct mtty_migration *migration)
{
	struct file *filp = mtty_migration_start_saving(migration);

	if (!IS_ERR(filp))
		mtty_migration_finish_saving(migration);
	return filp;
}

static struct file *mtty_migration_stop_saving(struct mtty_migration *migration)
{
	mtty_migration_end_session(migration);
	return NULL;
}

static struct file *mtty_migration_start_resuming(struct mtty_migration *migration)
{
	struct file *filp;

	filp = mtty_data_file_open_resuming(migration->vdev, migration->instrument,
					    migration->card->nr_ports);
	return mtty_migration_start_session(migration, filp);
}

/* Load what the user has written, or nothing of it if any of it is wrong. */
static struct file *mtty_migration_finish_resuming(struct mtty_migration *migration)
{
	struct mtty_stream_port records[MTTY_MAX_PORTS];
	int ret;

	ret = mtty_data_file_take(migration->session, records);
	mtty_migration_end_session(migration);
	if (ret) {
		migration->state = VFIO_DEVICE_STATE_ERROR;
		return ERR_PTR(ret);
	}
	mtty_card_load(migration->card, records);
	return NULL;
}

typedef struct file *(*mtty_migration_walk_t)(struct mtty_migration *migration);

/* The core skips the states that a card does not offer. */
static const mtty_migration_walk_t
mtty_migration_arcs[VFIO_DEVICE_STATE_NR][VFIO_DEVICE_STATE_NR] = {
	[VFIO_DEVICE_STATE_RUNNING][VFIO_DEVICE_STATE_RUNNING_P2P] = mtty_migration_p2p,
	[VFIO_DEVICE_STATE_RUNNING][VFIO_DEVICE_STATE_STOP] = mtty_migration_halt,
	[VFIO_DEVICE_STATE_RUNNING][VFIO_DEVICE_STATE_PRE_COPY] = mtty_migration_start_saving,
	[VFIO_DEVICE_STATE_RUNNING_P2P][VFIO_DEVICE_STATE_RUNNING] = mtty_migration_p2p,
	[VFIO_DEVICE_STATE_RUNNING_P2P][VFIO_DEVICE_STATE_STOP] = mtty_migration_halt,
	[VFIO_DEVICE_STATE_RUNNING_P2P][VFIO_DEVICE_STATE_PRE_COPY_P2P] =
		mtty_migration_start_saving,
	[VFIO_DEVICE_STATE_PRE_COPY][VFIO_DEVICE_STATE_PRE_COPY_P2P] = mtty_migration_p2p,
	[VFIO_DEVICE_STATE_PRE_COPY][VFIO_DEVICE_STATE_RUNNING] = mtty_migration_stop_saving,
	[VFIO_DEVICE_STATE_PRE_COPY][VFIO_DEVICE_STATE_STOP_COPY] = mtty_migration_stop_and_copy,
	[VFIO_DEVICE_STATE_PRE_COPY_P2P][VFIO_DEVICE_STATE_PRE_COPY] = mtty_migration_p2p,
	[VFIO_DEVICE_STATE_PRE_COPY_P2P][VFIO_DEVICE_STATE_RUNNING_P2P] =
		mtty_migration_stop_saving,
	[VFIO_DEVICE_STATE_PRE_COPY_P2P][VFIO_DEVICE_STATE_STOP_COPY] =
		mtty_migration_stop_and_copy,
	[VFIO_DEVICE_STATE_STOP][VFIO_DEVICE_STATE_RUNNING_P2P] = mtty_migration_resume,
	[VFIO_DEVICE_STATE_STOP][VFIO_DEVICE_STATE_RUNNING] = mtty_migration_resume,
	[VFIO_DEVICE_STATE_STOP][VFIO_DEVICE_STATE_STOP_COPY] = mtty_migration_save,
	[VFIO_DEVICE_STATE_STOP][VFIO_DEVICE_STATE_RESUMING] = mtty_migration_start_resuming,
	[VFIO_DEVICE_STATE_STOP_COPY][VFIO_DEVICE_STATE_STOP] = mtty_migration_stop_saving,
	[VFIO_DEVICE_STATE_RESUMING][VFIO_DEVICE_STATE_STOP] = mtty_migration_finish_resuming,
};

/**
 * mtty_migration_has_arc() - find out if any card can walk an arc
 * @rule: rule that names the arc
 *
 * Return: true if one can
 */
bool mtty_migration_has_arc(const struct mtty_fault_rule *rule)
{
	unsigned int from, to;

	for (from = 0; from < VFIO_DEVICE_STATE_NR; from++)
		for (to = 0; to < VFIO_DEVICE_STATE_NR; to++)
			if (mtty_migration_arcs[from][to] &&
			    mtty_fault_rule_names_arc(rule, from, to))
				return true;
	return false;
}

/* May the arc be walked? If not, and the rule says so, the card is in ERROR. */
static int mtty_migration_pass_arc(struct mtty_migration *migration,
				   enum vfio_device_mig_state next)
{
	const struct mtty_fault_pass pass = {
		.site = MTTY_FAULT_ARC,
		.from = migration->state,
		.to = next,
	};
	struct mtty_fault_action action;
	int ret;

	lockdep_assert_held(&migration->state_lock);
	if (!mtty_faults_any(&migration->instrument->faults))
		return 0;
	mtty_faults_pass(&migration->instrument->faults, &pass, &action);
	ret = mtty_fault_wait(action.delay);
	if (ret || !action.error)
		return ret;
	if (action.error_state) {
		mtty_card_halt(migration->card);
		mtty_migration_end_session(migration);
		migration->state = VFIO_DEVICE_STATE_ERROR;
	}
	return action.error;
}

static struct file *mtty_migration_step(struct mtty_migration *migration,
					enum vfio_device_mig_state next)
{
	enum vfio_device_mig_state from = migration->state;
	mtty_migration_walk_t walk = mtty_migration_arcs[from][next];
	struct file *filp;
	int ret;

	lockdep_assert_held(&migration->state_lock);
	/* The core hands out no other arc. */
	if (WARN_ON(!walk))
		return ERR_PTR(-EINVAL);
	ret = mtty_migration_pass_arc(migration, next);
	filp = ret ? ERR_PTR(ret) : walk(migration);
	trace_state(migration->vdev->dev, from, next, IS_ERR(filp) ? PTR_ERR(filp) : 0);
	if (!IS_ERR(filp))
		migration->state = next;
	return filp;
}

static struct file *mtty_migration_walk(struct mtty_migration *migration,
					enum vfio_device_mig_state target)
{
	enum vfio_device_mig_state next;
	struct file *filp = NULL;
	int ret;

	lockdep_assert_held(&migration->state_lock);
	/* No arc leads to ERROR or from it, and the core warns if it is asked for one. */
	if (target == VFIO_DEVICE_STATE_ERROR ||
	    migration->state == VFIO_DEVICE_STATE_ERROR)
		return ERR_PTR(-EINVAL);

	while (!filp && migration->state != target) {
		ret = vfio_mig_get_next_state(migration->vdev, migration->state, target, &next);
		if (ret)
			return ERR_PTR(ret);
		filp = mtty_migration_step(migration, next);
	}
	return filp;
}

/**
 * mtty_migration_set_state() - carry out VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE
 * @migration: migration state
 * @target: state to reach, by as many arcs as it takes
 *
 * Return: data file if the last arc opened one, NULL, or an ERR_PTR(): -EINVAL for a
 * target that cannot be reached or a stream that is refused, -EINTR if the caller was
 * killed, what a fault rule says, or the reason why no data file could be opened. After an
 * error the device is in the last state that it reached, or in ERROR if a stream was refused
 * or a rule says so.
 */
struct file *mtty_migration_set_state(struct mtty_migration *migration,
				      enum vfio_device_mig_state target)
{
	struct file *filp;

	if (mutex_lock_killable(&migration->state_lock))
		return ERR_PTR(-EINTR);
	filp = mtty_migration_walk(migration, target);
	mutex_unlock(&migration->state_lock);
	return filp;
}

/**
 * mtty_migration_get_state() - the current state
 * @migration: migration state
 * @state: where to put it
 *
 * Return: 0, or -EINTR if the caller was killed
 */
int mtty_migration_get_state(struct mtty_migration *migration,
			     enum vfio_device_mig_state *state)
{
	if (mutex_lock_killable(&migration->state_lock))
		return -EINTR;
	*state = migration->state;
	mutex_unlock(&migration->state_lock);
	return 0;
}

static bool mtty_migration_saves(const struct mtty_migration *migration)
{
	lockdep_assert_held(&migration->state_lock);
	return migration->session && migration->state != VFIO_DEVICE_STATE_RESUMING;
}

/* Without a payload, it is the size of the whole stream, which is short. */
static u64 mtty_migration_size(struct mtty_migration *migration)
{
	struct mtty_settings settings = mtty_instrument_settings(migration->instrument);
	struct mtty_saving saving = {};

	if (settings.state_size && mtty_migration_saves(migration))
		return mtty_data_file_left(migration->session);
	mtty_saving_init(&saving, migration->card->nr_ports, settings.state_size,
			 settings.precopy_size);
	return mtty_saving_size(&saving);
}

/**
 * mtty_migration_data_size() - carry out VFIO_DEVICE_FEATURE_MIG_DATA_SIZE
 * @migration: migration state
 * @size: where to put the number of bytes that STOP_COPY still has to transfer
 *
 * A VMM may take it for the size of a buffer, so it is never 0.
 *
 * Return: 0, or -EINTR if the caller was killed
 */
int mtty_migration_data_size(struct mtty_migration *migration, unsigned long *size)
{
	u64 left;

	if (mutex_lock_killable(&migration->state_lock))
		return -EINTR;
	left = mtty_migration_size(migration);
	mutex_unlock(&migration->state_lock);
	*size = clamp_t(u64, left, 1, ULONG_MAX);
	return 0;
}

/**
 * mtty_migration_reinit() - give PRE_COPY new initial data
 * @migration: migration state
 *
 * Return: 0, -ENOTCONN if the device is not in PRE_COPY, or -EINTR
 */
int mtty_migration_reinit(struct mtty_migration *migration)
{
	int ret;

	if (mutex_lock_killable(&migration->state_lock))
		return -EINTR;
	ret = mtty_migration_saves(migration) ? mtty_data_file_reinit(migration->session) :
						-ENOTCONN;
	mutex_unlock(&migration->state_lock);
	return ret;
}

/**
 * mtty_migration_apply() - let the session go on with settings that have changed
 * @migration: migration state
 *
 * Return: 0, or -EINTR if the caller was killed
 */
int mtty_migration_apply(struct mtty_migration *migration)
{
	struct mtty_settings settings;

	if (mutex_lock_killable(&migration->state_lock))
		return -EINTR;
	if (migration->session) {
		settings = mtty_instrument_settings(migration->instrument);
		mtty_data_file_apply(migration->session, &settings);
	}
	mutex_unlock(&migration->state_lock);
	return 0;
}

/**
 * mtty_migration_init() - initialise the state machine
 * @migration: migration state of a device that nobody else knows yet, all zero
 * @vdev: the device
 * @card: its card
 * @instrument: what the host has told it
 */
void mtty_migration_init(struct mtty_migration *migration, struct vfio_device *vdev,
			 struct mtty_card *card, struct mtty_instrument *instrument)
{
	mutex_init(&migration->state_lock);
	migration->state = VFIO_DEVICE_STATE_RUNNING;
	migration->vdev = vdev;
	migration->card = card;
	migration->instrument = instrument;
}

/**
 * mtty_migration_destroy() - undo mtty_migration_init()
 * @migration: migration state of a device that nobody else knows any more
 */
void mtty_migration_destroy(struct mtty_migration *migration)
{
	mutex_destroy(&migration->state_lock);
}

static void mtty_migration_reset_locked(struct mtty_migration *migration)
{
	lockdep_assert_held(&migration->state_lock);
	mtty_migration_end_session(migration);
	migration->state = VFIO_DEVICE_STATE_RUNNING;
	mtty_card_reset(migration->card);
}

/**
 * mtty_migration_reset() - end the session, reset the card, and be RUNNING
 * @migration: migration state
 *
 * The device is RUNNING after this, whatever it was before, and data files are dead.
 * Configuration space, the interrupt that is set up, the INTx mask and dirty logging stay as
 * they are. vfio-pci keeps the mask too, so a user who has not unmasked hears nothing.
 *
 * Return: 0, or -EINTR if the caller was killed
 */
int mtty_migration_reset(struct mtty_migration *migration)
{
	if (mutex_lock_killable(&migration->state_lock))
		return -EINTR;
	mtty_migration_reset_locked(migration);
	mutex_unlock(&migration->state_lock);
	return 0;
}

/**
 * mtty_migration_close() - like mtty_migration_reset(), for the last user
 * @migration: migration state of a device that nobody can make wait any more
 */
void mtty_migration_close(struct mtty_migration *migration)
{
	guard(mutex)(&migration->state_lock);
	mtty_migration_reset_locked(migration);
}
