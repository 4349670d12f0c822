// SPDX-License-Identifier: GPL-2.0-only
/* A stream of version 1.1 that arrives: what is accepted, and when the rest is refused */
#include <kunit/test.h>

#include "../mtty_payload.h"
#include "../mtty_resuming.c"
#include "../mtty_saving.h"

#define HEADER		24
#define HEAD		16
#define RECORD		36
#define PORTS		2
#define LONGEST		8192

enum { PAYLOAD = 1, RECORDS = 2, END = 3, UNKNOWN = 99 };

struct stream {
	size_t len;
	u64 payload;
	u8 bytes[LONGEST];
};

static struct stream *stream_new(struct kunit *test)
{
	struct stream *stream = kunit_kzalloc(test, sizeof(*stream), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stream);
	return stream;
}

static void put(struct stream *stream, const void *bytes, size_t count)
{
	memcpy(stream->bytes + stream->len, bytes, count);
	stream->len += count;
}

static void put_header(struct stream *stream)
{
	static const u8 header[HEADER] = {
		0x4e, 0x2c, 0x3e, 0x8c, 0x89, 0x09, 0x9d, 0x7e, 1, [12] = 1, [16] = PORTS,
	};

	put(stream, header, sizeof(header));
}

static void put_head(struct stream *stream, u32 type, u32 flags, u64 length)
{
	const __le32 words[] = { cpu_to_le32(type), cpu_to_le32(flags) };
	const __le64 le_length = cpu_to_le64(length);

	put(stream, words, sizeof(words));
	put(stream, &le_length, sizeof(le_length));
}

static void put_payload(struct stream *stream, size_t length)
{
	put_head(stream, PAYLOAD, 0, length);
	mtty_payload_fill(stream->bytes + stream->len, stream->payload, length);
	stream->len += length;
	stream->payload += length;
}

/* A port after a reset; @nr is in its scratch register. */
static struct mtty_stream_port record(unsigned int nr)
{
	struct mtty_stream_port port;
	struct mtty_uart uart;

	mtty_uart_reset(&uart);
	uart.scr = nr;
	mtty_stream_save_port(&port, &uart);
	return port;
}

static void put_ports(struct stream *stream)
{
	const struct mtty_stream_port records[PORTS] = { record(1), record(2) };

	put_head(stream, RECORDS, 0, sizeof(records));
	put(stream, records, sizeof(records));
}

static void put_end(struct stream *stream)
{
	const __le64 payload = cpu_to_le64(stream->payload);

	put_head(stream, END, 0, sizeof(payload));
	put(stream, &payload, sizeof(payload));
}

/* A small stream with all kinds of chunks */
static struct stream *small_stream(struct kunit *test)
{
	struct stream *stream = stream_new(test);

	put_header(stream);
	put_payload(stream, 21);
	put_payload(stream, 79);
	put_ports(stream);
	put_end(stream);
	return stream;
}

static int check(const u8 *bytes, size_t len)
{
	struct mtty_resuming resuming = {};

	mtty_resuming_init(&resuming, PORTS);
	return mtty_resuming_write(&resuming, bytes, len);
}

static bool loads(const u8 *bytes, size_t len)
{
	struct mtty_resuming resuming = {};

	mtty_resuming_init(&resuming, PORTS);
	return !mtty_resuming_write(&resuming, bytes, len) && mtty_resuming_complete(&resuming);
}

static void expect_loads(struct kunit *test, const struct stream *stream)
{
	KUNIT_EXPECT_TRUE(test, loads(stream->bytes, stream->len));
}

/* The last byte that is there is the one that is refused. */
static void expect_refused_now(struct kunit *test, const struct stream *stream)
{
	KUNIT_EXPECT_EQ(test, check(stream->bytes, stream->len - 1), 0);
	KUNIT_EXPECT_EQ(test, check(stream->bytes, stream->len), -EINVAL);
}

