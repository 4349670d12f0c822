/* SPDX-License-Identifier: GPL-2.0-only */
/* Attributes in a card's sysfs directory */
#ifndef MTTY_SYSFS_H
#define MTTY_SYSFS_H

struct attribute_group;

extern const struct attribute_group *mtty_sysfs_groups[];

#endif /* MTTY_SYSFS_H */
