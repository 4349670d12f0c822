// SPDX-License-Identifier: GPL-2.0-only
/* The device-state stream of version 1.0: encode, check, decode */
#include <kunit/test.h>

#include "../mtty_resuming.h"
#include "../mtty_stream.c"

#define PORTS	2

struct stream {
	struct mtty_stream_header header;
	struct mtty_stream_port port[PORTS];
};

/* A port as the kernel's sample saves it: 8n1, FIFO on, "Hi" waiting */
static const struct mtty_stream_port sample_port = {
	.ier = UART_IER_RDI | UART_IER_THRI,
	.lcr = UART_LCR_WLEN8,
	.mcr = UART_MCR_DTR | UART_MCR_RTS,
	.scr = 0x5a,
	.fifo = "Hi",
	.head = 2,
	.count = 2,
	.fcr = UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_8,
	.fifo_size = 16,
	.trigger = 8,
};

static void crc8_table_follows_the_polynomial(struct kunit *test)
{
	unsigned int byte, bit;

	for (byte = 0; byte < 256; byte++) {
		u8 crc = byte;

		for (bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc & 0x80 ? 0x07 : 0);
		KUNIT_EXPECT_EQ_MSG(test, mtty_stream_crc8_table[byte], crc, "entry %02x", byte);
	}
}

static struct stream valid_stream(void)
{
	struct stream stream = { .port = { sample_port, sample_port } };

	mtty_stream_save_header(&stream.header, PORTS, MTTY_STREAM_MINOR_RECORDS);
	return stream;
}

/* What a device says to the first @len bytes of a stream */
static int check(const void *stream, size_t len, unsigned int nr_ports)
{
	struct mtty_resuming resuming = {};

	mtty_resuming_init(&resuming, nr_ports);
	return mtty_resuming_write(&resuming, stream, len);
}

static bool is_complete(const void *stream, size_t len, unsigned int nr_ports)
{
	struct mtty_resuming resuming = {};

	mtty_resuming_init(&resuming, nr_ports);
	return !mtty_resuming_write(&resuming, stream, len) &&
	       mtty_resuming_complete(&resuming);
}

static void header_has_the_bytes_of_the_format(struct kunit *test)
{
	static const u8 expected[24] = {
		0x4e, 0x2c, 0x3e, 0x8c, 0x89, 0x09, 0x9d, 0x7e, 1, [16] = 2,
	};
	struct mtty_stream_header header;

	mtty_stream_save_header(&header, PORTS, MTTY_STREAM_MINOR_RECORDS);
	KUNIT_EXPECT_MEMEQ(test, &header, expected, sizeof(expected));
}

/* The lowest bit of the minor version makes the header one of a stream with chunks. */
static void any_changed_bit_of_the_header_is_refused_at_its_byte(struct kunit *test)
{
	const unsigned int minor = 8 * offsetof(struct mtty_stream_header, minor);
	struct stream stream;
	unsigned int bit;

	for (bit = 0; bit < 8 * sizeof(stream.header); bit++) {
		stream = valid_stream();
		((u8 *)&stream)[bit / 8] ^= BIT(bit % 8);
		KUNIT_EXPECT_EQ_MSG(test, check(&stream, bit / 8, PORTS), 0, "bit %u", bit);
		KUNIT_EXPECT_EQ_MSG(test, check(&stream, bit / 8 + 1, PORTS),
				    bit == minor ? 0 : -EINVAL, "bit %u", bit);
		KUNIT_EXPECT_EQ_MSG(test, check(&stream, sizeof(stream), PORTS), -EINVAL,
				    "bit %u", bit);
	}
}

static void every_beginning_of_a_valid_stream_passes(struct kunit *test)
{
	struct stream stream = valid_stream();
	size_t len;

	for (len = 0; len <= sizeof(stream); len++) {
		KUNIT_EXPECT_EQ_MSG(test, check(&stream, len, PORTS), 0, "after %zu bytes",
				    len);
		KUNIT_EXPECT_EQ_MSG(test, is_complete(&stream, len, PORTS),
				    len == sizeof(stream), "after %zu bytes", len);
	}
}

static void an_overlong_stream_is_refused(struct kunit *test)
{
	struct {
		struct stream stream;
		u8 more;
	} overlong = { valid_stream(), };

	KUNIT_EXPECT_EQ(test, check(&overlong, 96, 2), 0);
	KUNIT_EXPECT_EQ(test, check(&overlong, 97, 2), -EINVAL);
	mtty_stream_save_header(&overlong.stream.header, 1, MTTY_STREAM_MINOR_RECORDS);
	KUNIT_EXPECT_EQ(test, check(&overlong, 60, 1), 0);
	KUNIT_EXPECT_EQ(test, check(&overlong, 61, 1), -EINVAL);
}

