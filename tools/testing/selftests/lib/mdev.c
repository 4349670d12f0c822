// SPDX-License-Identifier: GPL-2.0-only
#include "check.h"
#include "mdev.h"
#include "sysfs.h"

int __mdev_create_uuid(const char *type, const char *uuid)
{
	return __sysfs_write(SYSFS_PATH(MDEV_TYPES "/%s/create", type), uuid);
}

int __mdev_create(struct mdev *mdev, const char *type)
{
	int ret;

	sysfs_read("/proc/sys/kernel/random/uuid", mdev->uuid, sizeof(mdev->uuid));
	ret = __mdev_create_uuid(type, mdev->uuid);
	if (ret)
		mdev->uuid[0] = 0;
	return ret;
}

void mdev_create(struct mdev *mdev, const char *type)
{
	int ret = __mdev_create(mdev, type);

	CHECK(ret == 0, "cannot create a device of type %s: %d; is the module loaded?",
	      type, ret);
}

int __mdev_remove(struct mdev *mdev)
{
	int ret = __sysfs_write(SYSFS_PATH(MDEV_DEVICES "/%s/remove", mdev->uuid), "1");

	if (!ret)
		mdev->uuid[0] = 0;
	return ret;
}

void mdev_remove(struct mdev *mdev)
{
	int ret;

	if (!mdev->uuid[0])
		return;
	ret = __mdev_remove(mdev);
	CHECK(ret == 0, "cannot remove %s: %d", mdev->uuid, ret);
}

long mdev_available(const char *type)
{
	return sysfs_read_number(SYSFS_PATH(MDEV_TYPES "/%s/available_instances", type));
}
