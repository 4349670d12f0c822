// SPDX-License-Identifier: GPL-2.0-only
/* Creating and removing devices, opening and closing them, passing them around */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/iommufd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "call.h"
#include "mdev.h"
#include "migration.h"
#include "region.h"
#include "sysfs.h"

/*
 * If a device is removed before its creation is complete, the mdev core loses its
 * attribute "remove", and the device stays until the module is unloaded.
 */
static void lock_creation(unsigned int uuid, short type)
{
	struct flock lock = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = uuid, .l_len = 1,
	};

	fcntl(creation_locks, F_SETLKW, &lock);
}

static long create(struct call *call)
{
	static const char * const types[] = { "mtty-1", "mtty-2", };
	unsigned int index;
	const char *uuid = call_uuid(call, &index);
	int ret;

	if (rng_one_in(&call->rng, 16))
		uuid = "83b8f4f2-509f-382f-3c1e-e6bfe0fa10zz";
	lock_creation(index, F_RDLCK);
	ret = __mdev_create_uuid(types[rng_below(&call->rng, 2)], uuid);
	lock_creation(index, F_UNLCK);
	return ret;
}

static long remove_device(struct call *call)
{
	unsigned int index;
	const char *uuid = call_uuid(call, &index);
	int fd, ret;

	lock_creation(index, F_WRLCK);
	fd = call_result(open(SYSFS_PATH(MDEV_DEVICES "/%s/remove", uuid), O_WRONLY | O_CLOEXEC));
	lock_creation(index, F_UNLCK);
	if (fd < 0)
		return fd;
	ret = call_result(write(fd, "1", 1));
	close(fd);
	return ret;
}

static void expect_as_new(struct call *call, bool is_as_new, const char *what)
{
	if (is_as_new)
		return;
	complain(call, "%s: not in the state of a new device", what);
	__atomic_fetch_add(&shared->not_as_new, 1, __ATOMIC_RELAXED);
}

/* The process that opens the group or binds the node is the only user at first. */
static void check_as_new(struct call *call, int fd)
{
	static const __u8 new_regs[UART_SIZE] = { 0, 0, 0x01, 0, 0, 0x60, 0, 0, };
	static const __u8 new_config[] = { 0x48, 0x43, 0x53, 0x32, 0x00, 0x00, };
	struct vfio_dev dev = { .fd = fd, };
	__u8 data[UART_SIZE];
	unsigned int bar;
	ssize_t ret;

	memcpy(dev.offset, region_offset, sizeof(dev.offset));
	for (bar = 0; bar < 2; bar++) {
		ret = __region_read(&dev, bar, 0, data, sizeof(data));
		if (bar == 0 || ret != -EINVAL)
			expect_as_new(call, ret == sizeof(data) &&
				      !memcmp(data, new_regs, sizeof(data)), "registers");
	}
	ret = __region_read(&dev, VFIO_PCI_CONFIG_REGION_INDEX, 0, data, sizeof(new_config));
	expect_as_new(call, ret == sizeof(new_config) &&
		      !memcmp(data, new_config, sizeof(new_config)), "configuration space");
	expect_as_new(call, mig_get(&dev) == STATE_RUNNING, "migration state");
}

static bool is_empty(const struct handle *handle)
{
	return handle->fd < 0 && handle->group < 0 && handle->container < 0 &&
	       handle->iommufd < 0;
}

/* An empty slot, if there is one; otherwise one whose contents are closed. */
static struct handle *new_handle(struct call *call)
{
	unsigned int first = rng_below(&call->rng, NR_HANDLES), i;
	struct handle *handle = call->caller->handle;

	for (i = 0; i < NR_HANDLES; i++) {
		if (is_empty(&handle[(first + i) % NR_HANDLES]))
			return &handle[(first + i) % NR_HANDLES];
	}
	handle_close(call, &handle[first]);
	return &handle[first];
}

static long opened(struct call *call, struct handle *handle, long ret)
{
	if (ret < 0)
		handle_close(call, handle);
	else
		check_as_new(call, handle->fd);
	return ret;
}

static long try_group(struct handle *handle, const char *uuid)
{
	char target[SYSFS_PATH_MAX] = "";

	if (readlink(SYSFS_PATH(MDEV_DEVICES "/%s/iommu_group", uuid), target,
		     sizeof(target) - 1) < 0)
		return -errno;
	handle->group = open(SYSFS_PATH("/dev/vfio/%s", strrchr(target, '/') + 1),
			     O_RDWR | O_CLOEXEC);
	if (handle->group < 0)
		return -errno;
	handle->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (ioctl(handle->group, VFIO_GROUP_SET_CONTAINER, &handle->container) ||
	    ioctl(handle->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -errno;
	handle->fd = ioctl(handle->group, VFIO_GROUP_GET_DEVICE_FD, uuid);
	return call_result(handle->fd);
}

static long open_group(struct call *call)
{
	struct handle *handle = new_handle(call);
	const char *uuid = call_uuid(call, &handle->uuid);

	return opened(call, handle, try_group(handle, uuid));
}

static int open_node(const char *uuid)
{
	DIR *dir = opendir(SYSFS_PATH(MDEV_DEVICES "/%s/vfio-dev", uuid));
	int fd = -1, error = ENOENT;
	struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		fd = open(SYSFS_PATH("/dev/vfio/devices/%s", entry->d_name), O_RDWR | O_CLOEXEC);
		error = errno;
		break;
	}
	closedir(dir);
	return fd < 0 ? -error : fd;
}

static long bind_and_attach(struct handle *handle)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), };
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc), };
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach), };

	handle->iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	bind.iommufd = handle->iommufd;
	if (ioctl(handle->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind) ||
	    ioctl(handle->iommufd, IOMMU_IOAS_ALLOC, &alloc))
		return -errno;
	attach.pt_id = alloc.out_ioas_id;
	return call_result(ioctl(handle->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach));
}

