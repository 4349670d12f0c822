// SPDX-License-Identifier: GPL-2.0-only
/*
 * Migration: the state machine, the data files and dirty logging.
 *
 * The stream (mtty_stream.h) is short, so a data file holds it whole. In PRE_COPY a
 * saving file has the header, which lets the destination check early that it can
 * load the device; entering STOP_COPY adds the records of the ports. A resuming file
 * collects a stream, checking it as it comes, and leaving RESUMING loads it.
 *
 * A data file may outlive its session, its device, and the open device file, so it
 * is reference-counted by itself. A session that ends leaves it dead before the call
 * that ended it returns; from then on it fails every access with -ENODEV and does not
 * look at the device any more.
 */
#include "mtty.h"

#include <linux/anon_inodes.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "mtty_compat.h"
#include "mtty_migration.h"
#include "mtty_stream.h"

/* What a data file is for; it only ever moves downwards. */
enum mtty_migf_phase {
	MTTY_MIGF_PRE_COPY,
	MTTY_MIGF_STOP_COPY,
	MTTY_MIGF_RESUMING,
	MTTY_MIGF_REFUSED,	/* RESUMING, but the stream is invalid */
	MTTY_MIGF_DEAD,
};

/**
 * struct mtty_migf - a data file
 */
struct mtty_migf {
	/** @kref: one reference for the session, one for the open file */
	struct kref kref;
	/** @lock: protects the stream; inside the device's state_lock */
	struct mutex lock;
	/** @wait: whoever polls the file */
	wait_queue_head_t wait;
	/** @vdev: the device; valid until the file is dead, so used under @lock */
	const struct vfio_device *vdev;
	/** @nr_ports: ports of the device; constant */
	unsigned int nr_ports;
	/** @phase: what the file is for at present; protected by @lock */
	enum mtty_migf_phase phase;
	/** @stream: the stream so far; protected by @lock */
	struct mtty_stream stream;
	/** @len: bytes of @stream that are there; protected by @lock */
	size_t len;
	/** @pos: bytes of @stream that the user has read; protected by @lock */
	size_t pos;
};

static void mtty_migf_free(struct kref *kref)
{
	struct mtty_migf *migf = container_of(kref, struct mtty_migf, kref);

	mutex_destroy(&migf->lock);
	kfree(migf);
}

static int mtty_migf_release(struct inode *inode, struct file *filp)
{
	struct mtty_migf *migf = filp->private_data;

	kref_put(&migf->kref, mtty_migf_free);
	return 0;
}

/* What is left to read; the error if that is nothing */
static ssize_t mtty_migf_readable(const struct mtty_migf *migf)
{
	lockdep_assert_held(&migf->lock);
	if (migf->phase == MTTY_MIGF_DEAD)
		return -ENODEV;
	if (migf->pos == migf->len && migf->phase == MTTY_MIGF_PRE_COPY)
		return -ENOMSG;
	return migf->len - migf->pos;
}

/*
 * No lock is held while copying, so another reader may have taken the same bytes
 * meanwhile: then these are not ours, and we look again. What cannot be copied stays
 * unread.
 */
static ssize_t mtty_migf_read(struct file *filp, char __user *buf, size_t count,
			      loff_t *ppos)
{
	struct mtty_migf *migf = filp->private_data;
	u8 chunk[sizeof(migf->stream)];
	bool taken = false;
	ssize_t len;
	size_t pos;

	while (!taken) {
		scoped_guard(mutex, &migf->lock) {
			pos = migf->pos;
			len = mtty_migf_readable(migf);
			if (len > 0)
				memcpy(chunk, (u8 *)&migf->stream + pos, len);
		}
		if (len <= 0)
			return len;
		len = min_t(size_t, len, count);
		if (copy_to_user(buf, chunk, len))
			return -EFAULT;
		scoped_guard(mutex, &migf->lock) {
			taken = migf->pos == pos && migf->phase != MTTY_MIGF_DEAD;
			if (taken)
				migf->pos += len;
		}
	}
	return len;
}