/* A device that has refused a byte does not take others in its place. */
static void a_refused_stream_stays_refused(struct kunit *test)
{
	const struct stream stream = valid_stream();
	struct mtty_resuming resuming = {};
	const u8 wrong = 0;

	mtty_resuming_init(&resuming, PORTS);
	KUNIT_EXPECT_EQ(test, mtty_resuming_write(&resuming, &wrong, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, mtty_resuming_write(&resuming, (u8 *)&stream, sizeof(stream)),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, mtty_resuming_write(&resuming, NULL, 0), -EINVAL);
	KUNIT_EXPECT_FALSE(test, mtty_resuming_complete(&resuming));
}

/* A byte of the stream at @offset, and a value for which the stream must be refused */
struct damage {
	const char *name;
	size_t offset;
	u8 val;
};

#define PORT0(member)	(offsetof(struct stream, port[0]) + \
			 offsetof(struct mtty_stream_port, member))
#define PORT1(member)	(PORT0(member) + sizeof(struct mtty_stream_port))

static const struct damage damages[] = {
	{ "magic_first_byte", 0, 0x4f },
	{ "magic_last_byte", 7, 0x7f },
	{ "major_version", 8, 2 },
	{ "minor_version", 12, 2 },
	{ "fewer_ports", 16, 1 },
	{ "more_ports", 16, 3 },
	{ "flags", 23, 0x80 },
	{ "head_past_the_fifo_of_the_first_port", PORT0(head), 18 },
	{ "head_past_the_fifo", PORT1(head), 18 },
	{ "tail_past_the_fifo", PORT1(tail), 16 },
	{ "count_past_the_fifo", PORT1(count), 18 },
	{ "count_unlike_head_and_tail", PORT1(count), 3 },
	{ "lcr_unlike_dlab", PORT1(lcr), UART_LCR_DLAB | UART_LCR_WLEN8 },
	{ "dlab_unlike_lcr", PORT1(dlab), 1 },
	{ "dlab_not_boolean", PORT1(dlab), 2 },
	{ "overrun_not_boolean", PORT1(overrun), 2 },
	{ "fifo_size_of_0", PORT1(fifo_size), 0 },
	{ "fifo_size_of_8", PORT1(fifo_size), 8 },
	{ "trigger_level", PORT1(trigger), 2 },
};

