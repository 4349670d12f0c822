/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pace: what the time that passes makes possible for a data file. Pure functions on times in
 * nanoseconds; the caller serialises.
 */
#ifndef MTTY_PACE_H
#define MTTY_PACE_H

#include <linux/types.h>

/**
 * struct mtty_pace - how fast state becomes dirty and is transferred
 * @dirty_rate: bytes a second that become dirty
 * @bandwidth: bytes a second that are transferred; 0: any number
 * @dirty_since: up to when dirty bytes have been counted
 * @ready_at: when more can be transferred
 */
struct mtty_pace {
	u64 dirty_rate;
	u64 bandwidth;
	u64 dirty_since;
	u64 ready_at;
};

/**
 * mtty_pace_matters() - find out if the time makes a difference
 * @pace: the pace
 *
 * Return: false if nothing becomes dirty, and any number of bytes can be transferred
 */
static inline bool mtty_pace_matters(const struct mtty_pace *pace)
{
	return pace->dirty_rate || pace->bandwidth;
}

/**
 * mtty_pace_early() - how long it takes until more can be transferred
 * @pace: the pace
 * @now: the time
 *
 * Return: nanoseconds; 0 if it can be transferred now
 */
static inline u64 mtty_pace_early(const struct mtty_pace *pace, u64 now)
{
	return pace->ready_at > now ? pace->ready_at - now : 0;
}

void mtty_pace_set(struct mtty_pace *pace, u64 dirty_rate, u64 bandwidth, u64 now);
u64 mtty_pace_dirty_bytes(struct mtty_pace *pace, u64 now);
u64 mtty_pace_next_dirty_byte(const struct mtty_pace *pace);
void mtty_pace_transferred(struct mtty_pace *pace, u64 bytes, u64 now);

#endif /* MTTY_PACE_H */
