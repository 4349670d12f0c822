// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stream of a device that is being saved, part by part.
 *
 * A stream of version 1.0 is the header and, when PRE_COPY is over, the records of the
 * ports. The header comes in PRE_COPY so that the destination can check early whether it
 * can load the device.
 *
 * A stream of version 1.1 is the header, then payload in PRE_COPY and after it, then the
 * ports and an end. Payload that has become dirty is sent again as new payload: what the
 * destination checks is one sequence of bytes, however much of it there is.
 */
#include "mtty_saving.h"

#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include <asm/byteorder.h>

#include "mtty_payload.h"

#define MTTY_SAVING_HEAD	sizeof(struct mtty_stream_chunk)
#define MTTY_SAVING_PAYLOAD_MAX	(MTTY_SAVING_PART_MAX - MTTY_SAVING_HEAD)

/**
 * mtty_saving_init() - begin a stream
 * @saving: the stream, all zero
 * @nr_ports: ports of the device
 * @state_size: bytes of payload
 * @precopy_size: bytes of it that PRE_COPY transfers
 */
void mtty_saving_init(struct mtty_saving *saving, unsigned int nr_ports, u64 state_size,
		      u64 precopy_size)
{
	saving->nr_ports = nr_ports;
	saving->chunks = state_size;
	saving->precopy_size = precopy_size;
	saving->initial = precopy_size;
	saving->rest = state_size - precopy_size;
	saving->was_initial = true;
}

/**
 * mtty_saving_make_dirty() - let payload that has been transferred become dirty
 * @saving: the stream, in PRE_COPY
 * @bytes: how much, if as much has been transferred and is not dirty yet
 */
void mtty_saving_make_dirty(struct mtty_saving *saving, u64 bytes)
{
	u64 clean = saving->precopy_size - saving->initial - saving->dirty;

	saving->dirty += min(bytes, clean);
}

/**
 * mtty_saving_reinit() - begin anew with the initial data
 * @saving: the stream, in PRE_COPY
 *
 * As the uAPI says, nothing is dirty then.
 */
void mtty_saving_reinit(struct mtty_saving *saving)
{
	saving->initial = saving->precopy_size;
	saving->dirty = 0;
}

/**
 * mtty_saving_stop() - end PRE_COPY
 * @saving: the stream; its records are filled in
 */
void mtty_saving_stop(struct mtty_saving *saving)
{
	saving->stopped = true;
}

static size_t mtty_saving_records_size(const struct mtty_saving *saving)
{
	return saving->nr_ports * sizeof(saving->records[0]);
}

static void mtty_saving_put_head(u8 *buf, u32 type, u64 length)
{
	const struct mtty_stream_chunk head = {
		.type = cpu_to_le32(type),
		.length = cpu_to_le64(length),
	};

	memcpy(buf, &head, sizeof(head));
}

/* Where the next payload is taken from: initial data come first. */
static u64 *mtty_saving_payload_source(struct mtty_saving *saving)
{
	if (saving->initial)
		return &saving->initial;
	if (saving->dirty || !saving->stopped)
		return &saving->dirty;
	return &saving->rest;
}

static size_t mtty_saving_put_header(struct mtty_saving *saving, u8 *buf)
{
	struct mtty_stream_header header;

	mtty_stream_save_header(&header, saving->nr_ports,
				saving->chunks ? MTTY_STREAM_MINOR_CHUNKS :
						 MTTY_STREAM_MINOR_RECORDS);
	memcpy(buf, &header, sizeof(header));
	saving->next = MTTY_SAVING_PAYLOAD;
	return sizeof(header);
}

static size_t mtty_saving_put_payload(struct mtty_saving *saving, u8 *buf)
{
	u64 *source = mtty_saving_payload_source(saving);
	size_t count = min(*source, MTTY_SAVING_PAYLOAD_MAX);

	saving->was_initial = source == &saving->initial;
	mtty_saving_put_head(buf, MTTY_STREAM_CHUNK_PAYLOAD, count);
	mtty_payload_fill(buf + MTTY_SAVING_HEAD, saving->payload, count);
	saving->payload += count;
	*source -= count;
	return MTTY_SAVING_HEAD + count;
}

static size_t mtty_saving_put_ports(struct mtty_saving *saving, u8 *buf)
{
	size_t head = 0;

	if (saving->chunks) {
		head = MTTY_SAVING_HEAD;
		mtty_saving_put_head(buf, MTTY_STREAM_CHUNK_PORTS,
				     mtty_saving_records_size(saving));
	}
	memcpy(buf + head, saving->records, mtty_saving_records_size(saving));
	saving->next = saving->chunks ? MTTY_SAVING_END : MTTY_SAVING_NOTHING;
	return head + mtty_saving_records_size(saving);
}