static void damage_describe(const struct damage *damage, char *desc)
{
	strscpy(desc, damage->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(damage, damages, damage_describe);

static void damage_is_refused(struct kunit *test)
{
	const struct damage *damage = test->param_value;
	struct stream stream = valid_stream();

	((u8 *)&stream)[damage->offset] = damage->val;
	KUNIT_EXPECT_EQ(test, check(&stream, sizeof(stream), PORTS), -EINVAL);
}

/* Bytes needed to notice a fault at @offset: up to that header byte, or the whole record */
static size_t complete_with(size_t offset)
{
	if (offset < 24)
		return offset + 1;
	return offset < 60 ? 60 : 96;
}

static void damage_is_refused_early(struct kunit *test)
{
	const struct damage *damage = test->param_value;
	struct stream stream = valid_stream();
	size_t complete = complete_with(damage->offset);

	((u8 *)&stream)[damage->offset] = damage->val;
	KUNIT_EXPECT_EQ(test, check(&stream, complete - 1, PORTS), 0);
	KUNIT_EXPECT_EQ(test, check(&stream, complete, PORTS), -EINVAL);
}

/* Records just inside and just outside the limits */
struct limit {
	const char *name;
	u8 head, tail, count;
	u8 lcr, dlab;
	int expected;
};

static const struct limit limits[] = {
	{ "empty_at_the_last_slot", .head = 15, .tail = 15 },
	{ "full_at_the_last_slot", .head = 15, .tail = 15, .count = 16 },
	{ "wrapped", .head = 1, .tail = 15, .count = 2 },
	{ "head_of_16", .head = 16, .tail = 14, .count = 2, .expected = -EINVAL },
	{ "tail_of_16", .head = 2, .tail = 16, .count = 2, .expected = -EINVAL },
	{ "count_of_17", .head = 1, .count = 17, .expected = -EINVAL },
	{ "count_of_0_between_slots", .head = 1, .expected = -EINVAL },
	{ "count_of_16_between_slots", .head = 1, .count = 16, .expected = -EINVAL },
	{ "dlab_of_1_with_its_bit", .lcr = UART_LCR_DLAB, .dlab = 1 },
	{ "dlab_of_2_with_its_bit", .lcr = UART_LCR_DLAB, .dlab = 2, .expected = -EINVAL },
	{ "dlab_of_128_with_its_bit", .lcr = UART_LCR_DLAB, .dlab = 128, .expected = -EINVAL },
};

static void limit_describe(const struct limit *limit, char *desc)
{
	strscpy(desc, limit->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(limit, limits, limit_describe);

static void limit_is_exact(struct kunit *test)
{
	const struct limit *limit = test->param_value;
	struct stream stream = valid_stream();
	struct mtty_stream_port *port = &stream.port[1];

	port->head = limit->head;
	port->tail = limit->tail;
	port->count = limit->count;
	port->lcr = limit->lcr;
	port->dlab = limit->dlab;
	KUNIT_EXPECT_EQ(test, check(&stream, sizeof(stream), PORTS), limit->expected);
}

static void every_fifo_size_and_trigger_level_of_the_format_passes(struct kunit *test)
{
	static const u8 sizes[] = { 1, 16 }, triggers[] = { 0, 1, 4, 8, 14 };
	struct stream stream = valid_stream();
	unsigned int size, trigger, val;

	for (size = 0; size < ARRAY_SIZE(sizes); size++) {
		for (trigger = 0; trigger < ARRAY_SIZE(triggers); trigger++) {
			stream.port[0].fifo_size = sizes[size];
			stream.port[0].trigger = triggers[trigger];
			KUNIT_EXPECT_EQ(test, check(&stream, sizeof(stream), PORTS), 0);
		}
	}
	for (val = 0; val < 256; val++) {
		stream.port[0].trigger = val;
		KUNIT_EXPECT_EQ_MSG(test, check(&stream, sizeof(stream), PORTS),
				    memchr(triggers, val, sizeof(triggers)) ? 0 : -EINVAL,
				    "level %u", val);
	}
}

static void registers_load_with_the_bits_that_they_have(struct kunit *test)
{
	struct mtty_stream_port port = sample_port;
	struct mtty_uart uart;

	port.ier = 0xff;
	port.mcr = 0xff;
	port.scr = 0xff;
	port.lcr = 0x7f;
	port.fcr = 0xff;
	port.divisor = cpu_to_le16(0x1234);
	mtty_stream_load_port(&uart, &port);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_IER), 0x0f);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_MCR), 0x1f);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_SCR), 0xff);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_LCR), 0x7f);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_RX), 'H');
	mtty_uart_write(&uart, UART_LCR, UART_LCR_DLAB);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_DLL), 0x34);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_DLM), 0x12);
	mtty_stream_save_port(&port, &uart);
	KUNIT_EXPECT_EQ(test, port.fcr, 0xc9);
}

static void fcr_decides_over_fifo_size_and_trigger_level(struct kunit *test)
{
	struct mtty_stream_port port = sample_port;
	struct mtty_uart uart;

	port.fifo_size = 1;
	port.trigger = 1;
	port.ier = UART_IER_RDI;
	mtty_stream_load_port(&uart, &port);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_IIR), 0xcc);
}

static void a_record_of_the_sample_loads(struct kunit *test)
{
	struct mtty_uart uart;

	mtty_stream_load_port(&uart, &sample_port);
	KUNIT_EXPECT_EQ(test, uart.ier, UART_IER_RDI | UART_IER_THRI);
	KUNIT_EXPECT_EQ(test, uart.scr, 0x5a);
	KUNIT_EXPECT_TRUE(test, uart.thre_ip);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_RX), 'H');
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_RX), 'i');
	KUNIT_EXPECT_TRUE(test, uart.thre_ip);
}

static void a_sample_with_an_empty_fifo_gets_its_thre_interrupt(struct kunit *test)
{
	struct mtty_stream_port port = sample_port;
	struct mtty_uart uart;

	port.head = 0;
	port.count = 0;
	mtty_stream_load_port(&uart, &port);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_IIR) & 0xf, UART_IIR_THRI);
}

