/* SPDX-License-Identifier: GPL-2.0-only */
/* An open device, by either of the interfaces that the kernel offers. */
#ifndef MTTY_LIB_VFIO_H
#define MTTY_LIB_VFIO_H

#include <linux/vfio.h>

#include "mdev.h"

/* A group with a type1 container, or the device's own node with an iommufd. */
enum vfio_mode {
	VFIO_MODE_GROUP,
	VFIO_MODE_CDEV,
};

struct vfio_dev {
	int fd;
	int container;
	int group;
	int iommufd;
	__u64 offset[VFIO_PCI_NUM_REGIONS];
};

/* Why this kernel does not support @mode; NULL if it does. */
const char *vfio_mode_missing(enum vfio_mode mode);

int __vfio_open(struct vfio_dev *dev, const char *uuid, enum vfio_mode mode);
void vfio_open(struct vfio_dev *dev, const char *uuid, enum vfio_mode mode);
void vfio_open_new(struct vfio_dev *dev, struct mdev *mdev, const char *type,
		   enum vfio_mode mode);
void vfio_close(struct vfio_dev *dev);

/* Another descriptor of the open device; only a group can provide one. */
int vfio_group_device_fd(struct vfio_dev *dev, const char *uuid);

int __vfio_ioctl(int fd, unsigned long request, void *arg);
int __vfio_reset(struct vfio_dev *dev);
void vfio_reset(struct vfio_dev *dev);

/*
 * VFIO_DEVICE_FEATURE: @flags holds the feature's number and GET, SET or PROBE.
 * @data is passed in, and holds the answer afterwards.
 */
int __vfio_feature(struct vfio_dev *dev, __u32 flags, void *data, __u32 size);

#endif /* MTTY_LIB_VFIO_H */
