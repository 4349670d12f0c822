/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BURST_CHECK_H
#define BURST_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BURST_CHECK_HOLD	8192

/**
 * struct burst_check - the state of checking one port's stream
 * @seed: makes the streams of the ports different
 * @pos: stream position of the next byte expected
 * @lost: bytes that never came
 * @duplicated: bytes that came more than once
 * @reordered: bytes that came, but not in their place
 * @corrupted: bytes that came as something else
 * @foreign: bytes that nobody sent
 * @gap_pos: position of the last loss, to recognise its bytes if they come late
 * @gap_len: number of bytes lost there
 * @held: number of bytes in @hold
 * @hold: received bytes that do not fit and are not explained yet
 */
struct burst_check {
	uint64_t seed;
	uint64_t pos;
	uint64_t lost;
	uint64_t duplicated;
	uint64_t reordered;
	uint64_t corrupted;
	uint64_t foreign;
	uint64_t gap_pos;
	uint64_t gap_len;
	size_t held;
	unsigned char hold[BURST_CHECK_HOLD];
};

unsigned char burst_byte(uint64_t seed, uint64_t pos);
void burst_check_feed(struct burst_check *check, const unsigned char *bytes, size_t len);
void burst_check_end(struct burst_check *check, uint64_t sent);
bool burst_check_clean(const struct burst_check *check);

#endif
