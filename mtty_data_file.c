// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data files of migration sessions.
 *
 * A data file may outlive its session, the open device, and the device itself. So a
 * session and its file share one object, and neither needs the other to exist. Once the
 * session has ended, every access to the file fails with -ENODEV.
 *
 * A read or write goes piece by piece through a buffer. Whoever has to wait, for the pace
 * that the host has set or for a fault, holds no lock.
 */
#include "mtty_data_file.h"

#include <linux/anon_inodes.h>
#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "mtty_compat.h"
#include "mtty_instrument.h"
#include "mtty_pace.h"
#include "mtty_resuming.h"
#include "mtty_saving.h"
#include "mtty_trace.h"

/**
 * struct mtty_data_file - a session and its data file
 */
struct mtty_data_file {
	/** @users: the file and, until the session ends, the device; atomic */
	refcount_t users;
	/** @io: serialises reads and writes of @buf; outside @lock; held while copying */
	struct mutex io;
	/** @lock: protects what follows up to @wait; inside the device's state_lock */
	struct mutex lock;
	/**
	 * @vdev: the device, or NULL once the session has ended; written under @lock, also
	 * read without it
	 */
	const struct vfio_device *vdev;
	/** @instrument: of the device, while there is @vdev; protected by @lock */
	struct mtty_instrument *instrument;
	/** @pos: bytes of the stream that the user has read; protected by @lock */
	u64 pos;
	/** @unread: bytes of @buf that the user has not read; protected by @lock */
	size_t unread;
	/** @len: bytes of the stream in @buf; protected by @lock */
	size_t len;
	/** @pace: what time makes possible; protected by @lock */
	struct mtty_pace pace;
	/**
	 * @changes: how often @pace was set anew; written under @lock, also read without it
	 */
	unsigned int changes;
	/** @reinit: the user has not been told of new initial data; protected by @lock */
	bool reinit;
	union {
		/** @saving: stream that the user reads; protected by @lock */
		struct mtty_saving saving;
		/** @resuming: stream that the user writes; protected by @lock */
		struct mtty_resuming resuming;
	};
	/** @wait: callers of poll(), and those who wait for the pace or for a fault */
	wait_queue_head_t wait;
	/** @timer: wakes @wait when time has made something possible; if @timed */
	struct timer_list timer;
	/** @timed: @timer is set up; written under @lock */
	bool timed;
	/** @saves: the user reads; constant */
	bool saves;
	/** @size: bytes of @buf; protected by @io */
	size_t size;
	/** @buf: a part of the stream; @short_buf if that is enough; protected by @io */
	u8 *buf;
	/** @short_buf: room for a stream without a payload; protected by @io */
	u8 short_buf[MTTY_SAVING_SHORT_MAX];
};

static void mtty_data_file_free(struct mtty_data_file *data)
{
	if (data->timed)
		timer_delete_sync(&data->timer);
	if (data->buf != data->short_buf)
		kfree(data->buf);
	mutex_destroy(&data->lock);
	mutex_destroy(&data->io);
	kfree(data);
}

static void mtty_data_file_put(struct mtty_data_file *data)
{
	if (refcount_dec_and_test(&data->users))
		mtty_data_file_free(data);
}

static int mtty_data_file_release(struct inode *inode, struct file *filp)
{
	mtty_data_file_put(filp->private_data);
	return 0;
}

static void mtty_data_file_wake(struct mtty_data_file *data)
{
	if (wq_has_sleeper(&data->wait))
		wake_up_all(&data->wait);
}

static void mtty_data_file_timer(struct timer_list *timer)
{
	mtty_data_file_wake(container_of(timer, struct mtty_data_file, timer));
}

static bool mtty_data_file_alive(const struct mtty_data_file *data)
{
	return READ_ONCE(data->vdev);
}

static bool mtty_data_file_in_pre_copy(const struct mtty_data_file *data)
{
	lockdep_assert_held(&data->lock);
	return data->saves && !data->saving.stopped;
}

/* The time, if anything depends on it */
static u64 mtty_data_file_now(const struct mtty_data_file *data)
{
	return mtty_pace_matters(&data->pace) ? ktime_get_ns() : 0;
}

