/* SPDX-License-Identifier: GPL-2.0-only */
/* The attributes in a card's sysfs directory: settings, fault rules, the trigger. */
#ifndef MTTY_LIB_CARD_H
#define MTTY_LIB_CARD_H

#include <stddef.h>

#include "mdev.h"
#include "sysfs.h"

/* The attribute's path, valid until the end of the enclosing block. */
#define CARD_PATH(mdev, name)	SYSFS_PATH(MDEV_DEVICES "/%s/%s", (mdev)->uuid, name)

int __card_set(const struct mdev *mdev, const char *name, const char *value);
void card_set(const struct mdev *mdev, const char *name, const char *value);

/* The whole text, with its newlines. */
void card_get(const struct mdev *mdev, const char *name, char *text, size_t size);

/* The most rules that a card holds, and room for the text of all of them. */
#define FAULT_RULES	16
#define FAULT_TEXT_MAX	4096

void fault_add(const struct mdev *mdev, const char *rules);
void fault_clear(const struct mdev *mdev);
unsigned int fault_count(const struct mdev *mdev);
/* What the rule in line @line, from 0, says that it has hit. */
unsigned int fault_hits(const struct mdev *mdev, unsigned int line);

/* A descriptor whose fault_wait() returns at the first hit after this or the last wait. */
int fault_watch(const struct mdev *mdev);
void fault_wait(int watch);

#endif /* MTTY_LIB_CARD_H */