/* A port with as much state as possible: a queued break, deltas, an overrun */
static void busy_uart(struct mtty_uart *uart)
{
	int i;

	mtty_uart_reset(uart);
	mtty_uart_write(uart, UART_LCR, UART_LCR_WLEN8);
	mtty_uart_write(uart, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_14);
	for (i = 0; i < 9; i++)
		mtty_uart_write(uart, UART_TX, i);
	for (i = 0; i < 9; i++)
		mtty_uart_read(uart, UART_RX);
	mtty_uart_write(uart, UART_LCR, UART_LCR_WLEN8 | UART_LCR_SBC);
	mtty_uart_write(uart, UART_LCR, UART_LCR_WLEN8);
	for (i = 0; i < 16; i++)
		mtty_uart_write(uart, UART_TX, 0x80 + i);
	mtty_uart_write(uart, UART_MCR, UART_MCR_RTS);
	mtty_uart_write(uart, UART_IER, UART_IER_MSI);
}

static u8 crc8(const u8 *data, size_t len)
{
	u8 crc = 0;

	for (; len; len--, data++)
		for (u8 bit = 0x80; bit; bit >>= 1)
			crc = crc << 1 ^ (!(*data & bit) != !(crc & 0x80) ? 7 : 0);
	return crc;
}

static void seal(struct mtty_stream_port *port)
{
	port->check = crc8((u8 *)port + 1, sizeof(*port) - 1);
}

/* The break is the oldest character, in slot 9; the last byte found the FIFO full. */
static void a_saved_record_has_the_bytes_of_the_format(struct kunit *test)
{
	u8 expected[36] = {
		[1] = 0x08, [2] = 0x81, [3] = 0x03, [4] = 0x02, [5] = 0x10, [6] = 0x01,
		[24] = 9, 9, 16, 0, 1, 0x00, 0x0c, 0x00, 0xc1, 16, 14, 0x02,
	};
	struct mtty_stream_port port;
	struct mtty_uart uart;
	int i;

	for (i = 0; i < 15; i++)
		expected[8 + (10 + i) % 16] = 0x80 + i;
	expected[0] = crc8(expected + 1, 35);
	busy_uart(&uart);
	mtty_stream_save_port(&port, &uart);
	KUNIT_EXPECT_MEMEQ(test, (u8 *)&port, expected, sizeof(expected));
}

static void a_served_thre_interrupt_stays_served(struct kunit *test)
{
	struct mtty_stream_port port;
	struct mtty_uart uart;

	mtty_uart_reset(&uart);
	mtty_uart_write(&uart, UART_IER, UART_IER_THRI);
	mtty_stream_save_port(&port, &uart);
	mtty_stream_load_port(&uart, &port);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_IIR), UART_IIR_THRI);
	mtty_stream_save_port(&port, &uart);
	mtty_stream_load_port(&uart, &port);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_IIR), UART_IIR_NO_INT);
}

static void a_break_that_goes_on_is_not_sent_again(struct kunit *test)
{
	const u8 lcr = UART_LCR_SBC | UART_LCR_WLEN8;
	struct mtty_stream_port port;
	struct mtty_uart uart;

	mtty_uart_reset(&uart);
	mtty_uart_write(&uart, UART_LCR, lcr);
	mtty_stream_save_port(&port, &uart);
	mtty_stream_load_port(&uart, &port);
	mtty_uart_read(&uart, UART_RX);
	mtty_uart_write(&uart, UART_LCR, lcr);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_LSR) & UART_LSR_DR, 0);
	mtty_uart_write(&uart, UART_LCR, UART_LCR_WLEN8);
	mtty_uart_write(&uart, UART_LCR, lcr);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_LSR) & UART_LSR_DR, UART_LSR_DR);
}

/* A correct check byte is not enough. */
static void extended_state_counts_only_if_marked_valid(struct kunit *test)
{
	struct mtty_stream_port port = sample_port;
	struct mtty_uart uart;

	port.lsr = UART_LSR_BI;
	port.msr = UART_MSR_DCTS;
	port.breaks_lo = 0x02;
	seal(&port);
	mtty_stream_load_port(&uart, &port);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_LSR),
			UART_LSR_TEMT | UART_LSR_THRE | UART_LSR_DR);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_MSR) & UART_MSR_ANY_DELTA, 0);
}

/* Whoever saved it, LSR reports a break once, when it is the oldest character. */
static void a_marked_break_at_the_top_shows_in_lsr(struct kunit *test)
{
	struct mtty_stream_port port = sample_port;
	struct mtty_uart uart;

	port.latches = MTTY_STREAM_LATCH_VALID;
	port.breaks_lo = 0x01;
	seal(&port);
	mtty_stream_load_port(&uart, &port);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_LSR),
			UART_LSR_FIFOE | UART_LSR_TEMT | UART_LSR_THRE | UART_LSR_BI | UART_LSR_DR);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_LSR),
			UART_LSR_TEMT | UART_LSR_THRE | UART_LSR_DR);
}