/* Let payload become dirty, as much as the time that has passed makes it. */
static void mtty_data_file_count_dirty(struct mtty_data_file *data)
{
	lockdep_assert_held(&data->lock);
	mtty_saving_make_dirty(&data->saving,
			       mtty_pace_dirty_bytes(&data->pace, mtty_data_file_now(data)));
}

/* Bytes that can be read now, or a negative errno if there can be none */
static s64 mtty_data_file_readable(struct mtty_data_file *data)
{
	u64 bytes;

	if (!mtty_data_file_alive(data))
		return -ENODEV;
	if (mtty_data_file_in_pre_copy(data))
		mtty_data_file_count_dirty(data);
	bytes = data->unread + mtty_saving_available(&data->saving);
	return !bytes && mtty_data_file_in_pre_copy(data) ? -ENOMSG : bytes;
}

/* Nanoseconds until the next piece can be transferred */
static u64 mtty_data_file_early(const struct mtty_data_file *data)
{
	lockdep_assert_held(&data->lock);
	return mtty_pace_early(&data->pace, mtty_data_file_now(data));
}

/* Wait until then, or until it may be sooner or never. */
static int mtty_data_file_keep_pace(struct mtty_data_file *data)
{
	unsigned int changes;
	u64 early;
	long ret;

	scoped_guard(mutex, &data->lock) {
		early = mtty_data_file_early(data);
		changes = data->changes;
	}
	ret = wait_event_killable_timeout(data->wait, !mtty_data_file_alive(data) ||
					  READ_ONCE(data->changes) != changes,
					  nsecs_to_jiffies(early) + 1);
	return ret < 0 ? -EINTR : 0;
}

/*
 * What to do about a piece that could not be transferred: -EAGAIN means that the pace forbids
 * it. Returns 0 to try it again.
 */
static int mtty_data_file_retry(struct mtty_data_file *data, const struct file *filp,
				ssize_t ret)
{
	if (ret != -EAGAIN || filp->f_flags & O_NONBLOCK)
		return ret;
	return mtty_data_file_keep_pace(data);
}

/* Find out what happens to a call; the caller then has to wait for the action's delay. */
static int mtty_data_file_pass(struct mtty_data_file *data, const struct mtty_fault_pass *pass,
			       struct mtty_fault_action *action)
{
	lockdep_assert_held(&data->lock);
	if (!mtty_data_file_alive(data))
		return -ENODEV;
	mtty_faults_pass(&data->instrument->faults, pass, action);
	return 0;
}

static int mtty_data_file_delay(struct mtty_data_file *data, u32 delay)
{
	long ret = wait_event_killable_timeout(data->wait, !mtty_data_file_alive(data),
					       msecs_to_jiffies(delay));

	return ret < 0 ? -EINTR : 0;
}

/* Whether the session is still alive afterwards is for the caller to check. */
static int mtty_data_file_suffer(struct mtty_data_file *data,
				 const struct mtty_fault_action *action)
{
	int ret = action->delay ? mtty_data_file_delay(data, action->delay) : 0;

	return ret ?: action->error;
}

static void mtty_data_file_trace(struct mtty_data_file *data, bool write, u64 pos,
				 size_t count, ssize_t result)
{
	if (!trace_data_enabled())
		return;
	guard(mutex)(&data->lock);
	trace_data(data->vdev ? dev_name(data->vdev->dev) : "gone", write, pos, count, result);
}

/* How much of a read can be satisfied; where it begins, and what happens to it */
static s64 mtty_data_file_begin_read(struct mtty_data_file *data, size_t count,
				     struct mtty_fault_pass *pass,
				     struct mtty_fault_action *action)
{
	s64 readable;
	int ret;

	guard(mutex)(&data->lock);
	readable = mtty_data_file_readable(data);
	*pass = (struct mtty_fault_pass){
		.site = MTTY_FAULT_READ,
		.pos = data->pos,
		.count = min_t(u64, readable, count),
	};
	if (readable <= 0 || !count)
		return min_t(s64, readable, 0);
	ret = mtty_data_file_pass(data, pass, action);
	return ret ?: pass->count;
}