/* What a device sends that has so much payload */
static struct stream *saved_stream(struct kunit *test, u64 state_size, u64 precopy_size)
{
	struct stream *stream = stream_new(test);
	struct mtty_saving saving = { .records = { record(1), record(2) } };
	size_t len;

	mtty_saving_init(&saving, PORTS, state_size, precopy_size);
	while ((len = mtty_saving_next(&saving, stream->bytes + stream->len)))
		stream->len += len;
	mtty_saving_make_dirty(&saving, 77);
	mtty_saving_stop(&saving);
	while ((len = mtty_saving_next(&saving, stream->bytes + stream->len)))
		stream->len += len;
	return stream;
}

static void expect_loads_in_pieces(struct kunit *test, const struct stream *stream,
				   size_t piece)
{
	const struct mtty_stream_port records[PORTS] = { record(1), record(2) };
	struct mtty_resuming resuming = {};
	size_t at, len;

	mtty_resuming_init(&resuming, PORTS);
	for (at = 0; at < stream->len; at += len) {
		KUNIT_EXPECT_FALSE_MSG(test, mtty_resuming_complete(&resuming), "after %zu", at);
		len = min(piece, stream->len - at);
		KUNIT_EXPECT_EQ_MSG(test,
				    mtty_resuming_write(&resuming, stream->bytes + at, len), 0,
				    "%zu bytes at %zu", len, at);
		KUNIT_EXPECT_EQ(test, resuming.pos, at + len);
	}
	KUNIT_EXPECT_TRUE_MSG(test, mtty_resuming_complete(&resuming), "in pieces of %zu",
			      piece);
	KUNIT_EXPECT_MEMEQ(test, (u8 *)resuming.records, (const u8 *)records, sizeof(records));
}

static void what_is_saved_loads_in_pieces_of_any_length(struct kunit *test)
{
	static const u16 sizes[][2] = { { 0, 0 }, { 1, 0 }, { 100, 60 }, { 3700, 3600 } };
	struct stream *stream;
	unsigned int i;
	size_t piece;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		stream = saved_stream(test, sizes[i][0], sizes[i][1]);
		for (piece = 1; piece < 300; piece++)
			expect_loads_in_pieces(test, stream, piece);
		expect_loads_in_pieces(test, stream, stream->len - 1);
		expect_loads_in_pieces(test, stream, stream->len);
	}
}

static void a_device_without_payload_takes_one(struct kunit *test)
{
	expect_loads(test, small_stream(test));
}

static void an_empty_write_changes_nothing(struct kunit *test)
{
	const struct stream *stream = small_stream(test);
	struct mtty_resuming resuming = {};
	size_t at;

	mtty_resuming_init(&resuming, PORTS);
	for (at = 0; at < stream->len; at++) {
		KUNIT_EXPECT_EQ(test, mtty_resuming_write(&resuming, NULL, 0), 0);
		KUNIT_EXPECT_EQ(test, mtty_resuming_write(&resuming, stream->bytes + at, 1), 0);
	}
	KUNIT_EXPECT_EQ(test, mtty_resuming_write(&resuming, NULL, 0), 0);
	KUNIT_EXPECT_TRUE(test, mtty_resuming_complete(&resuming));
}

static void a_stream_without_its_last_bytes_does_not_load(struct kunit *test)
{
	const struct stream *stream = small_stream(test);
	size_t len;

	for (len = 0; len < stream->len; len++) {
		KUNIT_EXPECT_EQ_MSG(test, check(stream->bytes, len), 0, "%zu bytes", len);
		KUNIT_EXPECT_FALSE_MSG(test, loads(stream->bytes, len), "%zu bytes", len);
	}
}

static void a_byte_behind_the_end_is_refused(struct kunit *test)
{
	struct stream *stream = small_stream(test);

	stream->len++;
	expect_refused_now(test, stream);
	stream->len--;
	put_payload(stream, 8);
	KUNIT_EXPECT_FALSE(test, loads(stream->bytes, stream->len));
}

