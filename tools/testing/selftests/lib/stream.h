/* SPDX-License-Identifier: GPL-2.0-only */
/* The device-state stream, versions 1.0 and 1.1, byte by byte. */
#ifndef MTTY_LIB_STREAM_H
#define MTTY_LIB_STREAM_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define HEADER_MAGIC	0
#define HEADER_MAJOR	8
#define HEADER_MINOR	12
#define HEADER_PORTS	16
#define HEADER_FLAGS	20
#define HEADER_SIZE	24

#define RECORD_CHECK	0
#define RECORD_IER	1
#define RECORD_EXTRA	2
#define RECORD_LCR	3
#define RECORD_MCR	4
#define RECORD_ERRORS	5
#define RECORD_DELTAS	6
#define RECORD_SCR	7
#define RECORD_FIFO	8
#define RECORD_HEAD	24
#define RECORD_TAIL	25
#define RECORD_COUNT	26
#define RECORD_DLAB	27
#define RECORD_OVERRUN	28
#define RECORD_MARKS_LOW	29
#define RECORD_DIVISOR	30
#define RECORD_FCR	32
#define RECORD_FIFO_SIZE	33
#define RECORD_TRIGGER	34
#define RECORD_MARKS_HIGH	35
#define RECORD_SIZE	36

#define EXTRA_VALID	0x80
#define EXTRA_THREIP	0x01
#define EXTRA_BRKD	0x02

/* Version 1.1: the head of a chunk, and the longest chunk with its head */
#define CHUNK_TYPE	0
#define CHUNK_FLAGS	4
#define CHUNK_LENGTH	8
#define CHUNK_HEAD	16
#define CHUNK_MAX	16384

#define CHUNK_PAYLOAD	1
#define CHUNK_PORTS	2
#define CHUNK_END	3
#define CHUNK_OPTIONAL	1	/* a flag */

#define FIFO_SLOTS	16
#define STREAM_MAX	(HEADER_SIZE + 2 * RECORD_SIZE)

static inline size_t stream_size(unsigned int ports)
{
	return HEADER_SIZE + ports * RECORD_SIZE;
}

static inline __u8 *stream_record(__u8 *stream, unsigned int port)
{
	return stream + stream_size(port);
}

void stream_header(__u8 *stream, unsigned int ports);
/* The record of a port in its reset state. */
void stream_reset_record(__u8 *record);
/* The whole stream of a device in its reset state; returns its size. */
size_t stream_reset(__u8 *stream, unsigned int ports);

__u8 stream_check(const __u8 *record);
/* Updates the check byte after a test has changed the record. */
void stream_seal(__u8 *record);

/* Puts bytes into a record's FIFO, starting at slot @tail. */
void stream_fill(__u8 *record, unsigned int tail, const __u8 *bytes, unsigned int count);

/*
 * The offset at which two records differ, or -1. Differences without a meaning are
 * ignored: unused FIFO slots, the position of the bytes in the ring, and a THRE latch
 * whose interrupt is disabled.
 */
int stream_record_differs(const __u8 *a, const __u8 *b);

/* What stream_walk() has found. */
struct stream_parts {
	unsigned int chunks;
	__u64 payload;
	const __u8 *records;	/* NULL if they are not there */
	bool ended;
	const char *wrong;	/* NULL if nothing is */
};

/*
 * Walks over a stream of version 1.1, or over the beginning of one. Returns where it ends,
 * or where it is wrong.
 */
size_t stream_walk(struct stream_parts *parts, const __u8 *stream, size_t size,
		   unsigned int ports);

/* Length of a payload in chunks, and of a whole stream of version 1.1 */
__u64 stream_in_chunks(__u64 payload);
__u64 stream_chunks_size(unsigned int ports, __u64 payload);

void stream_put_head(__u8 *head, __u32 type, __u32 flags, __u64 length);

#endif /* MTTY_LIB_STREAM_H */
