// SPDX-License-Identifier: GPL-2.0-only
/* Pace of a data file: bytes a second, and the time that they take */
#include "mtty_pace.h"

#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>

/* How far a transfer may catch up after a wait that took too long */
#define MTTY_PACE_SLACK		(20 * NSEC_PER_MSEC)

static u64 mtty_pace_time(u64 bytes, u64 rate)
{
	return mul_u64_u64_div_u64(bytes, NSEC_PER_SEC, rate);
}

/* When what is still owed has been paid for at another bandwidth */
static u64 mtty_pace_ready_at(const struct mtty_pace *pace, u64 bandwidth, u64 now)
{
	u64 owed = mul_u64_u64_div_u64(mtty_pace_early(pace, now), pace->bandwidth,
				       NSEC_PER_SEC);

	return owed && bandwidth ? now + mtty_pace_time(owed, bandwidth) : 0;
}

/**
 * mtty_pace_set() - go on at another pace
 * @pace: the pace; all zero at first; dirty bytes have been counted until now
 * @dirty_rate: bytes a second that become dirty
 * @bandwidth: bytes a second that are transferred; 0: any number
 * @now: the time
 */
void mtty_pace_set(struct mtty_pace *pace, u64 dirty_rate, u64 bandwidth, u64 now)
{
	if (bandwidth != pace->bandwidth)
		pace->ready_at = mtty_pace_ready_at(pace, bandwidth, now);
	if (dirty_rate != pace->dirty_rate)
		pace->dirty_since = now;
	pace->bandwidth = bandwidth;
	pace->dirty_rate = dirty_rate;
}

/**
 * mtty_pace_dirty_bytes() - count the bytes that have become dirty since the last count
 * @pace: the pace
 * @now: the time
 *
 * Return: whole bytes; time that has not made a whole one counts the next time
 */
u64 mtty_pace_dirty_bytes(struct mtty_pace *pace, u64 now)
{
	u64 bytes;

	if (!pace->dirty_rate)
		return 0;
	bytes = mul_u64_u64_div_u64(now - pace->dirty_since, pace->dirty_rate, NSEC_PER_SEC);
	pace->dirty_since += mtty_pace_time(bytes, pace->dirty_rate);
	return bytes;
}

/**
 * mtty_pace_next_dirty_byte() - how long it takes until a byte becomes dirty
 * @pace: the pace
 *
 * Return: nanoseconds, at most; 0 if there will be none
 */
u64 mtty_pace_next_dirty_byte(const struct mtty_pace *pace)
{
	return pace->dirty_rate ? DIV64_U64_ROUND_UP(NSEC_PER_SEC, pace->dirty_rate) : 0;
}

/**
 * mtty_pace_transferred() - count a transfer
 * @pace: the pace
 * @bytes: what has been transferred
 * @now: the time
 */
void mtty_pace_transferred(struct mtty_pace *pace, u64 bytes, u64 now)
{
	if (!pace->bandwidth)
		return;
	pace->ready_at = max(pace->ready_at, now - MTTY_PACE_SLACK) +
			 mtty_pace_time(bytes, pace->bandwidth);
}
