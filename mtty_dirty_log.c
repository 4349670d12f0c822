// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty page logging. The card has no DMA, so there is a page size to agree on and
 * nothing to report.
 */
#include "mtty_dirty_log.h"

#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/log2.h>

/**
 * mtty_dirty_log_init() - initialise a dirty page log
 * @log: log of a device that nobody else knows yet, all zero
 */
void mtty_dirty_log_init(struct mtty_dirty_log *log)
{
	mutex_init(&log->lock);
}

/**
 * mtty_dirty_log_destroy() - undo mtty_dirty_log_init()
 * @log: log of a device that nobody else knows any more
 */
void mtty_dirty_log_destroy(struct mtty_dirty_log *log)
{
	mutex_destroy(&log->lock);
}

/**
 * mtty_dirty_log_start() - carry out VFIO_DEVICE_FEATURE_DMA_LOGGING_START
 * @log: the log
 * @page_size: bytes in a page
 *
 * Return: 0, or -EINVAL if logging is on already or there can be no such page
 */
int mtty_dirty_log_start(struct mtty_dirty_log *log, u64 page_size)
{
	if (!is_power_of_2(page_size))
		return -EINVAL;

	guard(mutex)(&log->lock);
	if (log->active)
		return -EINVAL;
	log->active = true;
	return 0;
}

/**
 * mtty_dirty_log_stop() - carry out VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP
 * @log: the log, started or not
 */
void mtty_dirty_log_stop(struct mtty_dirty_log *log)
{
	guard(mutex)(&log->lock);
	log->active = false;
}

/**
 * mtty_dirty_log_read_and_clear() - carry out VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT
 * @log: the log
 *
 * Return: 0, or -EINVAL if logging is off
 */
int mtty_dirty_log_read_and_clear(struct mtty_dirty_log *log)
{
	guard(mutex)(&log->lock);
	return log->active ? 0 : -EINVAL;
}