static void a_busy_port_survives_the_round_trip(struct kunit *test)
{
	struct stream stream = valid_stream();
	struct mtty_uart before, after;

	busy_uart(&before);
	mtty_stream_save_port(&stream.port[0], &before);
	KUNIT_EXPECT_EQ(test, check(&stream, sizeof(stream), PORTS), 0);
	mtty_stream_load_port(&after, &stream.port[0]);
	KUNIT_EXPECT_MEMEQ(test, &before, &after, offsetofend(struct mtty_uart, count));
}

/* The sample changes registers without updating the check byte. */
static void a_changed_record_loses_the_extended_state_only(struct kunit *test)
{
	struct mtty_stream_port port;
	struct mtty_uart uart;

	busy_uart(&uart);
	mtty_stream_save_port(&port, &uart);
	port.scr ^= 1;
	mtty_stream_load_port(&uart, &port);
	KUNIT_EXPECT_EQ(test, uart.breaks, 0);
	KUNIT_EXPECT_EQ(test, uart.lsr_error, 0);
	KUNIT_EXPECT_EQ(test, uart.msr_delta, 0);
	KUNIT_EXPECT_TRUE(test, uart.overrun);
	KUNIT_EXPECT_EQ(test, uart.count, 16);
}

/* Even a forged check byte cannot cause a state that the UART never has. */
static void forged_state_keeps_the_invariants(struct kunit *test)
{
	struct mtty_stream_port port = sample_port;
	struct mtty_uart uart;

	port.latches = 0xff;
	port.lsr = 0xff;
	port.msr = 0xff;
	port.breaks_lo = 0xff;
	port.breaks_hi = 0xff;
	seal(&port);
	mtty_stream_load_port(&uart, &port);
	KUNIT_EXPECT_EQ(test, uart.breaks, 0x3);
	KUNIT_EXPECT_EQ(test, uart.lsr_error, 0x1c);
	KUNIT_EXPECT_EQ(test, uart.msr_delta, 0x0f);
}

static void a_16450_with_several_bytes_loads(struct kunit *test)
{
	struct mtty_stream_port port = sample_port;
	struct mtty_uart uart;

	port.fcr = 0;
	port.fifo_size = 1;
	port.trigger = 0;
	mtty_stream_load_port(&uart, &port);
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_RX), 'H');
	KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_RX), 'i');
}

static struct kunit_case stream_cases[] = {
	KUNIT_CASE(crc8_table_follows_the_polynomial),
	KUNIT_CASE(header_has_the_bytes_of_the_format),
	KUNIT_CASE(any_changed_bit_of_the_header_is_refused_at_its_byte),
	KUNIT_CASE(every_beginning_of_a_valid_stream_passes),
	KUNIT_CASE(an_overlong_stream_is_refused),
	KUNIT_CASE(a_refused_stream_stays_refused),
	KUNIT_CASE_PARAM(damage_is_refused, damage_gen_params),
	KUNIT_CASE_PARAM(damage_is_refused_early, damage_gen_params),
	KUNIT_CASE_PARAM(limit_is_exact, limit_gen_params),
	KUNIT_CASE(every_fifo_size_and_trigger_level_of_the_format_passes),
	KUNIT_CASE(registers_load_with_the_bits_that_they_have),
	KUNIT_CASE(fcr_decides_over_fifo_size_and_trigger_level),
	KUNIT_CASE(a_record_of_the_sample_loads),
	KUNIT_CASE(a_sample_with_an_empty_fifo_gets_its_thre_interrupt),
	KUNIT_CASE(a_saved_record_has_the_bytes_of_the_format),
	KUNIT_CASE(a_served_thre_interrupt_stays_served),
	KUNIT_CASE(a_break_that_goes_on_is_not_sent_again),
	KUNIT_CASE(extended_state_counts_only_if_marked_valid),
	KUNIT_CASE(a_marked_break_at_the_top_shows_in_lsr),
	KUNIT_CASE(a_busy_port_survives_the_round_trip),
	KUNIT_CASE(a_changed_record_loses_the_extended_state_only),
	KUNIT_CASE(forged_state_keeps_the_invariants),
	KUNIT_CASE(a_16450_with_several_bytes_loads),
	{}
};

static struct kunit_suite stream_suite = {
	.name = "mtty_stream",
	.test_cases = stream_cases,
};

kunit_test_suite(stream_suite);
