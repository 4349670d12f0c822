/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of most tests: a new two-port device, opened by each interface in
 * turn. The parent process tears it down, so that a test that dies leaves no device
 * behind; its open files are closed by then.
 */
#ifndef DEVICE_FIXTURE_H
#define DEVICE_FIXTURE_H

#include "mtty_test.h"

#define DEVICE_PORTS	2

/* @other_mdev, @other: a second device, for tests that need one */
FIXTURE(device) {
	struct mdev mdev;
	struct vfio_dev dev;
	struct mdev other_mdev;
	struct vfio_dev other;
};

FIXTURE_VARIANT(device) {
	enum vfio_mode mode;
};

FIXTURE_VARIANT_ADD(device, group) {
	.mode = VFIO_MODE_GROUP,
};

FIXTURE_VARIANT_ADD(device, cdev) {
	.mode = VFIO_MODE_CDEV,
};

FIXTURE_SETUP(device)
{
	const char *missing = vfio_mode_missing(variant->mode);

	if (missing)
		SKIP(return, "%s", missing);
	vfio_open_new(&self->dev, &self->mdev, "mtty-2", variant->mode);
}

FIXTURE_TEARDOWN_PARENT(device)
{
	mdev_remove(&self->mdev);
	mdev_remove(&self->other_mdev);
}

#endif /* DEVICE_FIXTURE_H */