static int mtty_migf_append(struct mtty_migf *migf, const u8 *chunk, size_t count)
{
	lockdep_assert_held(&migf->lock);
	if (migf->phase == MTTY_MIGF_DEAD)
		return -ENODEV;
	if (migf->phase == MTTY_MIGF_REFUSED)
		return -EINVAL;
	if (count > mtty_stream_size(migf->nr_ports) - migf->len)
		return -EINVAL;
	memcpy((u8 *)&migf->stream + migf->len, chunk, count);
	migf->len += count;
	return mtty_stream_check(&migf->stream, migf->len, migf->nr_ports);
}

static ssize_t mtty_migf_write(struct file *filp, const char __user *buf, size_t count,
			       loff_t *ppos)
{
	struct mtty_migf *migf = filp->private_data;
	/* One byte more than any stream has, so that an overlong one is seen as such */
	u8 chunk[sizeof(migf->stream) + 1];
	size_t len = min(count, sizeof(chunk));
	int ret;

	if (copy_from_user(chunk, buf, len))
		return -EFAULT;

	guard(mutex)(&migf->lock);
	ret = mtty_migf_append(migf, chunk, len);
	if (ret == -EINVAL)
		migf->phase = MTTY_MIGF_REFUSED;
	return ret ?: len;
}

static __poll_t mtty_migf_poll(struct file *filp, poll_table *table)
{
	struct mtty_migf *migf = filp->private_data;

	poll_wait(filp, &migf->wait, table);

	guard(mutex)(&migf->lock);
	switch (migf->phase) {
	case MTTY_MIGF_PRE_COPY:
		return migf->pos < migf->len ? EPOLLIN | EPOLLRDNORM : 0;
	case MTTY_MIGF_STOP_COPY:
		return EPOLLIN | EPOLLRDNORM;
	case MTTY_MIGF_RESUMING:
		return EPOLLOUT | EPOLLWRNORM;
	case MTTY_MIGF_REFUSED:
		return EPOLLOUT | EPOLLWRNORM | EPOLLERR;
	default:
		return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM |
		       EPOLLRDHUP | EPOLLHUP | EPOLLERR;
	}
}

static int mtty_migf_precopy_info(struct mtty_migf *migf,
				  struct vfio_precopy_info *info)
{
	guard(mutex)(&migf->lock);
	if (migf->phase == MTTY_MIGF_DEAD)
		return -ENODEV;
	if (migf->phase != MTTY_MIGF_PRE_COPY)
		return -EINVAL;
	/* Without that opt-in, flags are handed back as they came. */
	if (mtty_precopy_info_v2(migf->vdev))
		info->flags = 0;
	info->initial_bytes = migf->len - migf->pos;
	info->dirty_bytes = 0;
	return 0;
}

