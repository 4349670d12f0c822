// SPDX-License-Identifier: GPL-2.0-only
/* Payload: its bytes, and what damage shows in them */
#include <kunit/test.h>

#include "../mtty_payload.c"

/* Longest part that is tried at each position */
#define LONGEST		40
/* Damage is looked for in so many bytes. */
#define WINDOW		64
/* A byte too few or too many shows so many bytes later at the latest. */
#define SHOWN_WITHIN	24

/* Odd and even ones, small and large ones, and where lower bytes of a position overflow */
static const u64 positions[] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 247, 255, 256, 0x801, 0x7f8, 65529,
	(1ULL << 32) - 9, 1ULL << 32, (1ULL << 32) + 3, (1ULL << 40) - 21, (1ULL << 40) + 5,
};

/* The format: a number at each multiple of eight, which is its position */
static u8 byte_at(u64 pos)
{
	return (pos & ~7ULL) >> (8 * (pos & 7));
}

static void payload_has_the_bytes_of_the_format(struct kunit *test)
{
	u8 buf[LONGEST + 2];
	unsigned int i, len, at;

	for (i = 0; i < ARRAY_SIZE(positions); i++) {
		for (len = 0; len <= LONGEST; len++) {
			memset(buf, 0xa5, sizeof(buf));
			mtty_payload_fill(buf + 1, positions[i], len);
			KUNIT_EXPECT_EQ(test, buf[0], 0xa5);
			KUNIT_EXPECT_EQ(test, buf[len + 1], 0xa5);
			for (at = 0; at < len; at++)
				KUNIT_EXPECT_EQ_MSG(test, buf[at + 1],
						    byte_at(positions[i] + at), "at %llu",
						    positions[i] + at);
		}
	}
}

static void payload_in_pieces_is_the_payload_at_once(struct kunit *test)
{
	u8 pieces[WINDOW], once[WINDOW];
	unsigned int i, piece, at, len;

	for (i = 0; i < ARRAY_SIZE(positions); i++) {
		mtty_payload_fill(once, positions[i], WINDOW);
		for (piece = 1; piece < 20; piece++) {
			for (at = 0; at < WINDOW; at += len) {
				len = min(piece, WINDOW - at);
				mtty_payload_fill(pieces + at, positions[i] + at, len);
				KUNIT_EXPECT_TRUE_MSG(test,
						      mtty_payload_valid(once + at,
									 positions[i] + at,
									 len),
						      "%u bytes at %llu", len,
						      positions[i] + at);
			}
			KUNIT_EXPECT_MEMEQ(test, pieces, once, WINDOW);
		}
	}
}

static void any_changed_bit_is_found(struct kunit *test)
{
	unsigned int i, len, bit;
	u8 buf[LONGEST];

	for (i = 0; i < ARRAY_SIZE(positions); i++) {
		for (len = 1; len <= LONGEST; len++) {
			mtty_payload_fill(buf, positions[i], len);
			for (bit = 0; bit < 8 * len; bit++) {
				buf[bit / 8] ^= BIT(bit % 8);
				if (mtty_payload_valid(buf, positions[i], len))
					KUNIT_FAIL(test, "bit %u of %u bytes at %llu", bit, len,
						   positions[i]);
				buf[bit / 8] ^= BIT(bit % 8);
			}
			KUNIT_EXPECT_TRUE_MSG(test, mtty_payload_valid(buf, positions[i], len),
					      "%u bytes at %llu", len, positions[i]);
		}
	}
}

static void bytes_outside_are_not_looked_at(struct kunit *test)
{
	u8 buf[LONGEST + 2];
	unsigned int i, len;

	for (i = 0; i < ARRAY_SIZE(positions); i++) {
		for (len = 0; len <= LONGEST; len++) {
			memset(buf, 0xa5, sizeof(buf));
			mtty_payload_fill(buf + 1, positions[i], len);
			KUNIT_EXPECT_TRUE_MSG(test,
					      mtty_payload_valid(buf + 1, positions[i], len),
					      "%u bytes at %llu", len, positions[i]);
		}
	}
}