/* Offsets in small_stream() */
#define AT_FIRST_HEAD	HEADER
#define AT_SECOND_HEAD	(AT_FIRST_HEAD + HEAD + 21)
#define AT_PORTS	(AT_SECOND_HEAD + HEAD + 79)
#define AT_RECORDS	(AT_PORTS + HEAD)
#define AT_END		(AT_RECORDS + PORTS * RECORD)

/* Most bits of a record can have any value, and a known chunk may well be optional. */
static bool may_change(size_t at, unsigned int bit)
{
	static const size_t flags[] = {
		AT_FIRST_HEAD + 4, AT_SECOND_HEAD + 4, AT_PORTS + 4, AT_END + 4,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (at == flags[i] && !bit)
			return true;
	return at >= AT_RECORDS && at < AT_END;
}

static void any_changed_bit_is_refused_at_the_end_at_the_latest(struct kunit *test)
{
	struct stream *stream = small_stream(test);
	unsigned int bit;
	size_t at;

	for (at = 0; at < stream->len; at++) {
		for (bit = 0; bit < 8; bit++) {
			if (may_change(at, bit))
				continue;
			stream->bytes[at] ^= BIT(bit);
			if (loads(stream->bytes, stream->len))
				KUNIT_FAIL(test, "bit %u of byte %zu changed", bit, at);
			stream->bytes[at] ^= BIT(bit);
		}
	}
	expect_loads(test, stream);
}

static void any_lost_byte_is_refused_at_the_end_at_the_latest(struct kunit *test)
{
	const struct stream *stream = small_stream(test);
	struct stream *damaged = stream_new(test);
	size_t lost;

	for (lost = 0; lost < stream->len; lost++) {
		damaged->len = 0;
		put(damaged, stream->bytes, lost);
		put(damaged, stream->bytes + lost + 1, stream->len - lost - 1);
		KUNIT_EXPECT_FALSE_MSG(test, loads(damaged->bytes, damaged->len), "byte %zu",
				       lost);
	}
}

static void any_doubled_byte_is_refused_at_the_end_at_the_latest(struct kunit *test)
{
	const struct stream *stream = small_stream(test);
	struct stream *damaged = stream_new(test);
	size_t doubled;

	for (doubled = 0; doubled < stream->len; doubled++) {
		damaged->len = 0;
		put(damaged, stream->bytes, doubled + 1);
		put(damaged, stream->bytes + doubled, stream->len - doubled);
		KUNIT_EXPECT_FALSE_MSG(test, loads(damaged->bytes, damaged->len), "byte %zu",
				       doubled);
	}
}

static void a_lost_or_doubled_chunk_is_refused(struct kunit *test)
{
	static const size_t begins[] = {
		AT_FIRST_HEAD, AT_SECOND_HEAD, AT_PORTS, AT_END, AT_END + HEAD + 8,
	};
	const struct stream *stream = small_stream(test);
	struct stream *damaged = stream_new(test);
	unsigned int i;

	for (i = 0; i + 1 < ARRAY_SIZE(begins); i++) {
		damaged->len = 0;
		put(damaged, stream->bytes, begins[i]);
		put(damaged, stream->bytes + begins[i + 1], stream->len - begins[i + 1]);
		KUNIT_EXPECT_FALSE_MSG(test, loads(damaged->bytes, damaged->len),
				       "chunk %u lost", i);
		damaged->len = 0;
		put(damaged, stream->bytes, begins[i + 1]);
		put(damaged, stream->bytes + begins[i], stream->len - begins[i]);
		KUNIT_EXPECT_FALSE_MSG(test, loads(damaged->bytes, damaged->len),
				       "chunk %u doubled", i);
	}
}

static void the_write_with_a_wrong_byte_of_payload_is_refused(struct kunit *test)
{
	size_t at;

	for (at = AT_SECOND_HEAD + HEAD; at < AT_PORTS; at++) {
		struct stream *stream = small_stream(test);

		stream->bytes[at] ^= 0x10;
		stream->len = at + 1;
		expect_refused_now(test, stream);
	}
}

static void a_record_is_refused_when_it_is_whole(struct kunit *test)
{
	struct stream *stream = small_stream(test);

	stream->bytes[AT_RECORDS + offsetof(struct mtty_stream_port, count)] = 17;
	stream->len = AT_RECORDS + RECORD;
	expect_refused_now(test, stream);
	stream = small_stream(test);
	stream->bytes[AT_RECORDS + RECORD + offsetof(struct mtty_stream_port, overrun)] = 2;
	stream->len = AT_RECORDS + 2 * RECORD;
	expect_refused_now(test, stream);
}

static void an_unknown_optional_chunk_is_skipped(struct kunit *test)
{
	static const u32 types[] = { 0, 4, UNKNOWN, 0x101, U32_MAX };
	struct stream *stream = stream_new(test);
	unsigned int i;
	size_t piece;

	put_header(stream);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		put_head(stream, types[i], 1, 40 * i);
		memset(stream->bytes + stream->len, 0xff, 40 * i);
		stream->len += 40 * i;
		put_payload(stream, 3);
	}
	put_ports(stream);
	put_head(stream, UNKNOWN, 1, 0);
	put_end(stream);
	for (piece = 1; piece <= stream->len; piece++)
		expect_loads_in_pieces(test, stream, piece);
}

