// SPDX-License-Identifier: GPL-2.0-only
/* The stream of a device that is being saved: its parts, and how much is left */
#include <kunit/test.h>
#include <linux/math64.h>

#include "../mtty_saving.c"

#define HEADER		24
#define HEAD		16
#define RECORD		36
#define END		(HEAD + 8)

/* Most payload that fits into one part */
#define CHUNK		(MTTY_SAVING_PART_MAX - HEAD)

/* A stream, and how much of its payload has been seen */
struct walk {
	struct kunit *test;
	struct mtty_saving saving;
	u64 payload;
	u8 buf[MTTY_SAVING_PART_MAX];
};

static struct walk *walk_new(struct kunit *test, unsigned int nr_ports, u64 state_size,
			     u64 precopy_size)
{
	struct walk *walk = kunit_kzalloc(test, sizeof(*walk), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, walk);
	walk->test = test;
	mtty_saving_init(&walk->saving, nr_ports, state_size, precopy_size);
	for (i = 0; i < nr_ports; i++)
		memset(&walk->saving.records[i], 0x11 * (i + 1), RECORD);
	return walk;
}

static void expect_nothing(struct walk *walk)
{
	KUNIT_EXPECT_EQ(walk->test, mtty_saving_available(&walk->saving), 0);
	KUNIT_EXPECT_EQ(walk->test, mtty_saving_next(&walk->saving, walk->buf), 0);
}

static void expect_header(struct walk *walk, u8 minor)
{
	const u8 expected[HEADER] = {
		0x4e, 0x2c, 0x3e, 0x8c, 0x89, 0x09, 0x9d, 0x7e, 1, [12] = minor,
		[16] = walk->saving.nr_ports,
	};

	KUNIT_EXPECT_EQ(walk->test, mtty_saving_next(&walk->saving, walk->buf), HEADER);
	KUNIT_EXPECT_MEMEQ(walk->test, walk->buf, expected, HEADER);
}

static void expect_records(struct walk *walk, const u8 *bytes)
{
	unsigned int i;

	for (i = 0; i < walk->saving.nr_ports * RECORD; i++)
		KUNIT_EXPECT_EQ_MSG(walk->test, bytes[i], 0x11 * (i / RECORD + 1), "byte %u", i);
}

/* A chunk without flags; its type, length and number of bytes */
static void expect_chunk(struct walk *walk, u32 type, u64 length)
{
	u8 expected[HEAD] = { type };
	unsigned int i;

	for (i = 0; i < 8; i++)
		expected[8 + i] = length >> (8 * i);
	KUNIT_EXPECT_EQ(walk->test, mtty_saving_next(&walk->saving, walk->buf), HEAD + length);
	KUNIT_EXPECT_MEMEQ(walk->test, walk->buf, expected, HEAD);
}

static void expect_payload(struct walk *walk, u64 length)
{
	KUNIT_ASSERT_LE(walk->test, length, CHUNK);
	expect_chunk(walk, 1, length);
	KUNIT_EXPECT_TRUE_MSG(walk->test,
			      mtty_payload_valid(walk->buf + HEAD, walk->payload, length),
			      "%llu bytes at %llu", length, walk->payload);
	walk->payload += length;
}

static void expect_ports_and_end(struct walk *walk)
{
	__le64 payload = cpu_to_le64(walk->payload);

	expect_chunk(walk, 2, walk->saving.nr_ports * RECORD);
	expect_records(walk, walk->buf + HEAD);
	expect_chunk(walk, 3, 8);
	KUNIT_EXPECT_MEMEQ(walk->test, walk->buf + HEAD, (u8 *)&payload, 8);
	expect_nothing(walk);
	KUNIT_EXPECT_EQ(walk->test, mtty_saving_size(&walk->saving), 0);
}