static void a_lost_byte_is_found_by_the_bytes_behind_it(struct kunit *test)
{
	u8 whole[WINDOW + 1], buf[WINDOW];
	unsigned int i, lost;

	for (i = 0; i < ARRAY_SIZE(positions); i++) {
		mtty_payload_fill(whole, positions[i], sizeof(whole));
		for (lost = 0; lost < WINDOW - SHOWN_WITHIN; lost++) {
			memcpy(buf, whole, lost);
			memcpy(buf + lost, whole + lost + 1, WINDOW - lost);
			KUNIT_EXPECT_FALSE_MSG(test,
					       mtty_payload_valid(buf, positions[i],
								  lost + SHOWN_WITHIN),
					       "byte %u behind %llu", lost, positions[i]);
		}
	}
}

static void a_doubled_byte_is_found_by_the_bytes_behind_it(struct kunit *test)
{
	unsigned int i, doubled;
	u8 whole[WINDOW], buf[WINDOW];

	for (i = 0; i < ARRAY_SIZE(positions); i++) {
		mtty_payload_fill(whole, positions[i], sizeof(whole));
		for (doubled = 0; doubled < WINDOW - SHOWN_WITHIN; doubled++) {
			memcpy(buf, whole, doubled + 1);
			memcpy(buf + doubled + 1, whole + doubled, WINDOW - doubled - 1);
			KUNIT_EXPECT_FALSE_MSG(test,
					       mtty_payload_valid(buf, positions[i],
								  doubled + SHOWN_WITHIN),
					       "byte %u behind %llu", doubled, positions[i]);
		}
	}
}

/* Unless they are equal, when there is nothing to find */
static void swapped_neighbours_are_found(struct kunit *test)
{
	unsigned int i, at;
	u8 buf[WINDOW];

	for (i = 0; i < ARRAY_SIZE(positions); i++) {
		mtty_payload_fill(buf, positions[i], WINDOW);
		for (at = 0; at + 1 < WINDOW; at++) {
			swap(buf[at], buf[at + 1]);
			KUNIT_EXPECT_EQ_MSG(test, mtty_payload_valid(buf, positions[i], WINDOW),
					    buf[at] == buf[at + 1], "byte %u behind %llu", at,
					    positions[i]);
			swap(buf[at], buf[at + 1]);
		}
	}
}

static void swapped_neighbours_of_any_length_are_found(struct kunit *test)
{
	u8 whole[2 * LONGEST], buf[2 * LONGEST];
	unsigned int i, len;

	for (i = 0; i < ARRAY_SIZE(positions); i++) {
		for (len = 8; len <= LONGEST; len++) {
			mtty_payload_fill(whole, positions[i], 2 * len);
			memcpy(buf, whole + len, len);
			memcpy(buf + len, whole, len);
			KUNIT_EXPECT_FALSE_MSG(test,
					       mtty_payload_valid(buf, positions[i], 2 * len),
					       "%u bytes at %llu", len, positions[i]);
		}
	}
}

/* A loss of 4 GiB, for one, leaves a position's low 32 bits as they are. */
static void a_moved_part_is_found_however_far_it_moved(struct kunit *test)
{
	unsigned int i, shift;
	u8 buf[SHOWN_WITHIN];

	for (i = 0; i < ARRAY_SIZE(positions); i++) {
		mtty_payload_fill(buf, positions[i], sizeof(buf));
		for (shift = 0; shift <= 40; shift++)
			KUNIT_EXPECT_FALSE_MSG(test,
					       mtty_payload_valid(buf,
								  positions[i] + (1ULL << shift),
								  sizeof(buf)),
					       "%llu, 2^%u further", positions[i], shift);
	}
}

static struct kunit_case payload_cases[] = {
	KUNIT_CASE(payload_has_the_bytes_of_the_format),
	KUNIT_CASE(payload_in_pieces_is_the_payload_at_once),
	KUNIT_CASE(any_changed_bit_is_found),
	KUNIT_CASE(bytes_outside_are_not_looked_at),
	KUNIT_CASE(a_lost_byte_is_found_by_the_bytes_behind_it),
	KUNIT_CASE(a_doubled_byte_is_found_by_the_bytes_behind_it),
	KUNIT_CASE(swapped_neighbours_are_found),
	KUNIT_CASE(swapped_neighbours_of_any_length_are_found),
	KUNIT_CASE(a_moved_part_is_found_however_far_it_moved),
	{}
};

static struct kunit_suite payload_suite = {
	.name = "mtty_payload",
	.test_cases = payload_cases,
};

kunit_test_suite(payload_suite);
