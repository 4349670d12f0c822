// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parts of the device-state stream: encode, check and decode. Pure functions on bytes and
 * UARTs. Only what has passed its check is decoded; decoding cannot fail.
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

/*
 * CRC-8 with the polynomial x^8 + x^2 + x + 1, most significant bit first: entry n is what
 * eight shifts make of the byte n. The kernel's own (CRC8) is a module that a module built
 * outside of the kernel cannot select.
 */
static const u8 mtty_stream_crc8_table[256] = {
	0x00, 0x07, 0x0e, 0x09, 0x1c, 0x1b, 0x12, 0x15,
	0x38, 0x3f, 0x36, 0x31, 0x24, 0x23, 0x2a, 0x2d,
	0x70, 0x77, 0x7e, 0x79, 0x6c, 0x6b, 0x62, 0x65,
	0x48, 0x4f, 0x46, 0x41, 0x54, 0x53, 0x5a, 0x5d,
	0xe0, 0xe7, 0xee, 0xe9, 0xfc, 0xfb, 0xf2, 0xf5,
	0xd8, 0xdf, 0xd6, 0xd1, 0xc4, 0xc3, 0xca, 0xcd,
	0x90, 0x97, 0x9e, 0x99, 0x8c, 0x8b, 0x82, 0x85,
	0xa8, 0xaf, 0xa6, 0xa1, 0xb4, 0xb3, 0xba, 0xbd,
	0xc7, 0xc0, 0xc9, 0xce, 0xdb, 0xdc, 0xd5, 0xd2,
	0xff, 0xf8, 0xf1, 0xf6, 0xe3, 0xe4, 0xed, 0xea,
	0xb7, 0xb0, 0xb9, 0xbe, 0xab, 0xac, 0xa5, 0xa2,
	0x8f, 0x88, 0x81, 0x86, 0x93, 0x94, 0x9d, 0x9a,
	0x27, 0x20, 0x29, 0x2e, 0x3b, 0x3c, 0x35, 0x32,
	0x1f, 0x18, 0x11, 0x16, 0x03, 0x04, 0x0d, 0x0a,
	0x57, 0x50, 0x59, 0x5e, 0x4b, 0x4c, 0x45, 0x42,
	0x6f, 0x68, 0x61, 0x66, 0x73, 0x74, 0x7d, 0x7a,
	0x89, 0x8e, 0x87, 0x80, 0x95, 0x92, 0x9b, 0x9c,
	0xb1, 0xb6, 0xbf, 0xb8, 0xad, 0xaa, 0xa3, 0xa4,
	0xf9, 0xfe, 0xf7, 0xf0, 0xe5, 0xe2, 0xeb, 0xec,
	0xc1, 0xc6, 0xcf, 0xc8, 0xdd, 0xda, 0xd3, 0xd4,
	0x69, 0x6e, 0x67, 0x60, 0x75, 0x72, 0x7b, 0x7c,
	0x51, 0x56, 0x5f, 0x58, 0x4d, 0x4a, 0x43, 0x44,
	0x19, 0x1e, 0x17, 0x10, 0x05, 0x02, 0x0b, 0x0c,
	0x21, 0x26, 0x2f, 0x28, 0x3d, 0x3a, 0x33, 0x34,
	0x4e, 0x49, 0x40, 0x47, 0x52, 0x55, 0x5c, 0x5b,
	0x76, 0x71, 0x78, 0x7f, 0x6a, 0x6d, 0x64, 0x63,
	0x3e, 0x39, 0x30, 0x37, 0x22, 0x25, 0x2c, 0x2b,
	0x06, 0x01, 0x08, 0x0f, 0x1a, 0x1d, 0x14, 0x13,
	0xae, 0xa9, 0xa0, 0xa7, 0xb2, 0xb5, 0xbc, 0xbb,
	0x96, 0x91, 0x98, 0x9f, 0x8a, 0x8d, 0x84, 0x83,
	0xde, 0xd9, 0xd0, 0xd7, 0xc2, 0xc5, 0xcc, 0xcb,
	0xe6, 0xe1, 0xe8, 0xef, 0xfa, 0xfd, 0xf4, 0xf3,
};

static u8 mtty_stream_crc8(const u8 *bytes, size_t count)
{
	u8 crc = 0;

	while (count--)
		crc = mtty_stream_crc8_table[crc ^ *bytes++];
	return crc;
}

/* Check byte of a record: it covers all bytes that follow it. */
static u8 mtty_stream_port_crc(const struct mtty_stream_port *record)
{
	const size_t start = offsetof(struct mtty_stream_port, ier);

	return mtty_stream_crc8((const u8 *)record + start, sizeof(*record) - start);
}

/**
 * mtty_stream_save_header() - make the header of a stream
 * @header: where to put it
 * @nr_ports: ports of the device, 1 or 2
 * @minor: MTTY_STREAM_MINOR_*
 */
void mtty_stream_save_header(struct mtty_stream_header *header, unsigned int nr_ports,
			     unsigned int minor)
{
	*header = (struct mtty_stream_header){
		.magic = cpu_to_le64(MTTY_STREAM_MAGIC),
		.major = cpu_to_le32(MTTY_STREAM_MAJOR),
		.minor = cpu_to_le32(minor),
		.nr_ports = cpu_to_le32(nr_ports),
	};
}

/**
 * mtty_stream_header_valid() - check what has arrived of a header so far
 * @header: the header; only its first @len bytes are looked at
 * @len: bytes that have arrived
 * @nr_ports: ports of the device that the stream is for
 *
 * Return: true if the bytes can begin a header that this device accepts, and do form one
 * if @len is the size of a header
 */
bool mtty_stream_header_valid(const struct mtty_stream_header *header, size_t len,
			      unsigned int nr_ports)
{
	struct mtty_stream_header expected;
	unsigned int minor;

	for (minor = MTTY_STREAM_MINOR_RECORDS; minor <= MTTY_STREAM_MINOR_CHUNKS; minor++) {
		mtty_stream_save_header(&expected, nr_ports, minor);
		if (!memcmp(header, &expected, len))
			return true;
	}
	return false;
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

/**
 * mtty_stream_port_valid() - check a record
 * @record: the record
 *
 * Return: true if mtty_stream_load_port() can decode it
 */
bool mtty_stream_port_valid(const struct mtty_stream_port *record)
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
 * @record: record that mtty_stream_port_valid() has passed
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
