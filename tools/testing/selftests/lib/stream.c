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

static __u64 get_number(const __u8 *bytes, unsigned int size)
{
	__u64 number = 0;

	while (size--)
		number = number << 8 | bytes[size];
	return number;
}

static void put_number(__u8 *bytes, unsigned int size, __u64 number)
{
	for (; size--; number >>= 8)
		*bytes++ = number;
}

void stream_put_head(__u8 *head, __u32 type, __u32 flags, __u64 length)
{
	put_number(head + CHUNK_TYPE, 4, type);
	put_number(head + CHUNK_FLAGS, 4, flags);
	put_number(head + CHUNK_LENGTH, 8, length);
}

/* Each word of the payload holds its own position. */
static bool is_payload(const __u8 *bytes, __u64 position, __u64 length)
{
	__u64 end = position + length;

	for (; position < end; position++) {
		if (*bytes++ != (__u8)((position & ~7ULL) >> 8 * (position & 7)))
			return false;
	}
	return true;
}

static const char *walk_chunk(struct stream_parts *parts, const __u8 *head, __u64 length,
			      unsigned int ports)
{
	const __u8 *bytes = head + CHUNK_HEAD;

	if (length > CHUNK_MAX - CHUNK_HEAD)
		return "too long a chunk";
	if (get_number(head + CHUNK_FLAGS, 4))
		return "a flag is set";
	if (parts->ended)
		return "a chunk behind the end";
	switch (get_number(head + CHUNK_TYPE, 4)) {
	case CHUNK_PAYLOAD:
		if (!length || parts->records || !is_payload(bytes, parts->payload, length))
			return "not this payload";
		parts->payload += length;
		return NULL;
	case CHUNK_PORTS:
		if (parts->records || length != ports * RECORD_SIZE)
			return "not these ports";
		parts->records = bytes;
		return NULL;
	case CHUNK_END:
		parts->ended = true;
		return parts->records && length == 8 && get_number(bytes, 8) == parts->payload ?
		       NULL : "not this end";
	}
	return "an unknown type";
}

static const char *walk_header(const __u8 *stream, size_t size, unsigned int ports)
{
	__u8 header[HEADER_SIZE];

	stream_header(header, ports);
	header[HEADER_MINOR] = 1;
	return size < HEADER_SIZE || memcmp(header, stream, HEADER_SIZE) ? "not this header" : NULL;
}

size_t stream_walk(struct stream_parts *parts, const __u8 *stream, size_t size,
		   unsigned int ports)
{
	size_t at = HEADER_SIZE;
	__u64 length;

	*parts = (struct stream_parts){ .wrong = walk_header(stream, size, ports), };
	if (parts->wrong)
		return 0;
	for (; at + CHUNK_HEAD <= size; at += CHUNK_HEAD + length) {
		length = get_number(stream + at + CHUNK_LENGTH, 8);
		if (length <= CHUNK_MAX - CHUNK_HEAD && at + CHUNK_HEAD + length > size)
			break;
		parts->wrong = walk_chunk(parts, stream + at, length, ports);
		if (parts->wrong)
			break;
		parts->chunks++;
	}
	return at;
}

__u64 stream_in_chunks(__u64 payload)
{
	const __u64 max = CHUNK_MAX - CHUNK_HEAD;

	return payload + (payload + max - 1) / max * CHUNK_HEAD;
}

__u64 stream_chunks_size(unsigned int ports, __u64 payload)
{
	return HEADER_SIZE + stream_in_chunks(payload) + CHUNK_HEAD + ports * RECORD_SIZE +
	       CHUNK_HEAD + 8;
}