static long open_cdev(struct call *call)
{
	struct handle *handle = new_handle(call);
	const char *uuid = call_uuid(call, &handle->uuid);
	long ret = handle->fd = open_node(uuid);

	return opened(call, handle, ret < 0 ? ret : bind_and_attach(handle));
}

/* Such a descriptor can only be bound, or be in the way of others. */
static long open_unbound(struct call *call)
{
	struct handle *handle = new_handle(call);

	return handle->fd = open_node(call_uuid(call, &handle->uuid));
}

static long bind_again(struct call *call)
{
	struct handle *handle = call_handle(call);
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind), .iommufd = handle->iommufd,
	};

	return call_result(ioctl(handle->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind));
}

static long detach(struct call *call)
{
	struct vfio_device_detach_iommufd_pt arg = { .argsz = sizeof(arg), };

	return call_result(ioctl(call_handle(call)->fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, &arg));
}

static long attach(struct call *call)
{
	struct handle *handle = call_handle(call);
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc), };
	struct vfio_device_attach_iommufd_pt arg = { .argsz = sizeof(arg), };

	if (handle->iommufd >= 0 && ioctl(handle->iommufd, IOMMU_IOAS_ALLOC, &alloc))
		return -errno;
	arg.pt_id = alloc.out_ioas_id;
	return call_result(ioctl(handle->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &arg));
}

/* Only a group can provide a second descriptor. */
static long open_second(struct call *call)
{
	unsigned int from = rng_below(&call->rng, NR_HANDLES), i;
	struct handle *old = &call->caller->handle[from], *new = new_handle(call);
	const char *uuid;

	for (i = 0; i < NR_HANDLES && old->group < 0; i++)
		old = &call->caller->handle[(from + i) % NR_HANDLES];
	call->bad_fd = old->group < 0;
	new->uuid = old->uuid;
	uuid = rng_one_in(&call->rng, 16) ? "no device" : uuids[old->uuid];
	return call_result(new->fd = ioctl(old->group, VFIO_GROUP_GET_DEVICE_FD, uuid));
}

static long close_all_of_one(struct call *call)
{
	handle_close(call, call_handle(call));
	return 0;
}

static long close_part(struct call *call)
{
	struct handle *handle = call_handle(call);
	int *fds[] = { &handle->fd, &handle->group, &handle->container, &handle->iommufd, };

	close_fd(fds[rng_below(&call->rng, 4)]);
	return 0;
}

#define KIND_DEVICE	'd'
#define KIND_FILE	'f'

/* Room for the control message that carries a descriptor */
union control {
	struct cmsghdr header;
	__u8 bytes[CMSG_SPACE(sizeof(int))];
};

static long give(struct call *call)
{
	unsigned int to = rng_below(&call->rng, nr_processes);
	char kind = rng_one_in(&call->rng, 2) ? KIND_FILE : KIND_DEVICE;
	int fd = kind == KIND_FILE ? call_file(call, RESUMING)->fd : call_handle(call)->fd;
	struct iovec iov = { .iov_base = &kind, .iov_len = 1, };
	union control control = {
		.header = {
			.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof(fd)),
		},
	};
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return call_result(sendmsg(mailbox[to][1], &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static long take(struct call *call)
{
	union control control = {};
	char kind = 0;
	struct iovec iov = { .iov_base = &kind, .iov_len = 1, };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	long ret = call_result(recvmsg(mailbox[call->caller->process][0], &message,
				       MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
	int fd;

	if (ret < 0)
		return ret;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	if (kind == KIND_FILE)
		file_put(call, fd);
	else
		new_handle(call)->fd = fd;
	return ret;
}

const struct op life_ops[] = {
	{ "create", 12, create, .errors = { EEXIST, ENOSPC, EINVAL, } },
	{ "remove", 4, remove_device, .flags = BLOCKS, .errors = { ENOENT, ENODEV, } },
	{ "open by group", 20, open_group, .flags = FAULTY,
	  .errors = { ENOENT, ENODEV, ENXIO, EBUSY, EINVAL, } },
	{ "open by cdev", 12, open_cdev, .flags = WANTS_IOMMUFD | FAULTY,
	  .errors = { ENOENT, ENODEV, ENXIO, EBUSY, EINVAL, } },
	{ "open cdev, not bind it", 1, open_unbound, .flags = WANTS_IOMMUFD,
	  .errors = { ENOENT, ENODEV, ENXIO, } },
	{ "bind once more", 3, bind_again, .flags = WANTS_IOMMUFD | REFUSED,
	  .errors = { EINVAL, ENOTTY, EBUSY, EBADF, } },
	{ "attach", 4, attach, .flags = WANTS_IOMMUFD,
	  .errors = { EINVAL, ENOTTY, EBUSY, ENOENT, } },
	{ "detach", 4, detach, .flags = WANTS_IOMMUFD, .errors = { EINVAL, ENOTTY, } },
	{ "second fd of group", 12, open_second, .flags = FAULTY, .errors = { ENODEV, EINVAL, } },
	{ "close", 7, close_all_of_one },
	{ "close a part", 4, close_part },
	{ "give fd away", 14, give, .errors = { EAGAIN, } },
	{ "take fd", 20, take, .errors = { EAGAIN, } },
	{}
};