static void an_unknown_required_chunk_is_refused_at_its_head(struct kunit *test)
{
	static const u32 types[] = { 0, 4, UNKNOWN, 0x101, 0x01000000, U32_MAX };
	struct stream *stream;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		stream = stream_new(test);
		put_header(stream);
		put_head(stream, types[i], 0, 0);
		expect_refused_now(test, stream);
	}
}

static void an_unknown_flag_is_refused_at_the_head(struct kunit *test)
{
	static const u32 types[] = { PAYLOAD, UNKNOWN };
	struct stream *stream;
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		for (bit = 1; bit < 32; bit++) {
			stream = stream_new(test);
			put_header(stream);
			put_head(stream, types[i], BIT(bit) | 1, 5);
			expect_refused_now(test, stream);
		}
	}
}

static void a_known_chunk_counts_also_if_it_is_optional(struct kunit *test)
{
	static const size_t flags[] = {
		AT_FIRST_HEAD + 4, AT_SECOND_HEAD + 4, AT_PORTS + 4, AT_END + 4,
	};
	struct stream *stream = small_stream(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		stream->bytes[flags[i]] = 1;
	expect_loads(test, stream);
	stream->bytes[AT_FIRST_HEAD + HEAD] ^= 1;
	KUNIT_EXPECT_FALSE(test, loads(stream->bytes, stream->len));
}

static void empty_payload_chunks_are_accepted(struct kunit *test)
{
	struct stream *stream = stream_new(test);
	size_t piece;

	put_header(stream);
	put_payload(stream, 0);
	put_payload(stream, 0);
	put_payload(stream, 9);
	put_payload(stream, 0);
	put_ports(stream);
	put_payload(stream, 0);
	put_end(stream);
	for (piece = 1; piece <= stream->len; piece++)
		expect_loads_in_pieces(test, stream, piece);
}

static void ports_of_any_other_length_are_refused_at_their_head(struct kunit *test)
{
	static const u64 lengths[] = {
		0, 1, RECORD, 2 * RECORD - 1, 2 * RECORD + 1, 3 * RECORD, 1ULL << 32 | 2 * RECORD,
		U64_MAX,
	};
	struct stream *stream;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		stream = stream_new(test);
		put_header(stream);
		put_head(stream, RECORDS, 0, lengths[i]);
		expect_refused_now(test, stream);
	}
}

static void ports_are_refused_the_second_time(struct kunit *test)
{
	struct stream *stream = stream_new(test);

	put_header(stream);
	put_ports(stream);
	put_head(stream, RECORDS, 0, PORTS * RECORD);
	expect_refused_now(test, stream);
}