/* A stream without chunks is so short that it comes in one part, as soon as it is there. */
static size_t mtty_saving_put_short_stream(struct mtty_saving *saving, u8 *buf)
{
	size_t len = mtty_saving_put_header(saving, buf);

	return len + mtty_saving_put_ports(saving, buf + len);
}

static size_t mtty_saving_put_end(struct mtty_saving *saving, u8 *buf)
{
	const struct mtty_stream_end end = { .payload = cpu_to_le64(saving->payload), };

	mtty_saving_put_head(buf, MTTY_STREAM_CHUNK_END, sizeof(end));
	memcpy(buf + MTTY_SAVING_HEAD, &end, sizeof(end));
	saving->next = MTTY_SAVING_NOTHING;
	return MTTY_SAVING_HEAD + sizeof(end);
}

/**
 * mtty_saving_next() - the next part of the stream
 * @saving: the stream
 * @buf: where to put it; MTTY_SAVING_PART_MAX bytes, or MTTY_SAVING_SHORT_MAX if there is
 *	 no payload
 *
 * Return: length in bytes; 0 if there is nothing, in PRE_COPY for the time being
 */
size_t mtty_saving_next(struct mtty_saving *saving, u8 *buf)
{
	if (saving->next == MTTY_SAVING_HEADER)
		return saving->stopped && !saving->chunks ?
			mtty_saving_put_short_stream(saving, buf) :
			mtty_saving_put_header(saving, buf);
	if (saving->next == MTTY_SAVING_PAYLOAD) {
		if (*mtty_saving_payload_source(saving))
			return mtty_saving_put_payload(saving, buf);
		if (!saving->stopped)
			return 0;
		return mtty_saving_put_ports(saving, buf);
	}
	return saving->next == MTTY_SAVING_END ? mtty_saving_put_end(saving, buf) : 0;
}

/* Length of a payload in chunks */
static u64 mtty_saving_in_chunks(u64 payload)
{
	return payload + DIV_ROUND_UP_ULL(payload, MTTY_SAVING_PAYLOAD_MAX) * MTTY_SAVING_HEAD;
}

/**
 * mtty_saving_initial_bytes() - length of the initial data that are left
 * @saving: the stream
 *
 * Return: bytes, with the header and the heads of chunks
 */
u64 mtty_saving_initial_bytes(const struct mtty_saving *saving)
{
	u64 header = saving->next == MTTY_SAVING_HEADER ? sizeof(struct mtty_stream_header) : 0;

	return header + mtty_saving_in_chunks(saving->initial);
}

/**
 * mtty_saving_dirty_bytes() - length of the data that have become dirty
 * @saving: the stream
 *
 * Return: bytes, with the heads of chunks
 */
u64 mtty_saving_dirty_bytes(const struct mtty_saving *saving)
{
	return mtty_saving_in_chunks(saving->dirty);
}

static u64 mtty_saving_tail_size(const struct mtty_saving *saving)
{
	const u64 ports = mtty_saving_records_size(saving);
	const u64 end = MTTY_SAVING_HEAD + sizeof(struct mtty_stream_end);

	if (saving->next == MTTY_SAVING_NOTHING)
		return 0;
	if (saving->next == MTTY_SAVING_END)
		return end;
	return saving->chunks ? MTTY_SAVING_HEAD + ports + end : ports;
}

/**
 * mtty_saving_size() - length of what is left of the stream
 * @saving: the stream
 *
 * Return: bytes, if PRE_COPY ended now
 */
u64 mtty_saving_size(const struct mtty_saving *saving)
{
	return mtty_saving_initial_bytes(saving) + mtty_saving_dirty_bytes(saving) +
	       mtty_saving_in_chunks(saving->rest) + mtty_saving_tail_size(saving);
}

/**
 * mtty_saving_available() - length of what mtty_saving_next() can give now
 * @saving: the stream
 *
 * Return: bytes
 */
u64 mtty_saving_available(const struct mtty_saving *saving)
{
	if (saving->next == MTTY_SAVING_NOTHING)
		return 0;
	if (saving->stopped)
		return mtty_saving_size(saving);
	return mtty_saving_initial_bytes(saving) + mtty_saving_dirty_bytes(saving);
}
