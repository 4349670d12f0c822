// SPDX-License-Identifier: GPL-2.0-only
/* Pace of a data file: how many bytes become dirty, and when more can be transferred */
#include <kunit/test.h>
#include <linux/sizes.h>

#include "../mtty_pace.c"

/* Too large for a long of 32 bits, if multiplied */
#define SEC	((u64)NSEC_PER_SEC)
#define BEGIN	(1000 * SEC)

static struct mtty_pace pace_with(u64 dirty_rate, u64 bandwidth)
{
	struct mtty_pace pace = {};

	mtty_pace_set(&pace, dirty_rate, bandwidth, BEGIN);
	return pace;
}

static void bytes_become_dirty_at_the_rate(struct kunit *test)
{
	struct mtty_pace pace = pace_with(1000, 0);

	KUNIT_EXPECT_EQ(test, mtty_pace_dirty_bytes(&pace, BEGIN), 0);
	KUNIT_EXPECT_EQ(test, mtty_pace_dirty_bytes(&pace, BEGIN + SEC), 1000);
	KUNIT_EXPECT_EQ(test, mtty_pace_dirty_bytes(&pace, BEGIN + SEC), 0);
	KUNIT_EXPECT_EQ(test, mtty_pace_dirty_bytes(&pace, BEGIN + 4 * SEC), 3000);
}

/* However often somebody looks: 1.5 ms at 1000 bytes a second is a byte and a half. */
static void parts_of_bytes_add_up(struct kunit *test)
{
	struct mtty_pace pace = pace_with(1000, 0);
	u64 bytes = 0;
	int i;

	for (i = 1; i <= 1000; i++)
		bytes += mtty_pace_dirty_bytes(&pace, BEGIN + i * 1500 * NSEC_PER_USEC);
	KUNIT_EXPECT_EQ(test, bytes, 1500);
}

static void rates_and_times_can_be_large(struct kunit *test)
{
	struct mtty_pace pace = pace_with(SZ_1T, 0);

	KUNIT_EXPECT_EQ(test, mtty_pace_dirty_bytes(&pace, BEGIN + 1000 * SEC),
			1000 * SZ_1T);
}

static void the_next_dirty_byte_comes_in_time(struct kunit *test)
{
	struct mtty_pace pace = pace_with(3, 0), none = pace_with(0, 0);
	u64 ns = mtty_pace_next_dirty_byte(&pace);

	KUNIT_EXPECT_EQ(test, ns, 333333334);
	KUNIT_EXPECT_EQ(test, mtty_pace_dirty_bytes(&pace, BEGIN + ns - 1), 0);
	KUNIT_EXPECT_EQ(test, mtty_pace_dirty_bytes(&pace, BEGIN + ns), 1);
	KUNIT_EXPECT_EQ(test, mtty_pace_next_dirty_byte(&none), 0);
	KUNIT_EXPECT_EQ(test, mtty_pace_dirty_bytes(&none, BEGIN + SEC), 0);
}

static void a_transfer_has_to_last_as_long_as_the_bandwidth_says(struct kunit *test)
{
	struct mtty_pace pace = pace_with(0, 1000);
	u64 slack = 20 * NSEC_PER_MSEC;

	KUNIT_EXPECT_EQ(test, mtty_pace_early(&pace, BEGIN), 0);
	mtty_pace_transferred(&pace, 500, BEGIN);
	KUNIT_EXPECT_EQ(test, mtty_pace_early(&pace, BEGIN), SEC / 2 - slack);
	mtty_pace_transferred(&pace, 500, BEGIN);
	KUNIT_EXPECT_EQ(test, mtty_pace_early(&pace, BEGIN), SEC - slack);
	KUNIT_EXPECT_EQ(test, mtty_pace_early(&pace, BEGIN + SEC - slack), 0);
}

/* A pause earns no right to a burst afterwards. */
static void time_that_nobody_used_is_lost(struct kunit *test)
{
	struct mtty_pace pace = pace_with(0, 1000);
	u64 later = BEGIN + 3600 * SEC;

	mtty_pace_transferred(&pace, 500, BEGIN);
	mtty_pace_transferred(&pace, 500, later);
	KUNIT_EXPECT_EQ(test, mtty_pace_early(&pace, later), 480 * NSEC_PER_MSEC);
}

static void what_is_owed_is_paid_at_the_new_bandwidth(struct kunit *test)
{
	struct mtty_pace pace = pace_with(0, 1000);
	u64 slack = 20 * NSEC_PER_MSEC;

	mtty_pace_transferred(&pace, 5020, BEGIN);
	mtty_pace_set(&pace, 0, 500, BEGIN + SEC);
	KUNIT_EXPECT_EQ(test, mtty_pace_early(&pace, BEGIN + SEC), 8 * SEC);
	mtty_pace_set(&pace, 7, 500, BEGIN + 2 * SEC);
	KUNIT_EXPECT_EQ(test, mtty_pace_early(&pace, BEGIN + 2 * SEC), 7 * SEC);
	mtty_pace_set(&pace, 7, 0, BEGIN + 2 * SEC);
	KUNIT_EXPECT_EQ(test, mtty_pace_early(&pace, BEGIN + 2 * SEC), 0);
	mtty_pace_set(&pace, 7, 1000, BEGIN + 2 * SEC);
	mtty_pace_transferred(&pace, 1000, BEGIN + 2 * SEC);
	KUNIT_EXPECT_EQ(test, mtty_pace_early(&pace, BEGIN + 2 * SEC), SEC - slack);
}

static void another_bandwidth_leaves_the_dirty_bytes_alone(struct kunit *test)
{
	struct mtty_pace pace = pace_with(1000, 1000);

	mtty_pace_set(&pace, 1000, 5, BEGIN + SEC / 2);
	KUNIT_EXPECT_EQ(test, mtty_pace_dirty_bytes(&pace, BEGIN + SEC), 1000);
	mtty_pace_set(&pace, 10, 5, BEGIN + SEC);
	KUNIT_EXPECT_EQ(test, mtty_pace_dirty_bytes(&pace, BEGIN + 2 * SEC), 10);
}

static void without_a_bandwidth_nothing_is_too_early(struct kunit *test)
{
	struct mtty_pace pace = pace_with(0, 0);

	mtty_pace_transferred(&pace, SZ_1T, BEGIN);
	KUNIT_EXPECT_EQ(test, mtty_pace_early(&pace, BEGIN), 0);
}

static struct kunit_case pace_cases[] = {
	KUNIT_CASE(bytes_become_dirty_at_the_rate),
	KUNIT_CASE(parts_of_bytes_add_up),
	KUNIT_CASE(rates_and_times_can_be_large),
	KUNIT_CASE(the_next_dirty_byte_comes_in_time),
	KUNIT_CASE(a_transfer_has_to_last_as_long_as_the_bandwidth_says),
	KUNIT_CASE(time_that_nobody_used_is_lost),
	KUNIT_CASE(what_is_owed_is_paid_at_the_new_bandwidth),
	KUNIT_CASE(another_bandwidth_leaves_the_dirty_bytes_alone),
	KUNIT_CASE(without_a_bandwidth_nothing_is_too_early),
	{}
};

static struct kunit_suite pace_suite = {
	.name = "mtty_pace",
	.test_cases = pace_cases,
};

kunit_test_suite(pace_suite);
