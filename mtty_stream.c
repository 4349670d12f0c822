// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device-state stream: encode, check and decode. Pure functions on bytes and UARTs.
 *
 * A stream is checked while it arrives, each part as soon as it is complete, so that
 * a migration fails while its source can still go on. Only a stream that passed all
 * checks is decoded; decoding cannot fail.
 *
 * A record that comes from the kernel's sample, or that went through it, lacks the
 * state which the sample does not model. Such a record is told apart by its check
 * byte, which the sample does not maintain, and that state is derived.
 */
#include "mtty_stream.h"

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/serial_reg.h>
#include <linux/string.h>

#include <asm/byteorder.h>

#define MTTY_STREAM_MSR_MASK	(UART_MSR_DCTS | UART_MSR_DDSR | \
				 UART_MSR_TERI | UART_MSR_DDCD)
#define MTTY_STREAM_LSR_MASK	(UART_LSR_PE | UART_LSR_FE | UART_LSR_BI)

#define MTTY_STREAM_CRC8_POLYNOMIAL	0x07	/* x^8 + x^2 + x + 1 */

/*
 * CRC-8, bit by bit, most significant bit first. The kernel's own (CRC8) is a module that
 * a module built outside of the kernel cannot select.
 */
static u8 mtty_stream_crc8(const u8 *bytes, size_t count)
{
	u8 crc = 0;
	unsigned int bit;

	while (count--) {
		crc ^= *bytes++;
		for (bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc & 0x80 ? MTTY_STREAM_CRC8_POLYNOMIAL : 0);
	}
	return crc;
}

/* Check byte of a record: it covers all bytes that follow it. */
static u8 mtty_stream_port_crc(const struct mtty_stream_port *record)
{
	const size_t start = offsetofend(struct mtty_stream_port, check);

	return mtty_stream_crc8((const u8 *)record + start, sizeof(*record) - start);
}

/**
 * mtty_stream_save_header() - make the header of a stream
 * @header: where to put it
 * @nr_ports: ports of the device, 1 or 2
 */
void mtty_stream_save_header(struct mtty_stream_header *header, unsigned int nr_ports)
{
	*header = (struct mtty_stream_header){
		.magic = cpu_to_le64(MTTY_STREAM_MAGIC),
		.major = cpu_to_le32(MTTY_STREAM_MAJOR),
		.minor = cpu_to_le32(MTTY_STREAM_MINOR),
		.nr_ports = cpu_to_le32(nr_ports),
	};
}

/**
 * mtty_stream_save_port() - encode the state of a UART
 * @record: where to put it
 * @uart: the UART
 */
void mtty_stream_save_port(struct mtty_stream_port *record,
			   const struct mtty_uart *uart)
{
	record->ier = uart->ier;
	record->latches = MTTY_STREAM_LATCH_VALID |
			  (uart->thre_ip ? MTTY_STREAM_LATCH_THREIP : 0) |
			  (uart->break_sent ? MTTY_STREAM_LATCH_BRKD : 0);
	record->lcr = uart->lcr;
	record->mcr = uart->mcr;
	record->lsr = uart->lsr_error;
	record->msr = uart->msr_delta;
	record->scr = uart->scr;
	memcpy(record->fifo, uart->fifo, sizeof(record->fifo));
	record->head = uart->head;
	record->tail = uart->tail;
	record->count = uart->count;
	record->dlab = !!(uart->lcr & UART_LCR_DLAB);
	record->overrun = uart->overrun;
	record->breaks_lo = uart->breaks;
	record->divisor = cpu_to_le16(uart->divisor);
	record->fcr = uart->fcr;
	record->fifo_size = mtty_uart_fifo_enabled(uart) ? MTTY_UART_FIFO_SIZE : 1;
	record->trigger = mtty_uart_trigger_level(uart);
	record->breaks_hi = uart->breaks >> 8;
	record->check = mtty_stream_port_crc(record);
}

