// SPDX-License-Identifier: GPL-2.0-only
/* The device-state stream: encode, check, decode */
#include <kunit/test.h>

#include "../mtty_stream.c"

#define PORTS	2

/* A port as the kernel's sample sends it: 8n1, FIFO on, "Hi" waiting */
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

static struct mtty_stream valid_stream(void)
{
	struct mtty_stream stream = { .port = { sample_port, sample_port } };

	mtty_stream_save_header(&stream.header, PORTS);
	return stream;
}

static void sizes_are_those_of_the_format(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, mtty_stream_size(1), 60);
	KUNIT_EXPECT_EQ(test, mtty_stream_size(2), 96);
}

static void header_has_the_bytes_of_the_format(struct kunit *test)
{
	static const u8 expected[24] = {
		0x4e, 0x2c, 0x3e, 0x8c, 0x89, 0x09, 0x9d, 0x7e, 1, [16] = 2,
	};
	struct mtty_stream_header header;

	mtty_stream_save_header(&header, PORTS);
	KUNIT_EXPECT_MEMEQ(test, &header, expected, sizeof(expected));
}

static void every_beginning_of_a_valid_stream_passes(struct kunit *test)
{
	struct mtty_stream stream = valid_stream();
	size_t len;

	for (len = 0; len <= sizeof(stream); len++)
		KUNIT_EXPECT_EQ_MSG(test, mtty_stream_check(&stream, len, PORTS), 0,
				    "after %zu bytes", len);
}

static void an_overlong_stream_is_refused(struct kunit *test)
{
	struct mtty_stream stream = valid_stream();

	KUNIT_EXPECT_EQ(test, mtty_stream_check(&stream, sizeof(stream) + 1, PORTS), -EINVAL);
}

/* @offset of a byte of the stream, and a value of it that must be refused */
struct damage {
	const char *name;
	size_t offset;
	u8 val;
};

#define PORT1(member)	(offsetof(struct mtty_stream, port[1]) + \
			 offsetof(struct mtty_stream_port, member))

static const struct damage damages[] = {
	{ "magic_first_byte", 0, 0x4f },
	{ "magic_last_byte", 7, 0x7f },
	{ "major_version", 8, 2 },
	{ "minor_version", 12, 1 },
	{ "fewer_ports", 16, 1 },
	{ "more_ports", 16, 3 },
	{ "flags", 23, 0x80 },
	{ "head_past_the_fifo", PORT1(head), 18 },
	{ "tail_past_the_fifo", PORT1(tail), 16 },
	{ "count_past_the_fifo", PORT1(count), 18 },
	{ "count_unlike_head_and_tail", PORT1(count), 3 },
	{ "dlab_unlike_lcr", PORT1(dlab), 1 },
	{ "dlab_not_boolean", PORT1(dlab), 2 },
	{ "overrun_not_boolean", PORT1(overrun), 2 },
	{ "fifo_size", PORT1(fifo_size), 8 },
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
	struct mtty_stream stream = valid_stream();

	((u8 *)&stream)[damage->offset] = damage->val;
	KUNIT_EXPECT_EQ(test, mtty_stream_check(&stream, sizeof(stream), PORTS), -EINVAL);
}

/* The fault shows as soon as its header byte or its record is there, not before. */
static void damage_is_refused_early(struct kunit *test)
{
	const struct damage *damage = test->param_value;
	struct mtty_stream stream = valid_stream();
	size_t complete = damage->offset < 24 ? damage->offset + 1 : sizeof(stream);

	((u8 *)&stream)[damage->offset] = damage->val;
	KUNIT_EXPECT_EQ(test, mtty_stream_check(&stream, complete - 1, PORTS), 0);
	KUNIT_EXPECT_EQ(test, mtty_stream_check(&stream, complete, PORTS), -EINVAL);
}

static void what_the_sample_sends_loads(struct kunit *test)
{
	struct mtty_uart uart;

	mtty_stream_load_port(&uart, &sample_port);
	KUNIT_EXPECT_EQ(test, uart.ier, UART_IER_RDI | UART_IER_THRI);
	KUNIT_EXPECT_EQ(test, uart.scr, 0x5a);
	KUNIT_EXPECT_FALSE(test, uart.thre_ip);
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

/* Everything that a port can be in the middle of: break queued, deltas, overrun */
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

static void a_busy_port_survives_the_round_trip(struct kunit *test)
{
	struct mtty_stream stream = valid_stream();
	struct mtty_uart before, after;

	busy_uart(&before);
	mtty_stream_save_port(&stream.port[0], &before);
	KUNIT_EXPECT_EQ(test, mtty_stream_check(&stream, sizeof(stream), PORTS), 0);
	mtty_stream_load_port(&after, &stream.port[0]);
	KUNIT_EXPECT_MEMEQ(test, &before, &after, offsetofend(struct mtty_uart, count));
}

/* The sample changes a register and leaves the check byte alone. */
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

static u8 crc8(const u8 *data, size_t len)
{
	u8 crc = 0;

	for (; len; len--, data++)
		for (u8 bit = 0x80; bit; bit >>= 1)
			crc = crc << 1 ^ (!(*data & bit) != !(crc & 0x80) ? 7 : 0);
	return crc;
}

/* Whoever forges a check byte gets no state that the UART cannot be in. */
static void forged_state_keeps_the_invariants(struct kunit *test)
{
	struct mtty_stream_port port = sample_port;
	struct mtty_uart uart;

	port.latches = 0xff;
	port.lsr = 0xff;
	port.msr = 0xff;
	port.breaks_lo = 0xff;
	port.breaks_hi = 0xff;
	port.check = crc8((u8 *)&port + 1, sizeof(port) - 1);
	mtty_stream_load_port(&uart, &port);
	KUNIT_EXPECT_FALSE(test, uart.thre_ip);
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
	KUNIT_CASE(sizes_are_those_of_the_format),
	KUNIT_CASE(header_has_the_bytes_of_the_format),
	KUNIT_CASE(every_beginning_of_a_valid_stream_passes),
	KUNIT_CASE(an_overlong_stream_is_refused),
	KUNIT_CASE_PARAM(damage_is_refused, damage_gen_params),
	KUNIT_CASE_PARAM(damage_is_refused_early, damage_gen_params),
	KUNIT_CASE(what_the_sample_sends_loads),
	KUNIT_CASE(a_sample_with_an_empty_fifo_gets_its_thre_interrupt),
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
