/* SPDX-License-Identifier: GPL-2.0-only */
/* Dirty page logging of the device */
#ifndef MTTY_DIRTY_LOG_H
#define MTTY_DIRTY_LOG_H

#include <linux/mutex.h>
#include <linux/types.h>

/**
 * struct mtty_dirty_log - dirty page log
 */
struct mtty_dirty_log {
	/** @lock: protects @active; nests with no other lock */
	struct mutex lock;
	/** @active: logging has been started; protected by @lock */
	bool active;
};

void mtty_dirty_log_init(struct mtty_dirty_log *log);
void mtty_dirty_log_destroy(struct mtty_dirty_log *log);
int mtty_dirty_log_start(struct mtty_dirty_log *log, u64 page_size);
void mtty_dirty_log_stop(struct mtty_dirty_log *log);
int mtty_dirty_log_read_and_clear(struct mtty_dirty_log *log);

#endif /* MTTY_DIRTY_LOG_H */
