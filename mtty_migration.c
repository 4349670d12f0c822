// SPDX-License-Identifier: GPL-2.0-only
/*
 * Migration: the state machine, the data files and dirty logging.
 *
 * The stream (mtty_stream.h) is short, so a session keeps it whole. In PRE_COPY there is
 * the header to read, which lets the destination check early that it can load the
 * device; entering STOP_COPY adds the records of the ports. A resuming session collects
 * a stream, checking it as it comes, and leaving RESUMING loads it.
 *
 * A data file may outlive its session, its device, and the open device file. It is a user
 * of the memory of the device, and is told apart from the files of other sessions by its
 * address. Once a session has ended, the file of it fails every access with -ENODEV.
 */
#include "mtty.h"

#include <linux/anon_inodes.h>
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/poll.h>
#include <linux/refcount.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "mtty_compat.h"
#include "mtty_migration.h"

/*
 * struct mtty_migration.work: what the arcs of the state machine want of the ports, in the
 * order in which it is done. It waits for the last arc of a call, which thus takes the
 * ports' locks only once.
 */
#define MTTY_PORTS_LOAD		0x1
#define MTTY_PORTS_HALT		0x2
#define MTTY_PORTS_SAVE		0x4
#define MTTY_PORTS_RESUME	0x8

static void mtty_migration_put(struct mtty_dev *mtty)
{
	if (refcount_dec_and_test(&mtty->migration.users))
		vfio_put_device(&mtty->vdev);
}

static int mtty_migf_release(struct inode *inode, struct file *filp)
{
	mtty_migration_put(filp->private_data);
	return 0;
}

/* Whether the file's session goes on */
static bool mtty_migf_alive(const struct mtty_migration *migration,
			    const struct file *filp)
{
	lockdep_assert_held(&migration->state_lock);
	return migration->filp == filp;
}

static bool mtty_in_pre_copy(const struct mtty_migration *migration)
{
	return migration->state == VFIO_DEVICE_STATE_PRE_COPY ||
	       migration->state == VFIO_DEVICE_STATE_PRE_COPY_P2P;
}

/* What is left to read; the error if that is nothing */
static ssize_t mtty_migf_readable(const struct mtty_migration *migration,
				  const struct file *filp)
{
	if (!mtty_migf_alive(migration, filp))
		return -ENODEV;
	if (migration->pos == migration->len && mtty_in_pre_copy(migration))
		return -ENOMSG;
	return migration->len - migration->pos;
}

/* Hardly anybody ever polls. */
static void mtty_migf_wake(struct mtty_migration *migration)
{
	lockdep_assert_held(&migration->state_lock);
	/*
	 * Who polls takes the lock between queueing and looking, and so is in the queue by
	 * now, or will see what has changed.
	 */
	if (waitqueue_active(&migration->wait))
		wake_up_all(&migration->wait);
}

/*
 * No lock is held while copying. What could not be copied is unread again, unless another
 * reader has gone on behind it meanwhile.
 */
static ssize_t mtty_migf_read(struct file *filp, char __user *buf, size_t count,
			      loff_t *ppos)
{
	struct mtty_dev *mtty = filp->private_data;
	struct mtty_migration *migration = &mtty->migration;
	struct mtty_stream stream;
	ssize_t len;
	size_t pos;

	scoped_guard(mutex, &migration->state_lock) {
		len = mtty_migf_readable(migration, filp);
		if (len <= 0)
			return len;
		len = min_t(size_t, len, count);
		pos = migration->pos;
		stream = migration->stream;
		migration->pos += len;
	}
	if (!copy_to_user(buf, (u8 *)&stream + pos, len))
		return len;

	guard(mutex)(&migration->state_lock);
	if (mtty_migf_alive(migration, filp) && migration->pos == pos + len) {
		migration->pos = pos;
		mtty_migf_wake(migration);
	}
	return -EFAULT;
}

static int mtty_migf_append(struct mtty_dev *mtty, const void *chunk, size_t count)
{
	struct mtty_migration *migration = &mtty->migration;

	lockdep_assert_held(&migration->state_lock);
	if (migration->refused || count > mtty_stream_size(mtty->nr_ports) - migration->len)
		return -EINVAL;
	memcpy((u8 *)&migration->stream + migration->len, chunk, count);
	migration->len += count;
	return mtty_stream_check(&migration->stream, migration->len, mtty->nr_ports);
}

static ssize_t mtty_migf_write(struct file *filp, const char __user *buf, size_t count,
			       loff_t *ppos)
{
	struct mtty_dev *mtty = filp->private_data;
	struct mtty_migration *migration = &mtty->migration;
	struct mtty_stream chunk;

	if (copy_from_user(&chunk, buf, min(count, sizeof(chunk))))
		return -EFAULT;

	guard(mutex)(&migration->state_lock);
	if (!mtty_migf_alive(migration, filp))
		return -ENODEV;
	migration->refused = mtty_migf_append(mtty, &chunk, count);
	return migration->refused ? -EINVAL : count;
}