static void without_payload_the_stream_is_of_version_1_0(struct kunit *test)
{
	struct walk *walk;
	unsigned int ports;

	for (ports = 1; ports <= 2; ports++) {
		walk = walk_new(test, ports, 0, 0);
		KUNIT_EXPECT_EQ(test, mtty_saving_size(&walk->saving), 24 + 36 * ports);
		expect_header(walk, 0);
		expect_nothing(walk);
		mtty_saving_make_dirty(&walk->saving, 4096);
		mtty_saving_reinit(&walk->saving);
		expect_nothing(walk);
		KUNIT_EXPECT_EQ(test, mtty_saving_size(&walk->saving), 36 * ports);
		mtty_saving_stop(&walk->saving);
		KUNIT_EXPECT_EQ(test, mtty_saving_next(&walk->saving, walk->buf), 36 * ports);
		expect_records(walk, walk->buf);
		expect_nothing(walk);
		KUNIT_EXPECT_EQ(test, mtty_saving_size(&walk->saving), 0);
	}
}

static void without_precopy_everything_comes_when_the_device_has_stopped(struct kunit *test)
{
	struct walk *walk = walk_new(test, 2, 100, 60);

	mtty_saving_stop(&walk->saving);
	expect_header(walk, 1);
	expect_payload(walk, 60);
	expect_payload(walk, 40);
	expect_ports_and_end(walk);

	walk = walk_new(test, 1, 0, 0);
	mtty_saving_stop(&walk->saving);
	KUNIT_EXPECT_EQ(test, mtty_saving_next(&walk->saving, walk->buf), HEADER + RECORD);
	expect_records(walk, walk->buf + HEADER);
	expect_nothing(walk);
}

static void parts_come_in_their_order(struct kunit *test)
{
	struct walk *walk = walk_new(test, 2, 2 * (CHUNK + 900), CHUNK + 900);

	expect_header(walk, 1);
	expect_payload(walk, CHUNK);
	mtty_saving_make_dirty(&walk->saving, 700);
	expect_payload(walk, 900);
	expect_payload(walk, 700);
	expect_nothing(walk);
	mtty_saving_make_dirty(&walk->saving, CHUNK + 30);
	expect_payload(walk, CHUNK);
	mtty_saving_stop(&walk->saving);
	expect_payload(walk, 30);
	expect_payload(walk, CHUNK);
	expect_payload(walk, 900);
	expect_ports_and_end(walk);
}

static void a_stop_before_all_initial_data_loses_none_of_it(struct kunit *test)
{
	struct walk *walk = walk_new(test, 1, 3 * CHUNK, 2 * CHUNK);

	expect_header(walk, 1);
	expect_payload(walk, CHUNK);
	mtty_saving_make_dirty(&walk->saving, 5);
	mtty_saving_stop(&walk->saving);
	expect_payload(walk, CHUNK);
	expect_payload(walk, 5);
	expect_payload(walk, CHUNK);
	expect_ports_and_end(walk);
}

static void precopy_transfers_no_more_than_its_part(struct kunit *test)
{
	struct walk *walk = walk_new(test, 1, 200, 0);

	expect_header(walk, 1);
	mtty_saving_make_dirty(&walk->saving, 4096);
	expect_nothing(walk);
	mtty_saving_stop(&walk->saving);
	expect_payload(walk, 200);
	expect_ports_and_end(walk);

	walk = walk_new(test, 1, 200, 200);
	expect_header(walk, 1);
	expect_payload(walk, 200);
	expect_nothing(walk);
	mtty_saving_stop(&walk->saving);
	expect_ports_and_end(walk);
}

