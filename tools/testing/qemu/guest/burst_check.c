// SPDX-License-Identifier: GPL-2.0-only
/*
 * A byte stream in which every byte is computed from its position, and the check of
 * what came back.
 *
 * If the two differ, we assume the smallest change after which SYNC bytes fit again:
 * the bytes are random, so a wrong guess is practically impossible.
 */
#include <string.h>

#include "burst_check.h"

#define SYNC	8

unsigned char burst_byte(uint64_t seed, uint64_t pos)
{
	uint64_t x = (seed << 56) + pos * 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x >> 56;
}

static bool fits(const struct burst_check *check, size_t from, uint64_t pos, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (check->hold[from + i] != burst_byte(check->seed, pos + i))
			return false;
	return true;
}

static void drop(struct burst_check *check, size_t len)
{
	check->held -= len;
	memmove(check->hold, check->hold + len, check->held);
}

static bool same_bytes(const struct burst_check *check, size_t len)
{
	int balance[256] = { 0 };
	size_t i;

	for (i = 0; i < len; i++) {
		balance[check->hold[i]]++;
		balance[burst_byte(check->seed, check->pos + i)]--;
	}
	for (i = 0; i < 256; i++)
		if (balance[i])
			return false;
	return true;
}

static void replaced(struct burst_check *check, size_t len)
{
	if (same_bytes(check, len))
		check->reordered += len;
	else
		check->corrupted += len;
	check->pos += len;
	drop(check, len);
}

static void missing(struct burst_check *check, uint64_t len)
{
	check->lost += len;
	check->gap_pos = check->pos;
	check->gap_len = len;
	check->pos += len;
}

static void surplus(struct burst_check *check, size_t len)
{
	if (len == check->gap_len && fits(check, 0, check->gap_pos, len)) {
		check->lost -= len;
		check->reordered += len;
		check->gap_len = 0;
	} else if (len <= check->pos && fits(check, 0, check->pos - len, len)) {
		check->duplicated += len;
	} else {
		check->foreign += len;
	}
	drop(check, len);
}

static void accept(struct burst_check *check)
{
	size_t len = 0;

	while (len < check->held && fits(check, len, check->pos + len, 1))
		len++;
	check->pos += len;
	drop(check, len);
}

static bool explain(struct burst_check *check)
{
	size_t len;

	for (len = 1; len < BURST_CHECK_HOLD && check->held >= SYNC; len++) {
		bool long_enough = check->held >= len + SYNC;

		if (long_enough && fits(check, len, check->pos + len, SYNC))
			replaced(check, len);
		else if (long_enough && fits(check, len, check->pos, SYNC))
			surplus(check, len);
		else if (fits(check, 0, check->pos + len, SYNC))
			missing(check, len);
		else
			continue;
		return true;
	}
	return false;
}

static void settle(struct burst_check *check)
{
	accept(check);
	while (check->held && explain(check))
		accept(check);
}

void burst_check_feed(struct burst_check *check, const unsigned char *bytes, size_t len)
{
	while (len) {
		size_t room = BURST_CHECK_HOLD - check->held;
		size_t part = len < room ? len : room;

		memcpy(check->hold + check->held, bytes, part);
		check->held += part;
		bytes += part;
		len -= part;
		settle(check);
		if (check->held == BURST_CHECK_HOLD)
			replaced(check, check->held);
	}
}

/* No more bytes come, so fewer than SYNC bytes may have to show what happened. */
void burst_check_end(struct burst_check *check, uint64_t sent)
{
	uint64_t left = sent - check->pos;
	size_t extra;

	if (check->held <= left) {
		if (fits(check, 0, sent - check->held, check->held))
			missing(check, left - check->held);
		else
			replaced(check, check->held);
	} else {
		extra = check->held - left;
		if (fits(check, extra, check->pos, left)) {
			surplus(check, extra);
		} else {
			replaced(check, left);
			surplus(check, extra);
		}
	}
	accept(check);
	if (check->pos < sent)
		missing(check, sent - check->pos);
}

bool burst_check_clean(const struct burst_check *check)
{
	return !(check->lost || check->duplicated || check->reordered ||
		 check->corrupted || check->foreign);
}