static void an_end_without_ports_is_refused_at_its_head(struct kunit *test)
{
	struct stream *stream = stream_new(test);

	put_header(stream);
	put_payload(stream, 5);
	put_head(stream, END, 0, 8);
	expect_refused_now(test, stream);
}

static void an_end_of_any_other_length_is_refused_at_its_head(struct kunit *test)
{
	static const u64 lengths[] = { 0, 7, 9, 16, 1ULL << 32 | 8, U64_MAX };
	struct stream *stream;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		stream = stream_new(test);
		put_header(stream);
		put_ports(stream);
		put_head(stream, END, 0, lengths[i]);
		expect_refused_now(test, stream);
	}
}

static void an_end_that_counts_other_payload_is_refused(struct kunit *test)
{
	static const s64 differences[] = { -1, 1, 256, 1LL << 32, -30 };
	struct stream *stream;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(differences); i++) {
		stream = stream_new(test);
		put_header(stream);
		put_payload(stream, 30);
		put_ports(stream);
		stream->payload += differences[i];
		put_end(stream);
		expect_refused_now(test, stream);
	}
}

/* A length is believed, so that nothing as long must be stored. */
static void a_chunk_can_be_longer_than_what_arrives(struct kunit *test)
{
	static const u32 types[][2] = { { PAYLOAD, 0 }, { UNKNOWN, 1 } };
	struct stream *stream;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		stream = stream_new(test);
		put_header(stream);
		put_head(stream, types[i][0], types[i][1], U64_MAX);
		mtty_payload_fill(stream->bytes + stream->len, 0, 4096);
		stream->len += 4096;
		KUNIT_EXPECT_EQ(test, check(stream->bytes, stream->len), 0);
		KUNIT_EXPECT_FALSE(test, loads(stream->bytes, stream->len));
	}
}

static struct kunit_case resuming_cases[] = {
	KUNIT_CASE(what_is_saved_loads_in_pieces_of_any_length),
	KUNIT_CASE(a_device_without_payload_takes_one),
	KUNIT_CASE(an_empty_write_changes_nothing),
	KUNIT_CASE(a_stream_without_its_last_bytes_does_not_load),
	KUNIT_CASE(a_byte_behind_the_end_is_refused),
	KUNIT_CASE(any_changed_bit_is_refused_at_the_end_at_the_latest),
	KUNIT_CASE(any_lost_byte_is_refused_at_the_end_at_the_latest),
	KUNIT_CASE(any_doubled_byte_is_refused_at_the_end_at_the_latest),
	KUNIT_CASE(a_lost_or_doubled_chunk_is_refused),
	KUNIT_CASE(the_write_with_a_wrong_byte_of_payload_is_refused),
	KUNIT_CASE(a_record_is_refused_when_it_is_whole),
	KUNIT_CASE(an_unknown_optional_chunk_is_skipped),
	KUNIT_CASE(an_unknown_required_chunk_is_refused_at_its_head),
	KUNIT_CASE(an_unknown_flag_is_refused_at_the_head),
	KUNIT_CASE(a_known_chunk_counts_also_if_it_is_optional),
	KUNIT_CASE(empty_payload_chunks_are_accepted),
	KUNIT_CASE(ports_of_any_other_length_are_refused_at_their_head),
	KUNIT_CASE(ports_are_refused_the_second_time),
	KUNIT_CASE(an_end_without_ports_is_refused_at_its_head),
	KUNIT_CASE(an_end_of_any_other_length_is_refused_at_its_head),
	KUNIT_CASE(an_end_that_counts_other_payload_is_refused),
	KUNIT_CASE(a_chunk_can_be_longer_than_what_arrives),
	{}
};

static struct kunit_suite resuming_suite = {
	.name = "mtty_resuming",
	.test_cases = resuming_cases,
};

kunit_test_suite(resuming_suite);