static bool mtty_stream_port_valid(const struct mtty_stream_port *record)
{
	static const u16 triggers = BIT(0) | BIT(1) | BIT(4) | BIT(8) | BIT(14);
	u8 held = (record->head - record->tail) & (MTTY_UART_FIFO_SIZE - 1);

	return record->head < MTTY_UART_FIFO_SIZE &&
	       record->tail < MTTY_UART_FIFO_SIZE &&
	       record->count <= MTTY_UART_FIFO_SIZE &&
	       held == record->count % MTTY_UART_FIFO_SIZE &&
	       record->dlab == !!(record->lcr & UART_LCR_DLAB) &&
	       record->overrun <= 1 &&
	       (record->fifo_size == 1 || record->fifo_size == MTTY_UART_FIFO_SIZE) &&
	       record->trigger <= 14 && (triggers & BIT(record->trigger));
}

/**
 * mtty_stream_check() - check what has arrived of a stream so far
 * @stream: the stream; only its first @len bytes are looked at
 * @len: bytes that have arrived
 * @nr_ports: ports of the device that the stream is for
 *
 * Return: 0 if the bytes can begin a valid stream, and do form one if @len is
 * mtty_stream_size(); -EINVAL if not
 */
int mtty_stream_check(const struct mtty_stream *stream, size_t len,
		      unsigned int nr_ports)
{
	struct mtty_stream_header expected;
	unsigned int i;

	if (len > mtty_stream_size(nr_ports))
		return -EINVAL;
	mtty_stream_save_header(&expected, nr_ports);
	if (memcmp(&stream->header, &expected, min(len, sizeof(expected))))
		return -EINVAL;
	for (i = 0; i < nr_ports && len >= mtty_stream_size(i + 1); i++)
		if (!mtty_stream_port_valid(&stream->port[i]))
			return -EINVAL;
	return 0;
}

/* Slots from tail on that hold a byte */
static u16 mtty_stream_used_slots(const struct mtty_uart *uart)
{
	u32 slots = GENMASK(MTTY_UART_FIFO_SIZE - 1, 0) &
		    ((1U << uart->count) - 1);

	slots <<= uart->tail;
	return slots | slots >> MTTY_UART_FIFO_SIZE;
}

/* Even a record with a good check byte must not break the UART's invariants. */
static void mtty_stream_load_ext(struct mtty_uart *uart,
				 const struct mtty_stream_port *record)
{
	u16 breaks = record->breaks_lo | record->breaks_hi << 8;

	uart->thre_ip = record->latches & MTTY_STREAM_LATCH_THREIP;
	uart->break_sent = record->latches & MTTY_STREAM_LATCH_BRKD;
	uart->lsr_error = record->lsr & MTTY_STREAM_LSR_MASK;
	uart->msr_delta = record->msr & MTTY_STREAM_MSR_MASK;
	if (!breaks)
		return;
	uart->breaks = breaks & mtty_stream_used_slots(uart);
	/* A break that is the oldest character shows in LSR until it is reported. */
	if (uart->breaks & BIT(uart->tail))
		uart->lsr_error |= UART_LSR_BI;
}

/*
 * A THRE interrupt too many is harmless, one too few stops the guest's transmitter,
 * also when bytes wait in the receiver: reading them does not arm THRE.
 * A break that has begun has been sent.
 */
static void mtty_stream_derive_ext(struct mtty_uart *uart)
{
	uart->thre_ip = uart->ier & UART_IER_THRI;
	uart->break_sent = (uart->lcr & (UART_LCR_SBC | UART_LCR_DLAB)) == UART_LCR_SBC;
}

/**
 * mtty_stream_load_port() - decode the state of a UART
 * @uart: where to put it
 * @record: record that mtty_stream_check() has passed
 */
void mtty_stream_load_port(struct mtty_uart *uart,
			   const struct mtty_stream_port *record)
{
	*uart = (struct mtty_uart){
		.ier = record->ier & MTTY_UART_IER_MASK,
		.fcr = record->fcr & MTTY_UART_FCR_MASK,
		.lcr = record->lcr,
		.mcr = record->mcr & MTTY_UART_MCR_MASK,
		.scr = record->scr,
		.overrun = record->overrun,
		.divisor = le16_to_cpu(record->divisor),
		.head = record->head,
		.tail = record->tail,
		.count = record->count,
	};
	memcpy(uart->fifo, record->fifo, sizeof(uart->fifo));

	if ((record->latches & MTTY_STREAM_LATCH_VALID) &&
	    record->check == mtty_stream_port_crc(record))
		mtty_stream_load_ext(uart, record);
	else
		mtty_stream_derive_ext(uart);
}