/* Bytes of the buffer that are to be read next; another reader may have taken the last. */
static ssize_t mtty_data_file_fill(struct mtty_data_file *data)
{
	guard(mutex)(&data->lock);
	if (!mtty_data_file_alive(data))
		return -ENODEV;
	if (mtty_data_file_early(data))
		return -EAGAIN;
	if (!data->unread) {
		data->len = mtty_saving_next(&data->saving, data->buf);
		data->unread = data->len;
	}
	return !data->unread && mtty_data_file_in_pre_copy(data) ? -ENOMSG : data->unread;
}

static void mtty_data_file_corrupt(struct mtty_data_file *data, u8 *bytes, size_t len,
				   const struct mtty_fault_action *action)
{
	if (action->corrupt && action->offset >= data->pos && action->offset - data->pos < len)
		bytes[action->offset - data->pos] ^= 1;
}

/* Bytes that could not be copied stay unread. */
static ssize_t mtty_data_file_read_buf(struct mtty_data_file *data, char __user *buf,
				       size_t count, const struct mtty_fault_action *action)
{
	ssize_t len;
	u8 *bytes;

	lockdep_assert_held(&data->io);
	len = mtty_data_file_fill(data);
	if (len <= 0)
		return len;
	bytes = data->buf + data->len - len;
	len = min_t(size_t, len, count);
	mtty_data_file_corrupt(data, bytes, len, action);
	if (copy_to_user(buf, bytes, len))
		return -EFAULT;

	guard(mutex)(&data->lock);
	data->unread -= len;
	data->pos += len;
	mtty_pace_transferred(&data->pace, len, mtty_data_file_now(data));
	return len;
}

static ssize_t mtty_data_file_read_piece(struct mtty_data_file *data, char __user *buf,
					 size_t count, const struct mtty_fault_action *action)
{
	ssize_t ret;

	if (mutex_lock_killable(&data->io))
		return -EINTR;
	ret = mtty_data_file_read_buf(data, buf, count, action);
	mutex_unlock(&data->io);
	return ret;
}

/* The bytes that have been read, or why there are none */
static ssize_t mtty_data_file_read_pieces(struct file *filp, char __user *buf, size_t count,
					  const struct mtty_fault_action *action)
{
	struct mtty_data_file *data = filp->private_data;
	size_t done = 0;
	ssize_t ret = 0;

	while (done < count) {
		ret = mtty_data_file_read_piece(data, buf + done, count - done, action);
		if (ret < 0)
			ret = mtty_data_file_retry(data, filp, ret);
		else if (!ret)
			break;
		if (ret < 0)
			break;
		done += ret;
	}
	return done ?: ret;
}

static ssize_t mtty_data_file_read(struct file *filp, char __user *buf, size_t count,
				   loff_t *ppos)
{
	struct mtty_data_file *data = filp->private_data;
	struct mtty_fault_action action;
	struct mtty_fault_pass pass;
	s64 readable;
	ssize_t ret;

	readable = mtty_data_file_begin_read(data, count, &pass, &action);
	ret = readable > 0 ? mtty_data_file_suffer(data, &action) : readable;
	if (!ret && readable)
		ret = mtty_data_file_read_pieces(filp, buf, readable, &action);
	mtty_data_file_trace(data, false, pass.pos, count, ret);
	return ret;
}

/* Make the buffer a long one. Without memory for that, the short one will do. */
static bool mtty_data_file_grow(struct mtty_data_file *data)
{
	u8 *buf = kmalloc(MTTY_SAVING_PART_MAX, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);

	if (!buf)
		return false;
	data->buf = buf;
	data->size = MTTY_SAVING_PART_MAX;
	return true;
}

static ssize_t mtty_data_file_write_buf(struct mtty_data_file *data, const char __user *buf,
					size_t count)
{
	int ret;

	lockdep_assert_held(&data->io);
	if (count > data->size && data->buf == data->short_buf)
		mtty_data_file_grow(data);
	count = min(count, data->size);
	if (copy_from_user(data->buf, buf, count))
		return -EFAULT;

	guard(mutex)(&data->lock);
	if (!mtty_data_file_alive(data))
		return -ENODEV;
	if (mtty_data_file_early(data))
		return -EAGAIN;
	ret = mtty_resuming_write(&data->resuming, data->buf, count);
	if (ret)
		return ret;
	mtty_pace_transferred(&data->pace, count, mtty_data_file_now(data));
	return count;
}

