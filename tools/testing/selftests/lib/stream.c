// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "stream.h"

#define IER_THRE	0x02

static const __u8 empty_header[HEADER_SIZE] = {
	0x4e, 0x2c, 0x3e, 0x8c, 0x89, 0x09, 0x9d, 0x7e,
	[HEADER_MAJOR] = 1,
};

void stream_header(__u8 *stream, unsigned int ports)
{
	memcpy(stream, empty_header, sizeof(empty_header));
	stream[HEADER_PORTS] = ports;
}

__u8 stream_check(const __u8 *record)
{
	unsigned int crc = 0;
	int i, bit;

	for (i = RECORD_IER; i < RECORD_SIZE; i++) {
		crc ^= record[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc & 0x80 ? crc << 1 ^ 0x107 : crc << 1;
	}
	return crc;
}

void stream_seal(__u8 *record)
{
	record[RECORD_CHECK] = stream_check(record);
}

void stream_reset_record(__u8 *record)
{
	static const __u8 reset_record[RECORD_SIZE] = {
		[RECORD_EXTRA] = EXTRA_VALID,
		[RECORD_DIVISOR] = 0x0c,
		[RECORD_FIFO_SIZE] = 1,
		[RECORD_TRIGGER] = 1,
	};

	memcpy(record, reset_record, sizeof(reset_record));
	stream_seal(record);
}

size_t stream_reset(__u8 *stream, unsigned int ports)
{
	unsigned int port;

	stream_header(stream, ports);
	for (port = 0; port < ports; port++)
		stream_reset_record(stream_record(stream, port));
	return stream_size(ports);
}

void stream_fill(__u8 *record, unsigned int tail, const __u8 *bytes, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		record[RECORD_FIFO + (tail + i) % FIFO_SLOTS] = bytes[i];
	record[RECORD_TAIL] = tail;
	record[RECORD_HEAD] = (tail + count) % FIFO_SLOTS;
	record[RECORD_COUNT] = count;
}

static bool is_marked(const __u8 *record, unsigned int slot)
{
	__u8 marks = record[slot < 8 ? RECORD_MARKS_LOW : RECORD_MARKS_HIGH];

	return marks >> slot % 8 & 1;
}

/*
 * Rotates the ring so that its oldest byte is in slot 0, and clears the other slots.
 * The THRE latch means nothing while its interrupt is disabled.
 */
static void normalise(__u8 *to, const __u8 *from)
{
	unsigned int i, slot, count = from[RECORD_COUNT];

	memcpy(to, from, RECORD_SIZE);
	memset(to + RECORD_FIFO, 0, FIFO_SLOTS);
	to[RECORD_MARKS_LOW] = 0;
	to[RECORD_MARKS_HIGH] = 0;
	for (i = 0; i < count; i++) {
		slot = (from[RECORD_TAIL] + i) % FIFO_SLOTS;
		to[RECORD_FIFO + i] = from[RECORD_FIFO + slot];
		to[i < 8 ? RECORD_MARKS_LOW : RECORD_MARKS_HIGH] |=
			is_marked(from, slot) << i % 8;
	}
	to[RECORD_TAIL] = 0;
	to[RECORD_HEAD] = count % FIFO_SLOTS;
	to[RECORD_CHECK] = 0;
	if (!(to[RECORD_IER] & IER_THRE))
		to[RECORD_EXTRA] &= ~EXTRA_THREIP;
}

int stream_record_differs(const __u8 *a, const __u8 *b)
{
	__u8 left[RECORD_SIZE], right[RECORD_SIZE];
	int i;

	normalise(left, a);
	normalise(right, b);
	for (i = 0; i < RECORD_SIZE; i++) {
		if (left[i] != right[i])
			return i;
	}
	return -1;
}
