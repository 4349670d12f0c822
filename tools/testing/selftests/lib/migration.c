// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "check.h"
#include "migration.h"

const char *mig_state_name(unsigned int state)
{
	static const char * const names[] = {
		[STATE_ERROR] = "ERROR",
		[STATE_STOP] = "STOP",
		[STATE_RUNNING] = "RUNNING",
		[STATE_STOP_COPY] = "STOP_COPY",
		[STATE_RESUMING] = "RESUMING",
		[STATE_RUNNING_P2P] = "RUNNING_P2P",
		[STATE_PRE_COPY] = "PRE_COPY",
		[STATE_PRE_COPY_P2P] = "PRE_COPY_P2P",
	};

	return state < STATE_NR ? names[state] : "no state";
}

int __mig_set(struct vfio_dev *dev, unsigned int state, int *data_fd)
{
	/* no file has this number, so a call that leaves it unset is noticed */
	struct vfio_device_feature_mig_state mig = { .device_state = state, .data_fd = INT_MAX, };
	int ret;

	ret = __vfio_feature(dev, VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
			     &mig, sizeof(mig));
	*data_fd = mig.data_fd;
	return ret;
}

int mig_set(struct vfio_dev *dev, unsigned int state)
{
	int data_fd, ret;

	ret = __mig_set(dev, state, &data_fd);
	CHECK(ret == 0, "cannot set state %s: %d", mig_state_name(state), ret);
	return data_fd;
}

int mig_enter(struct vfio_dev *dev, unsigned int state, const void *stream, size_t size)
{
	int data_fd = mig_set(dev, state);

	if (state == STATE_RESUMING)
		CHECK(__mig_write(data_fd, stream, size) == (ssize_t)size, "stream refused");
	return data_fd;
}

unsigned int mig_get(struct vfio_dev *dev)
{
	struct vfio_device_feature_mig_state mig = { .data_fd = 0, };
	int ret;

	ret = __vfio_feature(dev, VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
			     &mig, sizeof(mig));
	CHECK(ret == 0, "cannot get the state: %d", ret);
	CHECK(mig.data_fd == -1, "GET returned data file %d", mig.data_fd);
	return mig.device_state;
}

ssize_t __mig_read(int data_fd, void *data, size_t size)
{
	ssize_t ret = read(data_fd, data, size);

	return ret < 0 ? -errno : ret;
}

ssize_t __mig_write(int data_fd, const void *data, size_t size)
{
	ssize_t ret = write(data_fd, data, size);

	return ret < 0 ? -errno : ret;
}

size_t mig_read_all(int data_fd, void *data, size_t size)
{
	size_t done = 0;
	ssize_t ret;
	__u8 spare;

	do {
		if (done < size)
			ret = __mig_read(data_fd, (__u8 *)data + done, size - done);
		else
			ret = __mig_read(data_fd, &spare, 1);
		CHECK(ret <= 0 || done < size, "the stream is longer than %zu bytes", size);
		if (ret > 0)
			done += ret;
	} while (ret > 0);
	CHECK(ret == 0 || ret == -ENOMSG, "read of the stream failed: %zd", ret);
	return done;
}

int __mig_precopy_info(int data_fd, struct vfio_precopy_info *info)
{
	*info = (struct vfio_precopy_info) { .argsz = sizeof(*info), };
	return __vfio_ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, info);
}

size_t mig_save(struct vfio_dev *dev, void *stream, size_t size)
{
	int data_fd = mig_set(dev, STATE_STOP_COPY);
	size_t done;

	CHECK(data_fd >= 0, "STOP_COPY gave no data file");
	done = mig_read_all(data_fd, stream, size);
	mig_set(dev, STATE_STOP);
	close(data_fd);
	return done;
}

int __mig_load(struct vfio_dev *dev, const void *stream, size_t size)
{
	int data_fd = mig_set(dev, STATE_RESUMING);
	int ret = 0, none;
	ssize_t done;

	CHECK(data_fd >= 0, "RESUMING gave no data file");
	if (size) {
		done = __mig_write(data_fd, stream, size);
		if (done < 0)
			ret = done;
		else
			CHECK(done == (ssize_t)size, "%zd of %zu bytes accepted", done, size);
	}
	if (!ret)
		ret = __mig_set(dev, STATE_STOP, &none);
	close(data_fd);
	return ret;
}

void mig_load(struct vfio_dev *dev, const void *stream, size_t size)
{
	int ret = __mig_load(dev, stream, size);

	CHECK(ret == 0, "the stream was refused: %d", ret);
}

void mig_break(struct vfio_dev *dev)
{
	int ret = __mig_load(dev, NULL, 0);

	CHECK(ret == -EINVAL, "loading an empty stream gave %d", ret);
	CHECK(mig_get(dev) == STATE_ERROR, "a refused stream left the device in %s",
	      mig_state_name(mig_get(dev)));
}