static ssize_t mtty_data_file_write_piece(struct mtty_data_file *data,
					  const char __user *buf, size_t count)
{
	ssize_t ret;

	if (mutex_lock_killable(&data->io))
		return -EINTR;
	ret = mtty_data_file_write_buf(data, buf, count);
	mutex_unlock(&data->io);
	return ret;
}

/*
 * The bytes that have been taken, or why there are none. A stream that is refused is
 * refused as a whole, whatever has been taken of it.
 */
static ssize_t mtty_data_file_write_pieces(struct file *filp, const char __user *buf,
					   size_t count)
{
	struct mtty_data_file *data = filp->private_data;
	size_t done = 0;
	ssize_t ret;

	do {
		ret = mtty_data_file_write_piece(data, buf + done, count - done);
		if (ret == -EINVAL)
			return ret;
		if (ret < 0)
			ret = mtty_data_file_retry(data, filp, ret);
		if (ret < 0)
			break;
		done += ret;
	} while (done < count);
	return done ?: ret;
}

static int mtty_data_file_begin_write(struct mtty_data_file *data, size_t count,
				      struct mtty_fault_pass *pass,
				      struct mtty_fault_action *action)
{
	guard(mutex)(&data->lock);
	*pass = (struct mtty_fault_pass){
		.site = MTTY_FAULT_WRITE,
		.pos = data->resuming.pos,
		.count = count,
	};
	return mtty_data_file_pass(data, pass, action);
}

static ssize_t mtty_data_file_write(struct file *filp, const char __user *buf,
				    size_t count, loff_t *ppos)
{
	struct mtty_data_file *data = filp->private_data;
	struct mtty_fault_action action;
	struct mtty_fault_pass pass;
	ssize_t ret;

	ret = mtty_data_file_begin_write(data, count, &pass, &action);
	if (!ret)
		ret = mtty_data_file_suffer(data, &action);
	if (!ret)
		ret = mtty_data_file_write_pieces(filp, buf, count);
	mtty_data_file_trace(data, true, pass.pos, count, ret);
	return ret;
}

static void mtty_data_file_wake_in(struct mtty_data_file *data, u64 ns)
{
	lockdep_assert_held(&data->lock);
	if (!data->timed)
		timer_setup(&data->timer, mtty_data_file_timer, 0);
	data->timed = true;
	/* Another caller of poll() may wait for something sooner. */
	timer_reduce(&data->timer, jiffies + nsecs_to_jiffies(ns) + 1);
}

/* Ready for the user, as far as the pace is concerned? */
static bool mtty_data_file_poll_pace(struct mtty_data_file *data)
{
	u64 early = mtty_data_file_early(data);

	if (early)
		mtty_data_file_wake_in(data, early);
	return !early;
}

static __poll_t mtty_data_file_poll_saving(struct mtty_data_file *data)
{
	u64 ns;

	if (mtty_data_file_readable(data) >= 0)
		return mtty_data_file_poll_pace(data) ? EPOLLIN | EPOLLRDNORM : 0;
	ns = mtty_pace_next_dirty_byte(&data->pace);
	if (ns)
		mtty_data_file_wake_in(data, ns);
	return 0;
}

static __poll_t mtty_data_file_poll_resuming(struct mtty_data_file *data)
{
	if (data->resuming.refused)
		return EPOLLOUT | EPOLLWRNORM | EPOLLERR;
	return mtty_data_file_poll_pace(data) ? EPOLLOUT | EPOLLWRNORM : 0;
}

static __poll_t mtty_data_file_poll(struct file *filp, poll_table *table)
{
	struct mtty_data_file *data = filp->private_data;

	poll_wait(filp, &data->wait, table);

	guard(mutex)(&data->lock);
	if (!mtty_data_file_alive(data))
		return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM |
		       EPOLLRDHUP | EPOLLHUP | EPOLLERR;
	return data->saves ? mtty_data_file_poll_saving(data) :
			     mtty_data_file_poll_resuming(data);
}

