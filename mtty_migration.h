/* SPDX-License-Identifier: GPL-2.0-only */
/* Migration of a device: state machine, data files, dirty logging */
#ifndef MTTY_MIGRATION_H
#define MTTY_MIGRATION_H

struct mtty_dev;

void mtty_migration_init(struct mtty_dev *mtty);
void mtty_migration_destroy(struct mtty_dev *mtty);
void mtty_migration_reset(struct mtty_dev *mtty);
void mtty_migration_open(struct mtty_dev *mtty);
void mtty_migration_close(struct mtty_dev *mtty);

#endif /* MTTY_MIGRATION_H */
