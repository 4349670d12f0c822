// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data files of migration sessions.
 *
 * A data file may outlive its session, the open device, and the device itself. So a
 * session and its file share one object, and neither needs the other to exist. Once the
 * session has ended, every access to the file fails with -ENODEV.
 */
#include "mtty_data_file.h"

#include <linux/anon_inodes.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "mtty_compat.h"
#include "mtty_stream.h"

/**
 * struct mtty_data_file - a session and its data file
 */
struct mtty_data_file {
	/** @users: the file and, until the session ends, the device; atomic */
	refcount_t users;
	/** @nr_ports: ports of the device; constant */
	unsigned int nr_ports;
	/** @lock: protects all that follows but @wait; inside the device's state_lock */
	struct mutex lock;
	/** @vdev: the device, or NULL once the session has ended; protected by @lock */
	const struct vfio_device *vdev;
	/** @refused: what was written is invalid; protected by @lock */
	bool refused;
	/** @len: bytes of @stream that are there; protected by @lock */
	size_t len;
	/** @pos: bytes of @stream that the user has read; protected by @lock */
	size_t pos;
	/** @stream: the stream so far; protected by @lock */
	struct mtty_stream stream;
	/** @wait: callers of poll() */
	wait_queue_head_t wait;
};

static void mtty_data_file_free(struct mtty_data_file *data)
{
	mutex_destroy(&data->lock);
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

static bool mtty_data_file_alive(const struct mtty_data_file *data)
{
	lockdep_assert_held(&data->lock);
	return data->vdev;
}

/* A stream that is being saved lacks the ports until PRE_COPY is over. */
static bool mtty_data_file_in_pre_copy(const struct mtty_data_file *data)
{
	lockdep_assert_held(&data->lock);
	return data->len < mtty_stream_size(data->nr_ports);
}

/* Bytes left to read, or a negative errno if there can be none */
static ssize_t mtty_data_file_readable(const struct mtty_data_file *data)
{
	if (!mtty_data_file_alive(data))
		return -ENODEV;
	if (data->pos == data->len && mtty_data_file_in_pre_copy(data))
		return -ENOMSG;
	return data->len - data->pos;
}

/*
 * No lock is held while copying. Bytes that could not be copied become unread again,
 * unless another reader has read on meanwhile.
 */
static ssize_t mtty_data_file_read(struct file *filp, char __user *buf, size_t count,
				   loff_t *ppos)
{
	struct mtty_data_file *data = filp->private_data;
	struct mtty_stream stream;
	ssize_t len;
	size_t pos;

	scoped_guard(mutex, &data->lock) {
		len = mtty_data_file_readable(data);
		if (len <= 0)
			return len;
		len = min_t(size_t, len, count);
		pos = data->pos;
		stream = data->stream;
		data->pos += len;
	}
	if (!copy_to_user(buf, (u8 *)&stream + pos, len))
		return len;

	scoped_guard(mutex, &data->lock)
		if (data->pos == pos + len)
			data->pos = pos;
	wake_up_all(&data->wait);
	return -EFAULT;
}

static int mtty_data_file_receive(struct mtty_data_file *data, const void *chunk,
				  size_t count)
{
	lockdep_assert_held(&data->lock);
	if (data->refused || count > mtty_stream_size(data->nr_ports) - data->len)
		return -EINVAL;
	memcpy((u8 *)&data->stream + data->len, chunk, count);
	data->len += count;
	return mtty_stream_check(&data->stream, data->len, data->nr_ports);
}

static ssize_t mtty_data_file_write(struct file *filp, const char __user *buf,
				    size_t count, loff_t *ppos)
{
	struct mtty_data_file *data = filp->private_data;
	struct mtty_stream chunk;

	if (copy_from_user(&chunk, buf, min(count, sizeof(chunk))))
		return -EFAULT;

	guard(mutex)(&data->lock);
	if (!mtty_data_file_alive(data))
		return -ENODEV;
	data->refused = mtty_data_file_receive(data, &chunk, count);
	return data->refused ? -EINVAL : count;
}

static __poll_t mtty_data_file_poll(struct file *filp, poll_table *table)
{
	struct mtty_data_file *data = filp->private_data;

	poll_wait(filp, &data->wait, table);

	guard(mutex)(&data->lock);
	if (!mtty_data_file_alive(data))
		return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM |
		       EPOLLRDHUP | EPOLLHUP | EPOLLERR;
	if (filp->f_mode & FMODE_WRITE)
		return EPOLLOUT | EPOLLWRNORM | (data->refused ? EPOLLERR : 0);
	return mtty_data_file_readable(data) < 0 ? 0 : EPOLLIN | EPOLLRDNORM;
}

static int mtty_data_file_precopy_info(struct mtty_data_file *data,
				       struct vfio_precopy_info *info)
{
	guard(mutex)(&data->lock);
	if (!mtty_data_file_alive(data))
		return -ENODEV;
	if (!mtty_data_file_in_pre_copy(data))
		return -EINVAL;
	/* Without that opt-in, flags are handed back as they came. */
	if (mtty_precopy_info_v2(data->vdev))
		info->flags = 0;
	info->initial_bytes = data->len - data->pos;
	info->dirty_bytes = 0;
	return 0;
}

static long mtty_data_file_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
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
	ret = mtty_data_file_precopy_info(filp->private_data, &info);
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

static struct mtty_data_file *mtty_data_file_new(struct vfio_device *vdev,
						 unsigned int nr_ports)
{
	struct mtty_data_file *data = kzalloc(sizeof(*data), GFP_KERNEL_ACCOUNT);

	if (!data)
		return NULL;
	refcount_set(&data->users, 2);
	mutex_init(&data->lock);
	init_waitqueue_head(&data->wait);
	data->vdev = vdev;
	data->nr_ports = nr_ports;
	return data;
}

static struct file *mtty_data_file_open(struct mtty_data_file *data,
					const struct file_operations *fops, int flags)
{
	struct file *filp;

	if (!data)
		return ERR_PTR(-ENOMEM);
	filp = anon_inode_getfile("mtty_mig", fops, data, flags);
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
 * @nr_ports: ports of the device
 *
 * The stream begins with the header, which lets the destination check early that it can
 * load the device. The state machine appends the ports.
 *
 * Return: file for the user, or an ERR_PTR(); mtty_data_file_end() ends the session
 */
struct file *mtty_data_file_open_saving(struct vfio_device *vdev, unsigned int nr_ports)
{
	struct mtty_data_file *data = mtty_data_file_new(vdev, nr_ports);

	if (data) {
		mtty_stream_save_header(&data->stream.header, nr_ports);
		data->len = sizeof(data->stream.header);
	}
	return mtty_data_file_open(data, &mtty_data_file_saving_fops, O_RDONLY);
}

/**
 * mtty_data_file_open_resuming() - begin a session whose stream the user writes
 * @vdev: the device
 * @nr_ports: ports of the device
 *
 * Return: file for the user, or an ERR_PTR(); mtty_data_file_end() ends the session
 */
struct file *mtty_data_file_open_resuming(struct vfio_device *vdev, unsigned int nr_ports)
{
	return mtty_data_file_open(mtty_data_file_new(vdev, nr_ports),
				   &mtty_data_file_resuming_fops, O_WRONLY);
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
 * mtty_data_file_append() - give the user more to read
 * @data: session whose stream the user reads
 * @bytes: what follows in the stream; fits into it
 * @count: number of bytes
 */
void mtty_data_file_append(struct mtty_data_file *data, const void *bytes, size_t count)
{
	scoped_guard(mutex, &data->lock) {
		memcpy((u8 *)&data->stream + data->len, bytes, count);
		data->len += count;
	}
	wake_up_all(&data->wait);
}

/**
 * mtty_data_file_take() - get what the user has written
 * @data: session whose stream the user writes
 * @stream: where to put it
 *
 * Return: 0, or -EINVAL if it is not a whole valid stream
 */
int mtty_data_file_take(struct mtty_data_file *data, struct mtty_stream *stream)
{
	guard(mutex)(&data->lock);
	if (data->refused || data->len != mtty_stream_size(data->nr_ports))
		return -EINVAL;
	*stream = data->stream;
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
		data->vdev = NULL;
	wake_up_all(&data->wait);
	mtty_data_file_put(data);
}