/* What is in the buffer belongs to the kind of data that it was filled with. */
static int mtty_data_file_precopy_info(struct mtty_data_file *data,
				       struct vfio_precopy_info *info)
{
	guard(mutex)(&data->lock);
	if (!mtty_data_file_alive(data))
		return -ENODEV;
	if (!mtty_data_file_in_pre_copy(data))
		return -EINVAL;
	mtty_data_file_count_dirty(data);
	mtty_precopy_info_flags(data->vdev, info, data->reinit);
	data->reinit = false;
	info->initial_bytes = mtty_saving_initial_bytes(&data->saving);
	info->dirty_bytes = mtty_saving_dirty_bytes(&data->saving);
	if (data->saving.was_initial)
		info->initial_bytes += data->unread;
	else
		info->dirty_bytes += data->unread;
	return 0;
}

static long mtty_data_file_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	const size_t minsz = offsetofend(struct vfio_precopy_info, dirty_bytes);
	const struct mtty_fault_pass pass = { .site = MTTY_FAULT_PRECOPY_INFO, };
	struct mtty_data_file *data = filp->private_data;
	struct mtty_fault_action action;
	struct vfio_precopy_info info;
	int ret;

	if (cmd != VFIO_MIG_GET_PRECOPY_INFO)
		return -ENOTTY;
	if (copy_from_user(&info, (void __user *)arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;
	scoped_guard(mutex, &data->lock)
		ret = mtty_data_file_pass(data, &pass, &action);
	if (!ret)
		ret = mtty_data_file_suffer(data, &action);
	if (!ret)
		ret = mtty_data_file_precopy_info(data, &info);
	if (ret)
		return ret;
	return copy_to_user((void __user *)arg, &info, minsz) ? -EFAULT : 0;
}

static const struct file_operations mtty_data_file_saving_fops = {
	.owner = THIS_MODULE,
	.read = mtty_data_file_read,
	.poll = mtty_data_file_poll,
	.unlocked_ioctl = mtty_data_file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = mtty_data_file_release,
};

static const struct file_operations mtty_data_file_resuming_fops = {
	.owner = THIS_MODULE,
	.write = mtty_data_file_write,
	.poll = mtty_data_file_poll,
	.release = mtty_data_file_release,
};

static void mtty_data_file_set_pace(struct mtty_data_file *data,
				    const struct mtty_settings *settings)
{
	mtty_pace_set(&data->pace, settings->dirty_rate, settings->bandwidth, ktime_get_ns());
}

static struct mtty_data_file *mtty_data_file_new(struct vfio_device *vdev,
						 struct mtty_instrument *instrument,
						 const struct mtty_settings *settings)
{
	struct mtty_data_file *data = kzalloc(sizeof(*data), GFP_KERNEL_ACCOUNT);

	if (!data)
		return NULL;
	refcount_set(&data->users, 2);
	mutex_init(&data->io);
	mutex_init(&data->lock);
	init_waitqueue_head(&data->wait);
	data->vdev = vdev;
	data->instrument = instrument;
	data->buf = data->short_buf;
	data->size = sizeof(data->short_buf);
	if (settings->dirty_rate || settings->bandwidth)
		mtty_data_file_set_pace(data, settings);
	return data;
}

static struct file *mtty_data_file_open(struct mtty_data_file *data,
					const struct file_operations *fops, int flags)
{
	struct file *filp = anon_inode_getfile("mtty_mig", fops, data, flags);

	if (IS_ERR(filp)) {
		mtty_data_file_free(data);
		return filp;
	}
	stream_open(filp->f_inode, filp);
	return filp;
}

/**
 * mtty_data_file_open_saving() - begin a session whose stream the user reads
 * @vdev: the device
 * @instrument: of the device; tells how much state it has, and when that changes
 * @nr_ports: ports of the device
 *
 * Return: file for the user, or an ERR_PTR(); mtty_data_file_end() ends the session
 */
struct file *mtty_data_file_open_saving(struct vfio_device *vdev,
					struct mtty_instrument *instrument,
					unsigned int nr_ports)
{
	struct mtty_settings settings = mtty_instrument_settings(instrument);
	struct mtty_data_file *data;

	data = mtty_data_file_new(vdev, instrument, &settings);
	if (!data)
		return ERR_PTR(-ENOMEM);
	if (settings.state_size && !mtty_data_file_grow(data)) {
		mtty_data_file_free(data);
		return ERR_PTR(-ENOMEM);
	}
	data->saves = true;
	mtty_saving_init(&data->saving, nr_ports, settings.state_size, settings.precopy_size);
	return mtty_data_file_open(data, &mtty_data_file_saving_fops, O_RDONLY);
}

/**
 * mtty_data_file_open_resuming() - begin a session whose stream the user writes
 * @vdev: the device
 * @instrument: of the device
 * @nr_ports: ports of the device
 *
 * Return: file for the user, or an ERR_PTR(); mtty_data_file_end() ends the session
 */
struct file *mtty_data_file_open_resuming(struct vfio_device *vdev,
					  struct mtty_instrument *instrument,
					  unsigned int nr_ports)
{
	struct mtty_settings settings = mtty_instrument_settings(instrument);
	struct mtty_data_file *data;

	data = mtty_data_file_new(vdev, instrument, &settings);
	if (!data)
		return ERR_PTR(-ENOMEM);
	mtty_resuming_init(&data->resuming, nr_ports);
	return mtty_data_file_open(data, &mtty_data_file_resuming_fops, O_WRONLY);
}

/**
 * mtty_data_file_of() - the session of a file
 * @filp: file that the caller has just opened
 *
 * Return: the session
 */
struct mtty_data_file *mtty_data_file_of(const struct file *filp)
{
	return filp->private_data;
}

/**
 * mtty_data_file_apply() - go on with other settings
 * @data: the session
 * @settings: the settings; dirty_rate and bandwidth may have changed
 *
 * What the old ones have caused until now stays.
 */
void mtty_data_file_apply(struct mtty_data_file *data, const struct mtty_settings *settings)
{
	scoped_guard(mutex, &data->lock) {
		if (mtty_data_file_in_pre_copy(data))
			mtty_data_file_count_dirty(data);
		mtty_data_file_set_pace(data, settings);
		WRITE_ONCE(data->changes, data->changes + 1);
	}
	mtty_data_file_wake(data);
}

/**
 * mtty_data_file_stop() - end PRE_COPY: nothing changes any more
 * @data: session whose stream the user reads
 * @records: the ports, as many as the device has
 */
void mtty_data_file_stop(struct mtty_data_file *data, const struct mtty_stream_port *records)
{
	scoped_guard(mutex, &data->lock) {
		mtty_data_file_count_dirty(data);
		memcpy(data->saving.records, records,
		       data->saving.nr_ports * sizeof(*records));
		mtty_saving_stop(&data->saving);
	}
	mtty_data_file_wake(data);
}

/**
 * mtty_data_file_reinit() - give PRE_COPY new initial data
 * @data: session whose stream the user reads
 *
 * Return: 0, or -ENOTCONN if PRE_COPY is over
 */
int mtty_data_file_reinit(struct mtty_data_file *data)
{
	scoped_guard(mutex, &data->lock) {
		if (!mtty_data_file_in_pre_copy(data))
			return -ENOTCONN;
		mtty_saving_reinit(&data->saving);
		data->reinit = true;
	}
	mtty_data_file_wake(data);
	return 0;
}

/**
 * mtty_data_file_left() - length of what the user has not read
 * @data: session whose stream the user reads
 *
 * Return: bytes, if PRE_COPY ended now
 */
u64 mtty_data_file_left(struct mtty_data_file *data)
{
	guard(mutex)(&data->lock);
	if (mtty_data_file_in_pre_copy(data))
		mtty_data_file_count_dirty(data);
	return data->unread + mtty_saving_size(&data->saving);
}

/**
 * mtty_data_file_take() - get the ports of the stream that the user has written
 * @data: session whose stream the user writes
 * @records: where to put them, as many as the device has
 *
 * Return: 0, or -EINVAL if it is not a whole valid stream
 */
int mtty_data_file_take(struct mtty_data_file *data, struct mtty_stream_port *records)
{
	guard(mutex)(&data->lock);
	if (!mtty_resuming_complete(&data->resuming))
		return -EINVAL;
	memcpy(records, data->resuming.records, data->resuming.nr_ports * sizeof(*records));
	return 0;
}

/**
 * mtty_data_file_end() - end a session
 * @data: the session; the caller must not use it any more
 *
 * No access to the file still reaches the device when this returns.
 */
void mtty_data_file_end(struct mtty_data_file *data)
{
	scoped_guard(mutex, &data->lock)
		WRITE_ONCE(data->vdev, NULL);
	mtty_data_file_wake(data);
	mtty_data_file_put(data);
}
