// SPDX-License-Identifier: GPL-2.0-only
/* The UART on its own, with every vector of uart_vectors.h */
#include <kunit/test.h>
#include <linux/module.h>

#include "../mtty_uart.c"
#include "uart_vectors.h"

static void card_reset(void *card)
{
	struct mtty_uart *uarts = card;

	mtty_uart_reset(&uarts[0]);
	mtty_uart_reset(&uarts[1]);
}

static void card_write(void *card, unsigned int port, unsigned int offset, u8 val)
{
	struct mtty_uart *uarts = card;

	mtty_uart_write(&uarts[port], offset, val);
}

static u8 card_read(void *card, unsigned int port, unsigned int offset)
{
	struct mtty_uart *uarts = card;

	return mtty_uart_read(&uarts[port], offset);
}

static bool card_line(void *card)
{
	const struct mtty_uart *uarts = card;

	return mtty_uart_irq_pending(&uarts[0]) || mtty_uart_irq_pending(&uarts[1]);
}

static const struct uart_vector_ops card_ops = {
	.reset = card_reset,
	.write = card_write,
	.read = card_read,
	.line = card_line,
};

static void vector_describe(const struct uart_vector *vector, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s_%s", vector->id, vector->name);
}

KUNIT_ARRAY_PARAM(vector, uart_vectors, vector_describe);

static void uart_follows_the_vector(struct kunit *test)
{
	const struct uart_vector *vector = test->param_value;
	struct mtty_uart uarts[UART_VECTOR_PORTS];
	struct uart_vector_run run;

	KUNIT_EXPECT_TRUE_MSG(test,
			      uart_vector_run(&run, vector->tokens, &card_ops, uarts),
			      "expected %x, seen %x at %s",
			      run.expected, run.seen, run.token);
}

static void reset_overwrites_whatever_was_there(struct kunit *test)
{
	struct mtty_uart dirty, clean;

	memset(&dirty, 0xff, sizeof(dirty));
	memset(&clean, 0, sizeof(clean));
	mtty_uart_reset(&dirty);
	mtty_uart_reset(&clean);
	KUNIT_EXPECT_MEMEQ(test, &dirty, &clean, offsetofend(struct mtty_uart, count));
}

/* Each burst starts at the slot where the last one ended, so that many wrap. */
static void bursts_wrap_the_fifo_in_order(struct kunit *test)
{
	struct mtty_uart uart;
	unsigned int burst, i;

	mtty_uart_reset(&uart);
	mtty_uart_write(&uart, UART_LCR, UART_LCR_WLEN8);
	mtty_uart_write(&uart, UART_FCR, UART_FCR_ENABLE_FIFO);
	for (burst = 1; burst <= MTTY_UART_FIFO_SIZE; burst++) {
		for (i = 0; i < burst; i++)
			mtty_uart_write(&uart, UART_TX, 16 * burst + i);
		for (i = 0; i < burst; i++)
			KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_RX),
					(u8)(16 * burst + i));
		KUNIT_EXPECT_EQ(test, mtty_uart_read(&uart, UART_LSR),
				UART_LSR_THRE | UART_LSR_TEMT);
	}
}

static struct kunit_case uart_cases[] = {
	KUNIT_CASE_PARAM(uart_follows_the_vector, vector_gen_params),
	KUNIT_CASE(reset_overwrites_whatever_was_there),
	KUNIT_CASE(bursts_wrap_the_fifo_in_order),
	{}
};

static struct kunit_suite uart_suite = {
	.name = "mtty_uart",
	.test_cases = uart_cases,
};

kunit_test_suite(uart_suite);

MODULE_DESCRIPTION("KUnit tests of mtty");
MODULE_LICENSE("GPL");