static long mtty_migf_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	const size_t minsz = offsetofend(struct vfio_precopy_info, dirty_bytes);
	struct vfio_precopy_info info;
	int ret;

	if (cmd != VFIO_MIG_GET_PRECOPY_INFO)
		return -ENOTTY;
	if (copy_from_user(&info, (void __user *)arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;
	ret = mtty_migf_precopy_info(filp->private_data, &info);
	if (ret)
		return ret;
	return copy_to_user((void __user *)arg, &info, minsz) ? -EFAULT : 0;
}

static const struct file_operations mtty_migf_save_fops = {
	.owner = THIS_MODULE,
	.read = mtty_migf_read,
	.poll = mtty_migf_poll,
	.unlocked_ioctl = mtty_migf_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = mtty_migf_release,
};

static const struct file_operations mtty_migf_resume_fops = {
	.owner = THIS_MODULE,
	.write = mtty_migf_write,
	.poll = mtty_migf_poll,
	.release = mtty_migf_release,
};

static struct mtty_migf *mtty_migf_alloc(struct mtty_dev *mtty,
					 enum mtty_migf_phase phase)
{
	struct mtty_migf *migf = kzalloc(sizeof(*migf), GFP_KERNEL_ACCOUNT);

	if (!migf)
		return NULL;
	kref_init(&migf->kref);
	mutex_init(&migf->lock);
	init_waitqueue_head(&migf->wait);
	migf->vdev = &mtty->vdev;
	migf->nr_ports = mtty->nr_ports;
	migf->phase = phase;
	return migf;
}

/* Start a session; the caller gets its file. */
static struct file *mtty_migf_open(struct mtty_dev *mtty, enum mtty_migf_phase phase)
{
	bool resuming = phase == MTTY_MIGF_RESUMING;
	struct mtty_migf *migf;
	struct file *filp;

	lockdep_assert_held(&mtty->migration.state_lock);
	migf = mtty_migf_alloc(mtty, phase);
	if (!migf)
		return ERR_PTR(-ENOMEM);

	filp = anon_inode_getfile("mtty-migration",
				  resuming ? &mtty_migf_resume_fops : &mtty_migf_save_fops,
				  migf, resuming ? O_WRONLY : O_RDONLY);
	if (IS_ERR(filp)) {
		kref_put(&migf->kref, mtty_migf_free);
		return filp;
	}
	stream_open(filp->f_inode, filp);

	kref_get(&migf->kref);
	mtty->migration.migf = migf;
	return filp;
}

/* End the session, if there is one. */
static void mtty_migf_end(struct mtty_dev *mtty)
{
	struct mtty_migf *migf = mtty->migration.migf;

	lockdep_assert_held(&mtty->migration.state_lock);
	if (!migf)
		return;
	mtty->migration.migf = NULL;
	scoped_guard(mutex, &migf->lock)
		migf->phase = MTTY_MIGF_DEAD;
	wake_up_all(&migf->wait);
	kref_put(&migf->kref, mtty_migf_free);
}

/* Put the present state of the ports into the session's stream, behind the header. */
static void mtty_migf_add_ports(struct mtty_dev *mtty)
{
	struct mtty_migf *migf = mtty->migration.migf;
	struct mtty_uart uarts[MTTY_MAX_PORTS];
	unsigned int i;

	lockdep_assert_held(&mtty->migration.state_lock);
	mtty_ports_lock(mtty);
	for (i = 0; i < mtty->nr_ports; i++)
		uarts[i] = mtty->port[i].uart;
	mtty_ports_unlock(mtty);

	scoped_guard(mutex, &migf->lock) {
		for (i = 0; i < mtty->nr_ports; i++)
			mtty_stream_save_port(&migf->stream.port[i], &uarts[i]);
		migf->len = mtty_stream_size(mtty->nr_ports);
		migf->phase = MTTY_MIGF_STOP_COPY;
	}
	wake_up_all(&migf->wait);
}

static struct file *mtty_start_pre_copy(struct mtty_dev *mtty)
{
	struct file *filp = mtty_migf_open(mtty, MTTY_MIGF_PRE_COPY);
	struct mtty_migf *migf = mtty->migration.migf;

	if (IS_ERR(filp))
		return filp;
	scoped_guard(mutex, &migf->lock) {
		mtty_stream_save_header(&migf->stream.header, mtty->nr_ports);
		migf->len = sizeof(migf->stream.header);
	}
	return filp;
}

static void mtty_halt(struct mtty_dev *mtty)
{
	mtty_ports_lock(mtty);
	mtty_irq_halt(mtty);
	mtty_ports_unlock(mtty);
}

static void mtty_resume(struct mtty_dev *mtty)
{
	mtty_ports_lock(mtty);
	mtty_irq_resume(mtty);
	mtty_ports_unlock(mtty);
}

/* The same stream, whether or not there was a PRE_COPY before */
static struct file *mtty_start_stop_copy(struct mtty_dev *mtty)
{
	struct file *filp = mtty_start_pre_copy(mtty);

	if (!IS_ERR(filp))
		mtty_migf_add_ports(mtty);
	return filp;
}

static int mtty_migf_take_stream(struct mtty_migf *migf, struct mtty_stream *stream)
{
	guard(mutex)(&migf->lock);
	if (migf->phase == MTTY_MIGF_REFUSED ||
	    migf->len != mtty_stream_size(migf->nr_ports))
		return -EINVAL;
	*stream = migf->stream;
	return 0;
}

/* Load what was written to the session's file; no part of it if any is wrong. */
static int mtty_load(struct mtty_dev *mtty)
{
	struct mtty_uart uarts[MTTY_MAX_PORTS];
	bool uses_interrupts = false;
	struct mtty_stream stream;
	unsigned int i;
	int ret;

	lockdep_assert_held(&mtty->migration.state_lock);
	ret = mtty_migf_take_stream(mtty->migration.migf, &stream);
	if (ret)
		return ret;
	for (i = 0; i < mtty->nr_ports; i++) {
		mtty_stream_load_port(&uarts[i], &stream.port[i]);
		uses_interrupts |= uarts[i].ier;
	}

	mtty_ports_lock(mtty);
	mtty_ports_set(mtty, uarts);
	mtty_irq_forget(mtty);
	if (uses_interrupts)
		mtty_irq_announce(mtty);
	mtty_ports_unlock(mtty);
	return 0;
}

static struct file *mtty_finish_resuming(struct mtty_dev *mtty)
{
	int ret = mtty_load(mtty);

	mtty_migf_end(mtty);
	if (ret)
		mtty->migration.state = VFIO_DEVICE_STATE_ERROR;
	return ERR_PTR(ret);
}

#define MTTY_ARC(from, to)	((from) << 8 | (to))

/*
 * One arc of the state machine. A device without DMA has nothing to do for P2P. An
 * arc that fails leaves the state as it was, but for a refused stream.
 */
static struct file *mtty_migration_step(struct mtty_dev *mtty,
					enum vfio_device_mig_state next)
{
	lockdep_assert_held(&mtty->migration.state_lock);

	switch (MTTY_ARC(mtty->migration.state, next)) {
	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING, VFIO_DEVICE_STATE_RUNNING_P2P):
	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING_P2P, VFIO_DEVICE_STATE_RUNNING):
	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY, VFIO_DEVICE_STATE_PRE_COPY_P2P):
	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY_P2P, VFIO_DEVICE_STATE_PRE_COPY):
		return NULL;

	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING_P2P, VFIO_DEVICE_STATE_STOP):
		mtty_halt(mtty);
		return NULL;

	case MTTY_ARC(VFIO_DEVICE_STATE_STOP, VFIO_DEVICE_STATE_RUNNING_P2P):
		mtty_resume(mtty);
		return NULL;

	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING, VFIO_DEVICE_STATE_PRE_COPY):
	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING_P2P, VFIO_DEVICE_STATE_PRE_COPY_P2P):
		return mtty_start_pre_copy(mtty);

	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY_P2P, VFIO_DEVICE_STATE_STOP_COPY):
		mtty_halt(mtty);
		mtty_migf_add_ports(mtty);
		return NULL;

	case MTTY_ARC(VFIO_DEVICE_STATE_STOP, VFIO_DEVICE_STATE_STOP_COPY):
		return mtty_start_stop_copy(mtty);

	case MTTY_ARC(VFIO_DEVICE_STATE_STOP, VFIO_DEVICE_STATE_RESUMING):
		return mtty_migf_open(mtty, MTTY_MIGF_RESUMING);

	case MTTY_ARC(VFIO_DEVICE_STATE_RESUMING, VFIO_DEVICE_STATE_STOP):
		return mtty_finish_resuming(mtty);

	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY, VFIO_DEVICE_STATE_RUNNING):
	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY_P2P, VFIO_DEVICE_STATE_RUNNING_P2P):
	case MTTY_ARC(VFIO_DEVICE_STATE_STOP_COPY, VFIO_DEVICE_STATE_STOP):
		mtty_migf_end(mtty);
		return NULL;
	}

	/* The core hands out no other arc. */
	WARN_ON(true);
	return ERR_PTR(-EINVAL);
}