static __poll_t mtty_migf_poll(struct file *filp, poll_table *table)
{
	struct mtty_dev *mtty = filp->private_data;
	struct mtty_migration *migration = &mtty->migration;

	poll_wait(filp, &migration->wait, table);

	guard(mutex)(&migration->state_lock);
	if (!mtty_migf_alive(migration, filp))
		return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM |
		       EPOLLRDHUP | EPOLLHUP | EPOLLERR;
	if (migration->state == VFIO_DEVICE_STATE_RESUMING)
		return EPOLLOUT | EPOLLWRNORM | (migration->refused ? EPOLLERR : 0);
	if (mtty_in_pre_copy(migration) && migration->pos == migration->len)
		return 0;
	return EPOLLIN | EPOLLRDNORM;
}

static int mtty_migf_precopy_info(struct file *filp, struct vfio_precopy_info *info)
{
	struct mtty_dev *mtty = filp->private_data;
	struct mtty_migration *migration = &mtty->migration;

	guard(mutex)(&migration->state_lock);
	if (!mtty_migf_alive(migration, filp))
		return -ENODEV;
	if (!mtty_in_pre_copy(migration))
		return -EINVAL;
	/* Without that opt-in, flags are handed back as they came. */
	if (mtty_precopy_info_v2(&mtty->vdev))
		info->flags = 0;
	info->initial_bytes = migration->len - migration->pos;
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
	ret = mtty_migf_precopy_info(filp, &info);
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

/* Start a session with an empty stream; the caller gets its file. */
static struct file *mtty_migf_open(struct mtty_dev *mtty,
				   const struct file_operations *fops, int flags)
{
	struct mtty_migration *migration = &mtty->migration;
	struct file *filp;

	lockdep_assert_held(&migration->state_lock);
	filp = anon_inode_getfile("mtty_mig", fops, mtty, flags);
	if (IS_ERR(filp))
		return filp;
	stream_open(filp->f_inode, filp);
	refcount_inc(&migration->users);

	migration->filp = filp;
	migration->len = 0;
	migration->pos = 0;
	migration->refused = false;
	return filp;
}

/* End the session, if there is one. */
static void mtty_migf_end(struct mtty_migration *migration)
{
	lockdep_assert_held(&migration->state_lock);
	migration->filp = NULL;
	mtty_migf_wake(migration);
}

static struct file *mtty_start_pre_copy(struct mtty_dev *mtty)
{
	struct mtty_migration *migration = &mtty->migration;
	struct file *filp = mtty_migf_open(mtty, &mtty_migf_save_fops, O_RDONLY);

	if (IS_ERR(filp))
		return filp;
	mtty_stream_save_header(&migration->stream.header, mtty->nr_ports);
	migration->len = sizeof(migration->stream.header);
	return filp;
}

/* What the session's stream still lacks are the ports. */
static void mtty_complete_stream(struct mtty_dev *mtty)
{
	struct mtty_migration *migration = &mtty->migration;

	lockdep_assert_held(&migration->state_lock);
	migration->work |= MTTY_PORTS_SAVE;
	migration->len = mtty_stream_size(mtty->nr_ports);
	mtty_migf_wake(migration);
}

/* The same stream, whether or not there was a PRE_COPY before */
static struct file *mtty_start_stop_copy(struct mtty_dev *mtty)
{
	struct file *filp = mtty_start_pre_copy(mtty);

	if (!IS_ERR(filp))
		mtty_complete_stream(mtty);
	return filp;
}

/* Load what was written to the session's file; no part of it if any is wrong. */
static struct file *mtty_finish_resuming(struct mtty_dev *mtty)
{
	struct mtty_migration *migration = &mtty->migration;

	mtty_migf_end(migration);
	if (migration->refused || migration->len != mtty_stream_size(mtty->nr_ports)) {
		migration->state = VFIO_DEVICE_STATE_ERROR;
		return ERR_PTR(-EINVAL);
	}
	migration->work |= MTTY_PORTS_LOAD;
	return NULL;
}

static void mtty_save_ports(struct mtty_dev *mtty)
{
	unsigned int i;

	mtty_ports_assert_locked(mtty);
	for (i = 0; i < mtty->nr_ports; i++)
		mtty_stream_save_port(&mtty->migration.stream.port[i], &mtty->port[i].uart);
}

/* Do to the ports what the arcs of one call want, all at once. */
static void mtty_migration_work(struct mtty_dev *mtty)
{
	struct mtty_migration *migration = &mtty->migration;
	unsigned int work = migration->work;

	lockdep_assert_held(&migration->state_lock);
	if (!work)
		return;
	migration->work = 0;

	mtty_ports_lock(mtty);
	if (work & MTTY_PORTS_LOAD) {
		mtty_irq_forget(mtty);
		mtty_irq_announce(mtty, mtty_ports_load(mtty, &migration->stream));
	}
	if (work & MTTY_PORTS_HALT)
		mtty_irq_halt(mtty);
	if (work & MTTY_PORTS_SAVE)
		mtty_save_ports(mtty);
	if (work & MTTY_PORTS_RESUME)
		mtty_irq_resume(mtty);
	mtty_ports_unlock(mtty);
}

#define MTTY_ARC(from, to)	((from) << 8 | (to))

/*
 * One arc of the state machine. A device without DMA has nothing to do for P2P. An
 * arc that fails leaves the state as it was, but for a refused stream.
 */
static struct file *mtty_migration_step(struct mtty_dev *mtty,
					enum vfio_device_mig_state next)
{
	struct mtty_migration *migration = &mtty->migration;

	lockdep_assert_held(&migration->state_lock);

	switch (MTTY_ARC(migration->state, next)) {
	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING, VFIO_DEVICE_STATE_RUNNING_P2P):
	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING_P2P, VFIO_DEVICE_STATE_RUNNING):
	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY, VFIO_DEVICE_STATE_PRE_COPY_P2P):
	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY_P2P, VFIO_DEVICE_STATE_PRE_COPY):
		return NULL;

	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING_P2P, VFIO_DEVICE_STATE_STOP):
		migration->work |= MTTY_PORTS_HALT;
		return NULL;

	case MTTY_ARC(VFIO_DEVICE_STATE_STOP, VFIO_DEVICE_STATE_RUNNING_P2P):
		migration->work |= MTTY_PORTS_RESUME;
		return NULL;

	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING, VFIO_DEVICE_STATE_PRE_COPY):
	case MTTY_ARC(VFIO_DEVICE_STATE_RUNNING_P2P, VFIO_DEVICE_STATE_PRE_COPY_P2P):
		return mtty_start_pre_copy(mtty);

	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY_P2P, VFIO_DEVICE_STATE_STOP_COPY):
		migration->work |= MTTY_PORTS_HALT;
		mtty_complete_stream(mtty);
		return NULL;

	case MTTY_ARC(VFIO_DEVICE_STATE_STOP, VFIO_DEVICE_STATE_STOP_COPY):
		return mtty_start_stop_copy(mtty);

	case MTTY_ARC(VFIO_DEVICE_STATE_STOP, VFIO_DEVICE_STATE_RESUMING):
		return mtty_migf_open(mtty, &mtty_migf_resume_fops, O_WRONLY);

	case MTTY_ARC(VFIO_DEVICE_STATE_RESUMING, VFIO_DEVICE_STATE_STOP):
		return mtty_finish_resuming(mtty);

	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY, VFIO_DEVICE_STATE_RUNNING):
	case MTTY_ARC(VFIO_DEVICE_STATE_PRE_COPY_P2P, VFIO_DEVICE_STATE_RUNNING_P2P):
	case MTTY_ARC(VFIO_DEVICE_STATE_STOP_COPY, VFIO_DEVICE_STATE_STOP):
		mtty_migf_end(migration);
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
		filp = ret ? ERR_PTR(ret) : mtty_migration_step(mtty, next);
		if (IS_ERR(filp))
			break;
		dev_dbg(vdev->dev, "migration state %d -> %d\n", migration->state, next);
		migration->state = next;
	}
	mtty_migration_work(mtty);
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
	init_waitqueue_head(&mtty->migration.wait);
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
 * space, what VFIO_DEVICE_SET_IRQS set up, the INTx mask and dirty logging stay as
 * they are. vfio-pci keeps the mask too, so a user who has not unmasked hears nothing.
 */
void mtty_migration_reset(struct mtty_dev *mtty)
{
	guard(mutex)(&mtty->migration.state_lock);
	mtty_migf_end(&mtty->migration);
	mtty->migration.state = VFIO_DEVICE_STATE_RUNNING;

	mtty_ports_lock(mtty);
	mtty_ports_reset(mtty);
	mtty_irq_announce(mtty, false);
	mtty_irq_resume(mtty);
	mtty_ports_unlock(mtty);
}

/**
 * mtty_migration_open() - begin with a device that is RUNNING, in its power-on state
 * @mtty: the device, being opened
 */
void mtty_migration_open(struct mtty_dev *mtty)
{
	/* Data files may be left over from another who had it open. */
	if (!refcount_inc_not_zero(&mtty->migration.users)) {
		get_device(&mtty->vdev.device);
		refcount_set(&mtty->migration.users, 1);
	}
	mtty_migration_reset(mtty);
}

/**
 * mtty_migration_close() - end what the user had going
 * @mtty: the device, being closed
 */
void mtty_migration_close(struct mtty_dev *mtty)
{
	mtty_migration_reset(mtty);
	mtty_log_stop(&mtty->vdev);
	mtty_migration_put(mtty);
}
