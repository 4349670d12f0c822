/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stream of a device that is being resumed: it is checked while it arrives, and only the
 * records of the ports are kept. Pure functions; the caller serialises.
 */
#ifndef MTTY_RESUMING_H
#define MTTY_RESUMING_H

#include <linux/types.h>

#include "mtty_stream.h"

enum mtty_resuming_part {
	MTTY_RESUMING_HEADER,
	MTTY_RESUMING_HEAD,
	MTTY_RESUMING_PAYLOAD,
	MTTY_RESUMING_PORTS,
	MTTY_RESUMING_END,
	MTTY_RESUMING_UNKNOWN,
	MTTY_RESUMING_NOTHING,
};

/**
 * struct mtty_resuming - a stream that arrives
 * @nr_ports: ports of the device
 * @refused: what has arrived cannot be loaded
 * @chunks: the stream is of version 1.1
 * @have_ports: @records are complete
 * @part: the part that is arriving
 * @len: bytes of that part that are there
 * @size: bytes that it has in all
 * @pos: bytes of the stream that are there
 * @payload: bytes of payload that are there
 * @header: the header, as far as it is there
 * @head: the head of the chunk
 * @end: the last chunk
 * @records: the ports
 */
struct mtty_resuming {
	unsigned int nr_ports;
	bool refused;
	bool chunks;
	bool have_ports;
	enum mtty_resuming_part part;
	u64 len;
	u64 size;
	u64 pos;
	u64 payload;
	union {
		struct mtty_stream_header header;
		struct mtty_stream_chunk head;
		struct mtty_stream_end end;
	};
	struct mtty_stream_port records[MTTY_STREAM_MAX_PORTS];
};

void mtty_resuming_init(struct mtty_resuming *resuming, unsigned int nr_ports);
int mtty_resuming_write(struct mtty_resuming *resuming, const u8 *buf, size_t count);
bool mtty_resuming_complete(const struct mtty_resuming *resuming);

#endif /* MTTY_RESUMING_H */