static struct file *mtty_migration_set_state(struct vfio_device *vdev,
					     enum vfio_device_mig_state target)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);
	struct mtty_migration *migration = &mtty->migration;
	enum vfio_device_mig_state next;
	struct file *filp = NULL;
	int ret;

	guard(mutex)(&migration->state_lock);
	/* No arc leads to ERROR or from it, and the core warns of being asked for one. */
	if (target == VFIO_DEVICE_STATE_ERROR ||
	    migration->state == VFIO_DEVICE_STATE_ERROR)
		return ERR_PTR(-EINVAL);

	while (!filp && migration->state != target) {
		ret = vfio_mig_get_next_state(vdev, migration->state, target, &next);
		if (ret)
			return ERR_PTR(ret);
		filp = mtty_migration_step(mtty, next);
		if (IS_ERR(filp))
			break;
		dev_dbg(vdev->dev, "migration state %d -> %d\n", migration->state, next);
		migration->state = next;
	}
	return filp;
}

static int mtty_migration_get_state(struct vfio_device *vdev,
				    enum vfio_device_mig_state *state)
{
	struct mtty_migration *migration = &to_mtty_dev(vdev)->migration;

	guard(mutex)(&migration->state_lock);
	*state = migration->state;
	return 0;
}

static int mtty_migration_get_data_size(struct vfio_device *vdev,
					unsigned long *stop_copy_length)
{
	*stop_copy_length = mtty_stream_size(to_mtty_dev(vdev)->nr_ports);
	return 0;
}