/* Only what has been transferred can be dirty, and not twice. */
static void dirty_data_are_at_most_what_has_been_transferred(struct kunit *test)
{
	struct walk *walk = walk_new(test, 1, 3 * CHUNK, 2 * CHUNK);
	struct mtty_saving *saving = &walk->saving;

	mtty_saving_make_dirty(saving, U64_MAX);
	KUNIT_EXPECT_EQ(test, mtty_saving_dirty_bytes(saving), 0);
	expect_header(walk, 1);
	mtty_saving_make_dirty(saving, U64_MAX);
	KUNIT_EXPECT_EQ(test, mtty_saving_dirty_bytes(saving), 0);
	expect_payload(walk, CHUNK);
	mtty_saving_make_dirty(saving, 10);
	KUNIT_EXPECT_EQ(test, mtty_saving_dirty_bytes(saving), HEAD + 10);
	mtty_saving_make_dirty(saving, CHUNK);
	KUNIT_EXPECT_EQ(test, mtty_saving_dirty_bytes(saving), HEAD + CHUNK);
	expect_payload(walk, CHUNK);
	mtty_saving_make_dirty(saving, U64_MAX);
	mtty_saving_make_dirty(saving, U64_MAX);
	KUNIT_EXPECT_EQ(test, mtty_saving_dirty_bytes(saving), 2 * (HEAD + CHUNK));
	KUNIT_EXPECT_EQ(test, mtty_saving_initial_bytes(saving), 0);
	expect_payload(walk, CHUNK);
	KUNIT_EXPECT_EQ(test, mtty_saving_dirty_bytes(saving), HEAD + CHUNK);
	mtty_saving_make_dirty(saving, U64_MAX);
	KUNIT_EXPECT_EQ(test, mtty_saving_dirty_bytes(saving), 2 * (HEAD + CHUNK));
}

static void reinit_begins_anew_with_the_initial_data(struct kunit *test)
{
	struct walk *walk = walk_new(test, 2, 300, 200);
	struct mtty_saving *saving = &walk->saving;

	expect_header(walk, 1);
	expect_payload(walk, 200);
	mtty_saving_make_dirty(saving, 50);
	mtty_saving_reinit(saving);
	KUNIT_EXPECT_EQ(test, mtty_saving_initial_bytes(saving), HEAD + 200);
	KUNIT_EXPECT_EQ(test, mtty_saving_dirty_bytes(saving), 0);
	mtty_saving_make_dirty(saving, U64_MAX);
	KUNIT_EXPECT_EQ(test, mtty_saving_dirty_bytes(saving), 0);
	expect_payload(walk, 200);
	mtty_saving_stop(saving);
	expect_payload(walk, 100);
	expect_ports_and_end(walk);
}

static void reinit_before_the_first_read_changes_nothing(struct kunit *test)
{
	struct walk *walk = walk_new(test, 1, 300, 200);

	mtty_saving_reinit(&walk->saving);
	expect_header(walk, 1);
	expect_payload(walk, 200);
	expect_nothing(walk);
}

static void was_initial_tells_initial_from_dirty_data(struct kunit *test)
{
	struct walk *walk = walk_new(test, 1, 300, 200);

	expect_header(walk, 1);
	KUNIT_EXPECT_TRUE(test, walk->saving.was_initial);
	expect_payload(walk, 200);
	KUNIT_EXPECT_TRUE(test, walk->saving.was_initial);
	mtty_saving_make_dirty(&walk->saving, 7);
	expect_payload(walk, 7);
	KUNIT_EXPECT_FALSE(test, walk->saving.was_initial);
	mtty_saving_reinit(&walk->saving);
	expect_payload(walk, 200);
	KUNIT_EXPECT_TRUE(test, walk->saving.was_initial);
}

/* Length of what comes before nothing does, from a copy */
static u64 length_of_all(struct walk *walk, bool stop)
{
	struct mtty_saving copy = walk->saving;
	u64 length = 0;
	size_t len;

	if (stop)
		mtty_saving_stop(&copy);
	while ((len = mtty_saving_next(&copy, walk->buf))) {
		KUNIT_EXPECT_LE(walk->test, len, MTTY_SAVING_PART_MAX);
		length += len;
	}
	return length;
}

/* Length of the initial data that come first in PRE_COPY, from a copy */
static u64 length_of_initial(struct walk *walk)
{
	struct mtty_saving copy = walk->saving;
	u64 length = 0;
	size_t len;

	while ((len = mtty_saving_next(&copy, walk->buf)) && copy.was_initial)
		length += len;
	return length;
}

