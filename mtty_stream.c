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

#include <linux/array_size.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/serial_reg.h>
#include <linux/string.h>

#include <asm/byteorder.h>

#define MTTY_STREAM_MSR_MASK	(UART_MSR_DCTS | UART_MSR_DDSR | \
				 UART_MSR_TERI | UART_MSR_DDCD)
#define MTTY_STREAM_LSR_MASK	(UART_LSR_PE | UART_LSR_FE | UART_LSR_BI)

/**
 * mtty_stream_size() - length of a whole stream
 * @nr_ports: ports of the device, 1 or 2
 *
 * Return: the length in bytes
 */
size_t mtty_stream_size(unsigned int nr_ports)
{
	return offsetof(struct mtty_stream, port[nr_ports]);
}

/*
 * The kernel has this CRC too, but as a module of its own (CRC8), which a module
 * that is not part of the kernel cannot select.
 */
static u8 mtty_stream_crc8(const u8 *data, size_t len)
{
	/* Multiples of the polynomial 07, by the four bits that leave at the top */
	static const u8 multiples[] = {
		0x00, 0x07, 0x0e, 0x09, 0x1c, 0x1b, 0x12, 0x15,
		0x38, 0x3f, 0x36, 0x31, 0x24, 0x23, 0x2a, 0x2d,
	};
	u8 crc = 0;

	while (len--) {
		crc ^= *data++;
		crc = crc << 4 ^ multiples[crc >> 4];
		crc = crc << 4 ^ multiples[crc >> 4];
	}
	return crc;
}

static u8 mtty_stream_port_crc(const struct mtty_stream_port *record)
{
	return mtty_stream_crc8(&record->ier, sizeof(*record) - sizeof(record->check));
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
	*record = (struct mtty_stream_port){
		.ier = uart->ier,
		.latches = MTTY_STREAM_LATCH_VALID |
			   (uart->thre_ip ? MTTY_STREAM_LATCH_THREIP : 0) |
			   (uart->break_sent ? MTTY_STREAM_LATCH_BRKD : 0),
		.lcr = uart->lcr,
		.mcr = uart->mcr,
		.lsr = uart->lsr_error,
		.msr = uart->msr_delta,
		.scr = uart->scr,
		.head = uart->head,
		.tail = uart->tail,
		.count = uart->count,
		.dlab = !!(uart->lcr & UART_LCR_DLAB),
		.overrun = uart->overrun,
		.breaks_lo = uart->breaks,
		.divisor = cpu_to_le16(uart->divisor),
		.fcr = uart->fcr,
		.fifo_size = mtty_uart_fifo_enabled(uart) ? MTTY_UART_FIFO_SIZE : 1,
		.trigger = mtty_uart_trigger_level(uart),
		.breaks_hi = uart->breaks >> 8,
	};
	memcpy(record->fifo, uart->fifo, sizeof(record->fifo));
	record->check = mtty_stream_port_crc(record);
}

static bool mtty_stream_port_valid(const struct mtty_stream_port *record)
{
	static const u8 triggers[] = { 0, 1, 4, 8, 14 };
	u8 held = (record->head - record->tail) & (MTTY_UART_FIFO_SIZE - 1);

	return record->head < MTTY_UART_FIFO_SIZE &&
	       record->tail < MTTY_UART_FIFO_SIZE &&
	       record->count <= MTTY_UART_FIFO_SIZE &&
	       held == record->count % MTTY_UART_FIFO_SIZE &&
	       record->dlab == !!(record->lcr & UART_LCR_DLAB) &&
	       record->overrun <= 1 &&
	       (record->fifo_size == 1 || record->fifo_size == MTTY_UART_FIFO_SIZE) &&
	       memchr(triggers, record->trigger, ARRAY_SIZE(triggers));
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

	uart->thre_ip = (record->latches & MTTY_STREAM_LATCH_THREIP) && !uart->count;
	uart->break_sent = record->latches & MTTY_STREAM_LATCH_BRKD;
	uart->lsr_error = record->lsr & MTTY_STREAM_LSR_MASK;
	uart->msr_delta = record->msr & MTTY_STREAM_MSR_MASK;
	uart->breaks = breaks & mtty_stream_used_slots(uart);
	/* A break that is the oldest character shows in LSR until it is reported. */
	if (uart->breaks & BIT(uart->tail))
		uart->lsr_error |= UART_LSR_BI;
}

/*
 * A THRE interrupt too many is harmless, one too few stops the guest's transmitter.
 * A break that has begun has been sent.
 */
static void mtty_stream_derive_ext(struct mtty_uart *uart)
{
	uart->thre_ip = !uart->count && (uart->ier & UART_IER_THRI);
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