static const struct vfio_migration_ops mtty_migration_ops = {
	.migration_set_state = mtty_migration_set_state,
	.migration_get_state = mtty_migration_get_state,
	.migration_get_data_size = mtty_migration_get_data_size,
};

/* The device has no DMA: there is a page size to agree on and nothing to track. */
static int mtty_log_start(struct vfio_device *vdev, struct rb_root_cached *ranges,
			  u32 nnodes, u64 *page_size)
{
	struct mtty_migration *migration = &to_mtty_dev(vdev)->migration;

	if (!is_power_of_2(*page_size))
		return -EINVAL;

	guard(mutex)(&migration->state_lock);
	if (migration->logging)
		return -EINVAL;
	migration->logging = true;
	return 0;
}

static int mtty_log_stop(struct vfio_device *vdev)
{
	struct mtty_migration *migration = &to_mtty_dev(vdev)->migration;

	guard(mutex)(&migration->state_lock);
	migration->logging = false;
	return 0;
}

static int mtty_log_read_and_clear(struct vfio_device *vdev, unsigned long iova,
				   unsigned long length, struct iova_bitmap *dirty)
{
	struct mtty_migration *migration = &to_mtty_dev(vdev)->migration;

	guard(mutex)(&migration->state_lock);
	return migration->logging ? 0 : -EINVAL;
}

static const struct vfio_log_ops mtty_log_ops = {
	.log_start = mtty_log_start,
	.log_stop = mtty_log_stop,
	.log_read_and_clear = mtty_log_read_and_clear,
};

/**
 * mtty_migration_init() - make a device able to migrate
 * @mtty: device that nobody else knows yet
 */
void mtty_migration_init(struct mtty_dev *mtty)
{
	struct vfio_device *vdev = &mtty->vdev;

	mutex_init(&mtty->migration.state_lock);
	mtty->migration.state = VFIO_DEVICE_STATE_RUNNING;
	vdev->migration_flags = VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P |
				VFIO_MIGRATION_PRE_COPY;
	vdev->mig_ops = &mtty_migration_ops;
	if (MTTY_HAVE_DIRTY_BITMAP)
		vdev->log_ops = &mtty_log_ops;
}

/**
 * mtty_migration_destroy() - undo mtty_migration_init()
 * @mtty: device that nobody else knows any more
 */
void mtty_migration_destroy(struct mtty_dev *mtty)
{
	mutex_destroy(&mtty->migration.state_lock);
}

/**
 * mtty_migration_reset() - reset the ports, and leave whatever state the device is in
 * @mtty: the device
 *
 * The device is RUNNING when this returns, and data files are dead. Configuration
 * space, eventfds and dirty logging stay as they are.
 */
void mtty_migration_reset(struct mtty_dev *mtty)
{
	guard(mutex)(&mtty->migration.state_lock);
	mtty_migf_end(mtty);
	mtty->migration.state = VFIO_DEVICE_STATE_RUNNING;

	mtty_ports_lock(mtty);
	mtty_ports_set(mtty, NULL);
	mtty_irq_forget(mtty);
	mtty_irq_resume(mtty);
	mtty_ports_unlock(mtty);
}

/**
 * mtty_migration_close() - end what the user had going
 * @mtty: the device, being closed
 */
void mtty_migration_close(struct mtty_dev *mtty)
{
	mtty_migration_reset(mtty);
	mtty_log_stop(&mtty->vdev);
}