static void expect_numbers(struct walk *walk)
{
	const struct mtty_saving *saving = &walk->saving;
	const u64 available = length_of_all(walk, false);
	struct kunit *test = walk->test;
	u64 initial;

	KUNIT_EXPECT_EQ(test, mtty_saving_available(saving), available);
	if (saving->stopped) {
		KUNIT_EXPECT_EQ(test, mtty_saving_size(saving), available);
		return;
	}
	initial = length_of_initial(walk);
	KUNIT_EXPECT_EQ(test, mtty_saving_initial_bytes(saving), initial);
	KUNIT_EXPECT_EQ(test, mtty_saving_dirty_bytes(saving), available - initial);
	KUNIT_EXPECT_EQ(test, mtty_saving_size(saving), length_of_all(walk, true));
}

/* What happens to a stream in PRE_COPY before that step */
static void disturb(struct mtty_saving *saving, unsigned int step)
{
	if (step == 4)
		mtty_saving_reinit(saving);
	else if (step % 3 == 2)
		mtty_saving_make_dirty(saving, 1000 * step);
}

static void walk_with_numbers(struct walk *walk, unsigned int stop_at)
{
	struct mtty_saving *saving = &walk->saving;
	unsigned int step;
	size_t len = 0;
	u64 left;

	for (step = 0; len || step <= stop_at; step++) {
		if (step < stop_at)
			disturb(saving, step);
		else
			mtty_saving_stop(saving);
		expect_numbers(walk);
		left = mtty_saving_available(saving);
		len = mtty_saving_next(saving, walk->buf);
		KUNIT_EXPECT_EQ_MSG(walk->test, mtty_saving_available(saving), left - len,
				    "step %u", step);
	}
	KUNIT_EXPECT_EQ(walk->test, mtty_saving_size(saving), 0);
}

static void what_is_left_is_known_at_every_step(struct kunit *test)
{
	static const u64 sizes[] = { 0, 1, CHUNK, CHUNK + 1, 2 * CHUNK + 100 };
	static const unsigned int stops[] = { 0, 1, 3, 9 };
	unsigned int state, precopy, i;

	for (state = 0; state < ARRAY_SIZE(sizes); state++)
		for (precopy = 0; precopy <= state; precopy++)
			for (i = 0; i < ARRAY_SIZE(stops); i++)
				walk_with_numbers(walk_new(test, 1 + i % 2, sizes[state],
							   sizes[precopy]), stops[i]);
}

/* As with a payload that nobody wants to read */
static void a_terabyte_is_known_as_well(struct kunit *test)
{
	const u64 state = 1ULL << 40, precopy = 1ULL << 39;
	const struct walk *walk = walk_new(test, 2, state, precopy);
	const u64 initial = precopy + (div_u64(precopy, CHUNK) + 1) * HEAD;

	KUNIT_EXPECT_EQ(test, mtty_saving_initial_bytes(&walk->saving), HEADER + initial);
	KUNIT_EXPECT_EQ(test, mtty_saving_size(&walk->saving),
			HEADER + 2 * initial + HEAD + 2 * RECORD + END);
}

static struct kunit_case saving_cases[] = {
	KUNIT_CASE(without_payload_the_stream_is_of_version_1_0),
	KUNIT_CASE(without_precopy_everything_comes_when_the_device_has_stopped),
	KUNIT_CASE(parts_come_in_their_order),
	KUNIT_CASE(a_stop_before_all_initial_data_loses_none_of_it),
	KUNIT_CASE(precopy_transfers_no_more_than_its_part),
	KUNIT_CASE(dirty_data_are_at_most_what_has_been_transferred),
	KUNIT_CASE(reinit_begins_anew_with_the_initial_data),
	KUNIT_CASE(reinit_before_the_first_read_changes_nothing),
	KUNIT_CASE(was_initial_tells_initial_from_dirty_data),
	KUNIT_CASE(what_is_left_is_known_at_every_step),
	KUNIT_CASE(a_terabyte_is_known_as_well),
	{}
};

static struct kunit_suite saving_suite = {
	.name = "mtty_saving",
	.test_cases = saving_cases,
};

kunit_test_suite(saving_suite);
