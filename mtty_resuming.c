// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stream of a device that is being resumed.
 *
 * Each part is checked as soon as it can be, so that a migration fails while its source can
 * still go on. Nothing is stored but the records of the ports: the payload is checked byte
 * by byte and forgotten.
 */
#include "mtty_resuming.h"

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include <asm/byteorder.h>

#include "mtty_payload.h"

static void mtty_resuming_expect(struct mtty_resuming *resuming,
				 enum mtty_resuming_part part, u64 size)
{
	resuming->part = part;
	resuming->size = size;
	resuming->len = 0;
}

/**
 * mtty_resuming_init() - expect a stream
 * @resuming: the stream, all zero
 * @nr_ports: ports of the device
 */
void mtty_resuming_init(struct mtty_resuming *resuming, unsigned int nr_ports)
{
	resuming->nr_ports = nr_ports;
	mtty_resuming_expect(resuming, MTTY_RESUMING_HEADER, sizeof(resuming->header));
}

static u64 mtty_resuming_records_size(const struct mtty_resuming *resuming)
{
	return resuming->nr_ports * sizeof(resuming->records[0]);
}

static bool mtty_resuming_header_end(struct mtty_resuming *resuming)
{
	resuming->chunks = resuming->header.minor == cpu_to_le32(MTTY_STREAM_MINOR_CHUNKS);
	if (resuming->chunks)
		mtty_resuming_expect(resuming, MTTY_RESUMING_HEAD, sizeof(resuming->head));
	else
		mtty_resuming_expect(resuming, MTTY_RESUMING_PORTS,
				     mtty_resuming_records_size(resuming));
	return true;
}

static bool mtty_resuming_begin_ports(struct mtty_resuming *resuming, u64 size)
{
	if (resuming->have_ports || size != mtty_resuming_records_size(resuming))
		return false;
	mtty_resuming_expect(resuming, MTTY_RESUMING_PORTS, size);
	return true;
}

static bool mtty_resuming_begin_end(struct mtty_resuming *resuming, u64 size)
{
	if (!resuming->have_ports || size != sizeof(resuming->end))
		return false;
	mtty_resuming_expect(resuming, MTTY_RESUMING_END, size);
	return true;
}

static bool mtty_resuming_head_end(struct mtty_resuming *resuming)
{
	u64 size = le64_to_cpu(resuming->head.length);
	u32 flags = le32_to_cpu(resuming->head.flags);

	if (flags & ~MTTY_STREAM_CHUNK_OPTIONAL)
		return false;
	switch (le32_to_cpu(resuming->head.type)) {
	case MTTY_STREAM_CHUNK_PAYLOAD:
		mtty_resuming_expect(resuming, MTTY_RESUMING_PAYLOAD, size);
		return true;
	case MTTY_STREAM_CHUNK_PORTS:
		return mtty_resuming_begin_ports(resuming, size);
	case MTTY_STREAM_CHUNK_END:
		return mtty_resuming_begin_end(resuming, size);
	default:
		mtty_resuming_expect(resuming, MTTY_RESUMING_UNKNOWN, size);
		return flags & MTTY_STREAM_CHUNK_OPTIONAL;
	}
}

static bool mtty_resuming_ports_end(struct mtty_resuming *resuming)
{
	resuming->have_ports = true;
	if (resuming->chunks)
		mtty_resuming_expect(resuming, MTTY_RESUMING_HEAD, sizeof(resuming->head));
	else
		mtty_resuming_expect(resuming, MTTY_RESUMING_NOTHING, 0);
	return true;
}

static bool mtty_resuming_end_end(struct mtty_resuming *resuming)
{
	if (le64_to_cpu(resuming->end.payload) != resuming->payload)
		return false;
	mtty_resuming_expect(resuming, MTTY_RESUMING_NOTHING, 0);
	return true;
}

/* The part is whole; returns whether it can be loaded, and a part can follow it. */
static bool mtty_resuming_part_end(struct mtty_resuming *resuming)
{
	switch (resuming->part) {
	case MTTY_RESUMING_HEADER:
		return mtty_resuming_header_end(resuming);
	case MTTY_RESUMING_HEAD:
		return mtty_resuming_head_end(resuming);
	case MTTY_RESUMING_PORTS:
		return mtty_resuming_ports_end(resuming);
	case MTTY_RESUMING_END:
		return mtty_resuming_end_end(resuming);
	case MTTY_RESUMING_PAYLOAD:
	case MTTY_RESUMING_UNKNOWN:
		mtty_resuming_expect(resuming, MTTY_RESUMING_HEAD, sizeof(resuming->head));
		return true;
	default:
		return false;
	}
}

/* A record is checked when it is whole, also if others are not there yet. */
static bool mtty_resuming_add_records(struct mtty_resuming *resuming, const u8 *buf,
				      size_t count)
{
	size_t size = sizeof(resuming->records[0]);
	size_t i = resuming->len / size;

	memcpy((u8 *)resuming->records + resuming->len, buf, count);
	for (; (i + 1) * size <= resuming->len + count; i++)
		if (!mtty_stream_port_valid(&resuming->records[i]))
			return false;
	return true;
}

/* @count is at most what the part lacks. */
static bool mtty_resuming_add(struct mtty_resuming *resuming, const u8 *buf, size_t count)
{
	switch (resuming->part) {
	case MTTY_RESUMING_HEADER:
		memcpy((u8 *)&resuming->header + resuming->len, buf, count);
		return mtty_stream_header_valid(&resuming->header, resuming->len + count,
						resuming->nr_ports);
	case MTTY_RESUMING_HEAD:
		memcpy((u8 *)&resuming->head + resuming->len, buf, count);
		return true;
	case MTTY_RESUMING_END:
		memcpy((u8 *)&resuming->end + resuming->len, buf, count);
		return true;
	case MTTY_RESUMING_PORTS:
		return mtty_resuming_add_records(resuming, buf, count);
	case MTTY_RESUMING_PAYLOAD:
		if (!mtty_payload_valid(buf, resuming->payload, count))
			return false;
		resuming->payload += count;
		return true;
	default:
		return true;
	}
}

static bool mtty_resuming_try_write(struct mtty_resuming *resuming, const u8 *buf,
				    size_t count)
{
	size_t len;

	while (count) {
		if (resuming->part == MTTY_RESUMING_NOTHING)
			return false;
		len = min_t(u64, count, resuming->size - resuming->len);
		if (!mtty_resuming_add(resuming, buf, len))
			return false;
		resuming->len += len;
		resuming->pos += len;
		buf += len;
		count -= len;
		if (resuming->len == resuming->size && !mtty_resuming_part_end(resuming))
			return false;
	}
	return true;
}

/**
 * mtty_resuming_write() - take the next bytes of a stream
 * @resuming: the stream
 * @buf: the bytes
 * @count: number of bytes
 *
 * Return: 0; -EINVAL if the stream cannot be loaded, then and ever after
 */
int mtty_resuming_write(struct mtty_resuming *resuming, const u8 *buf, size_t count)
{
	if (!resuming->refused)
		resuming->refused = !mtty_resuming_try_write(resuming, buf, count);
	return resuming->refused ? -EINVAL : 0;
}

/**
 * mtty_resuming_complete() - find out if the whole stream has arrived
 * @resuming: the stream
 *
 * Return: true if its records can be loaded
 */
bool mtty_resuming_complete(const struct mtty_resuming *resuming)
{
	return !resuming->refused && resuming->part == MTTY_RESUMING_NOTHING;
}
