// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/iommufd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "sysfs.h"
#include "vfio.h"

#define FEATURE_DATA_MAX	64

const char *vfio_mode_missing(enum vfio_mode mode)
{
	if (mode == VFIO_MODE_CDEV && !sysfs_exists("/dev/iommu"))
		return "no /dev/iommu: this kernel has no iommufd";
	if (mode == VFIO_MODE_GROUP && !sysfs_exists("/dev/vfio/vfio"))
		return "no /dev/vfio/vfio: this kernel has no VFIO groups";
	return NULL;
}

int __vfio_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

int vfio_group_device_fd(struct vfio_dev *dev, const char *uuid)
{
	int fd = ioctl(dev->group, VFIO_GROUP_GET_DEVICE_FD, uuid);

	return fd < 0 ? -errno : fd;
}

static int open_group(struct vfio_dev *dev, const char *uuid)
{
	char group[16];

	sysfs_link_name(SYSFS_PATH(MDEV_DEVICES "/%s/iommu_group", uuid), group, sizeof(group));
	dev->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	dev->group = open(SYSFS_PATH("/dev/vfio/%s", group), O_RDWR | O_CLOEXEC);
	if (dev->container < 0 || dev->group < 0)
		return -errno;
	if (ioctl(dev->group, VFIO_GROUP_SET_CONTAINER, &dev->container) ||
	    ioctl(dev->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -errno;
	dev->fd = vfio_group_device_fd(dev, uuid);
	return dev->fd < 0 ? dev->fd : 0;
}

/* The device's own node is named after the only directory in vfio-dev. */
static int open_node(const char *uuid)
{
	DIR *dir = opendir(SYSFS_PATH(MDEV_DEVICES "/%s/vfio-dev", uuid));
	struct dirent *entry;
	int fd = -1;

	if (!dir)
		return -1;
	while ((entry = readdir(dir)) && fd < 0) {
		if (entry->d_name[0] != '.')
			fd = open(SYSFS_PATH("/dev/vfio/devices/%s", entry->d_name),
				  O_RDWR | O_CLOEXEC);
	}
	closedir(dir);
	return fd;
}

static int bind_and_attach(struct vfio_dev *dev)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind), .iommufd = dev->iommufd,
	};
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc), };
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach), };

	if (ioctl(dev->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind) ||
	    ioctl(dev->iommufd, IOMMU_IOAS_ALLOC, &alloc))
		return -errno;
	attach.pt_id = alloc.out_ioas_id;
	return __vfio_ioctl(dev->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);
}

static int open_cdev(struct vfio_dev *dev, const char *uuid)
{
	dev->iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	dev->fd = open_node(uuid);
	if (dev->iommufd < 0 || dev->fd < 0)
		return -errno;
	return bind_and_attach(dev);
}

static void find_regions(struct vfio_dev *dev)
{
	struct vfio_region_info info = { .argsz = sizeof(info), };

	for (info.index = 0; info.index <= VFIO_PCI_CONFIG_REGION_INDEX; info.index++) {
		CHECK(__vfio_ioctl(dev->fd, VFIO_DEVICE_GET_REGION_INFO, &info) == 0,
		      "no information about region %u", info.index);
		dev->offset[info.index] = info.offset;
	}
}

int __vfio_open(struct vfio_dev *dev, const char *uuid, enum vfio_mode mode)
{
	int ret;

	*dev = (struct vfio_dev) { .fd = -1, .container = -1, .group = -1, .iommufd = -1, };
	ret = mode == VFIO_MODE_GROUP ? open_group(dev, uuid) : open_cdev(dev, uuid);
	if (ret)
		vfio_close(dev);
	else
		find_regions(dev);
	return ret;
}

void vfio_open(struct vfio_dev *dev, const char *uuid, enum vfio_mode mode)
{
	int ret = __vfio_open(dev, uuid, mode);

	CHECK(ret == 0, "cannot open %s: %d", uuid, ret);
}

void vfio_open_new(struct vfio_dev *dev, struct mdev *mdev, const char *type,
		   enum vfio_mode mode)
{
	mdev_create(mdev, type);
	vfio_open(dev, mdev->uuid, mode);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void vfio_close(struct vfio_dev *dev)
{
	close_one(&dev->fd);
	close_one(&dev->group);
	close_one(&dev->container);
	close_one(&dev->iommufd);
}

int __vfio_reset(struct vfio_dev *dev)
{
	return __vfio_ioctl(dev->fd, VFIO_DEVICE_RESET, NULL);
}

void vfio_reset(struct vfio_dev *dev)
{
	int ret = __vfio_reset(dev);

	CHECK(ret == 0, "RESET failed: %d", ret);
}

int __vfio_feature(struct vfio_dev *dev, __u32 flags, void *data, __u32 size)
{
	union {
		struct vfio_device_feature header;
		__u8 bytes[sizeof(struct vfio_device_feature) + FEATURE_DATA_MAX];
	} arg = {
		.header = { .argsz = sizeof(arg.header) + size, .flags = flags, },
	};
	__u8 *payload = arg.bytes + sizeof(arg.header);
	int ret;

	CHECK(size <= FEATURE_DATA_MAX, "no feature has %u bytes", size);
	if (size)
		memcpy(payload, data, size);
	ret = __vfio_ioctl(dev->fd, VFIO_DEVICE_FEATURE, &arg);
	if (size)
		memcpy(data, payload, size);
	return ret;
}
