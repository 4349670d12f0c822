/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Executes the vectors of uart_vectors.h on any card that provides the five
 * operations below. Does not use libc, so that user space and KUnit can share it.
 */
#ifndef UART_VECTOR_RUN_H
#define UART_VECTOR_RUN_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#include <stddef.h>
#endif

#define UART_VECTOR_PORTS	2
#define UART_VECTOR_IER		1
#define UART_VECTOR_LCR		3
#define UART_VECTOR_LCR_DLAB	0x80

struct uart_vector {
	const char *id;
	const char *name;
	const char *tokens;
};

/*
 * @line: the level of INTx, which is the OR of the ports' requests
 * @messages: MSI messages since the last reset; NULL if they are not counted
 */
struct uart_vector_ops {
	void (*reset)(void *card);
	void (*write)(void *card, unsigned int port, unsigned int offset, __u8 value);
	__u8 (*read)(void *card, unsigned int port, unsigned int offset);
	bool (*line)(void *card);
	unsigned int (*messages)(void *card);
};

/*
 * @token: the token that failed; NULL if all hold
 * @asks: whether each port was seen to request an interrupt at its last IER write
 * @resent: messages beyond those of M=k, each sent by an IER write during a request
 */
struct uart_vector_run {
	const struct uart_vector_ops *ops;
	void *card;
	const char *token;
	unsigned int expected;
	unsigned int seen;
	bool asks[UART_VECTOR_PORTS];
	unsigned int resent;
};

static inline unsigned int uart_vector_digit(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

static inline unsigned int uart_vector_byte(const char *at)
{
	return uart_vector_digit(at[0]) << 4 | uart_vector_digit(at[1]);
}

static inline unsigned int uart_vector_decimal(const char *at)
{
	unsigned int value = 0;

	for (; *at >= '0' && *at <= '9'; at++)
		value = value * 10 + uart_vector_digit(*at);
	return value;
}

static inline bool uart_vector_expect(struct uart_vector_run *run,
				      unsigned int expected, unsigned int seen)
{
	run->expected = expected;
	run->seen = seen;
	return expected == seen;
}

static inline void uart_vector_reset(struct uart_vector_run *run)
{
	unsigned int port;

	run->ops->reset(run->card);
	run->resent = 0;
	for (port = 0; port < UART_VECTOR_PORTS; port++)
		run->asks[port] = false;
}

/* The line shows a port's own request while the other port is silent. */
static inline bool uart_vector_asks(struct uart_vector_run *run, unsigned int port)
{
	return run->ops->line(run->card) && !run->asks[!port];
}

static inline void uart_vector_write_ier(struct uart_vector_run *run,
					 unsigned int port, __u8 value)
{
	bool before = uart_vector_asks(run, port);

	run->ops->write(run->card, port, UART_VECTOR_IER, value);
	run->asks[port] = uart_vector_asks(run, port);
	if (before && run->asks[port])
		run->resent++;
}

static inline void uart_vector_write(struct uart_vector_run *run, unsigned int port,
				     unsigned int offset, __u8 value)
{
	if (run->ops->messages && offset == UART_VECTOR_IER &&
	    !(run->ops->read(run->card, port, UART_VECTOR_LCR) & UART_VECTOR_LCR_DLAB))
		uart_vector_write_ier(run, port, value);
	else
		run->ops->write(run->card, port, offset, value);
}

/* @at: the token without its port, such as "W0=00*15" */
static inline void uart_vector_write_again(struct uart_vector_run *run,
					   unsigned int port, const char *at)
{
	unsigned int offset = uart_vector_digit(at[1]);
	unsigned int times = uart_vector_decimal(at + 6);

	while (times--)
		uart_vector_write(run, port, offset, uart_vector_byte(at + 3));
}

/* @at: the token without its port, such as "R5=60" or "W0=[00-0F]" */
static inline bool uart_vector_access(struct uart_vector_run *run,
				      unsigned int port, const char *at)
{
	unsigned int offset = uart_vector_digit(at[1]);
	bool range = at[3] == '[';
	unsigned int value = uart_vector_byte(at + 3 + range);
	unsigned int last = range ? uart_vector_byte(at + 7) : value;

	for (; value <= last; value++) {
		if (at[0] == 'W')
			uart_vector_write(run, port, offset, value);
		else if (!uart_vector_expect(run, value,
					     run->ops->read(run->card, port, offset)))
			return false;
	}
	return true;
}

static inline bool uart_vector_messages(struct uart_vector_run *run, unsigned int expected)
{
	if (!run->ops->messages)
		return true;
	return uart_vector_expect(run, expected + run->resent,
				  run->ops->messages(run->card));
}

static inline bool uart_vector_token(struct uart_vector_run *run, const char *at)
{
	unsigned int port = 0;

	if (at[1] == ':') {
		port = uart_vector_digit(at[0]);
		at += 2;
	}
	if (at[0] == 'R' && at[1] == 'S') {
		uart_vector_reset(run);
		return true;
	}
	if (at[0] == 'I' || at[0] == 'L')
		return uart_vector_expect(run, uart_vector_digit(at[2]),
					  run->ops->line(run->card));
	if (at[0] == 'M')
		return uart_vector_messages(run, uart_vector_decimal(at + 2));
	if (at[0] == 'W' && at[5] == '*') {
		uart_vector_write_again(run, port, at);
		return true;
	}
	return uart_vector_access(run, port, at);
}

/* Returns whether every token holds; if not, @run says which one failed, and how. */
static inline bool uart_vector_run(struct uart_vector_run *run, const char *tokens,
				   const struct uart_vector_ops *ops, void *card)
{
	*run = (struct uart_vector_run) { .ops = ops, .card = card, };

	while (*tokens) {
		if (!uart_vector_token(run, tokens)) {
			run->token = tokens;
			return false;
		}
		while (*tokens && *tokens != ' ')
			tokens++;
		while (*tokens == ' ')
			tokens++;
	}
	return true;
}

#endif /* UART_VECTOR_RUN_H */
