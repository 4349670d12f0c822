/* SPDX-License-Identifier: GPL-2.0-only */
/* Regions of the device file: configuration space, and a BAR for each port */
#ifndef MTTY_REGION_H
#define MTTY_REGION_H

#include <linux/types.h>

struct mtty_card;
struct vfio_region_info;

int mtty_region_info(const struct mtty_card *card, struct vfio_region_info *info);
ssize_t mtty_region_read(struct mtty_card *card, char __user *buf, size_t count,
			 loff_t *ppos);
ssize_t mtty_region_write(struct mtty_card *card, const char __user *buf, size_t count,
			  loff_t *ppos);

#endif /* MTTY_REGION_H */
