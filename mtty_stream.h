/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Format of the device-state stream. Version 1.0 is one header, then one record for each
 * port. Version 1.1 is one header, then chunks, of which one has those records; a card
 * sends it only if it has a payload. All integers are little-endian; nothing is padded.
 *
 * The kernel's own mtty sample sends version 1.0. It leaves the members that are marked
 * (ext) unused: it sends zeros there, or what it was sent itself.
 */
#ifndef MTTY_STREAM_H
#define MTTY_STREAM_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include "mtty_uart.h"

#define MTTY_STREAM_MAGIC	0x7e9d09898c3e2c4eULL
#define MTTY_STREAM_MAJOR	1
#define MTTY_STREAM_MINOR_RECORDS	0	/* version 1.0 */
#define MTTY_STREAM_MINOR_CHUNKS	1	/* version 1.1 */
#define MTTY_STREAM_MAX_PORTS	2

/* struct mtty_stream_port.latches */
#define MTTY_STREAM_LATCH_THREIP	0x01	/* THRE interrupt is pending */
#define MTTY_STREAM_LATCH_BRKD		0x02	/* this break is in the FIFO already */
#define MTTY_STREAM_LATCH_VALID		0x80	/* the (ext) members are meant */

/**
 * struct mtty_stream_header - start of the stream
 * @magic: MTTY_STREAM_MAGIC
 * @major: MTTY_STREAM_MAJOR
 * @minor: MTTY_STREAM_MINOR_*
 * @nr_ports: 1 or 2; the device loading the stream has as many
 * @flags: 0
 */
struct mtty_stream_header {
	__le64 magic;
	__le32 major;
	__le32 minor;
	__le32 nr_ports;
	__le32 flags;
};

static_assert(sizeof(struct mtty_stream_header) == 24);
static_assert(offsetof(struct mtty_stream_header, major) == 8);
static_assert(offsetof(struct mtty_stream_header, minor) == 12);
static_assert(offsetof(struct mtty_stream_header, nr_ports) == 16);
static_assert(offsetof(struct mtty_stream_header, flags) == 20);

/**
 * struct mtty_stream_port - state of one port
 * @check: (ext) CRC-8, polynomial 07, of all the bytes that follow
 * @ier: Interrupt Enable Register
 * @latches: (ext) MTTY_STREAM_LATCH_*
 * @lcr: Line Control Register
 * @mcr: Modem Control Register
 * @lsr: (ext) sticky bits 4:2 of the Line Status Register
 * @msr: (ext) delta bits 3:0 of the Modem Status Register
 * @scr: Scratch Register
 * @fifo: bytes in the FIFO, circular
 * @head: slot to fill next, 0 to 15
 * @tail: slot of the oldest byte, 0 to 15
 * @count: bytes held, 0 to 16
 * @dlab: bit 7 of @lcr, as 0 or 1
 * @overrun: bit 1 of the Line Status Register, as 0 or 1
 * @breaks_lo: (ext) bit n: slot n holds a break not yet reported
 * @divisor: DLM:DLL
 * @fcr: FIFO Control Register as last programmed
 * @fifo_size: 16, or 1 with the FIFO disabled; for information
 * @trigger: receiver FIFO trigger level 1, 4, 8 or 14; for information
 * @breaks_hi: (ext) bit n: slot 8 + n holds a break not yet reported
 */
struct mtty_stream_port {
	__u8 check;
	__u8 ier;
	__u8 latches;
	__u8 lcr;
	__u8 mcr;
	__u8 lsr;
	__u8 msr;
	__u8 scr;
	__u8 fifo[16];
	__u8 head;
	__u8 tail;
	__u8 count;
	__u8 dlab;
	__u8 overrun;
	__u8 breaks_lo;
	__le16 divisor;
	__u8 fcr;
	__u8 fifo_size;
	__u8 trigger;
	__u8 breaks_hi;
};

static_assert(sizeof(struct mtty_stream_port) == 36);
static_assert(offsetof(struct mtty_stream_port, scr) == 7);
static_assert(offsetof(struct mtty_stream_port, fifo) == 8);
static_assert(offsetof(struct mtty_stream_port, head) == 24);
static_assert(offsetof(struct mtty_stream_port, breaks_lo) == 29);
static_assert(offsetof(struct mtty_stream_port, divisor) == 30);
static_assert(offsetof(struct mtty_stream_port, fcr) == 32);
static_assert(offsetof(struct mtty_stream_port, breaks_hi) == 35);

/* struct mtty_stream_chunk.type */
#define MTTY_STREAM_CHUNK_PAYLOAD	1	/* the next bytes of the payload */
#define MTTY_STREAM_CHUNK_PORTS		2	/* one record for each port; once */
#define MTTY_STREAM_CHUNK_END		3	/* struct mtty_stream_end; once, and last */

/* struct mtty_stream_chunk.flags: a device that does not know the type can go without it */
#define MTTY_STREAM_CHUNK_OPTIONAL	0x01

/**
 * struct mtty_stream_chunk - head of a chunk
 * @type: MTTY_STREAM_CHUNK_*
 * @flags: MTTY_STREAM_CHUNK_OPTIONAL or 0
 * @length: bytes that follow the head
 */
struct mtty_stream_chunk {
	__le32 type;
	__le32 flags;
	__le64 length;
};

static_assert(sizeof(struct mtty_stream_chunk) == 16);
static_assert(offsetof(struct mtty_stream_chunk, flags) == 4);
static_assert(offsetof(struct mtty_stream_chunk, length) == 8);

/**
 * struct mtty_stream_end - what the last chunk holds
 * @payload: bytes of payload in the whole stream
 */
struct mtty_stream_end {
	__le64 payload;
};

static_assert(sizeof(struct mtty_stream_end) == 8);

void mtty_stream_save_header(struct mtty_stream_header *header, unsigned int nr_ports,
			     unsigned int minor);
bool mtty_stream_header_valid(const struct mtty_stream_header *header, size_t len,
			      unsigned int nr_ports);
void mtty_stream_save_port(struct mtty_stream_port *record,
			   const struct mtty_uart *uart);
bool mtty_stream_port_valid(const struct mtty_stream_port *record);
void mtty_stream_load_port(struct mtty_uart *uart,
			   const struct mtty_stream_port *record);

#endif /* MTTY_STREAM_H */
