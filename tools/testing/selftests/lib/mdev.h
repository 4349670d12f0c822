/* SPDX-License-Identifier: GPL-2.0-only */
/* A mediated device of the mtty parent, from its creation to its removal. */
#ifndef MTTY_LIB_MDEV_H
#define MTTY_LIB_MDEV_H

#define MDEV_PARENT	"/sys/devices/virtual/mtty/mtty"
#define MDEV_TYPES	MDEV_PARENT "/mdev_supported_types"
#define MDEV_DEVICES	"/sys/bus/mdev/devices"
#define MDEV_UUID_LEN	36

/* @uuid: empty while the device does not exist */
struct mdev {
	char uuid[MDEV_UUID_LEN + 1];
};

int __mdev_create_uuid(const char *type, const char *uuid);
int __mdev_create(struct mdev *mdev, const char *type);
void mdev_create(struct mdev *mdev, const char *type);

int __mdev_remove(struct mdev *mdev);
void mdev_remove(struct mdev *mdev);

long mdev_available(const char *type);

#endif /* MTTY_LIB_MDEV_H */
