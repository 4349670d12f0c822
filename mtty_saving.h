/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stream of a device that is being saved: what comes next, and how much is left. Pure
 * functions; the caller serialises.
 */
#ifndef MTTY_SAVING_H
#define MTTY_SAVING_H

#include <linux/types.h>

#include "mtty_stream.h"

/* Longest part that mtty_saving_next() gives, if the stream has a payload */
#define MTTY_SAVING_PART_MAX	16384
/* A stream without one, as a whole */
#define MTTY_SAVING_SHORT_MAX	(sizeof(struct mtty_stream_header) + \
				 MTTY_STREAM_MAX_PORTS * sizeof(struct mtty_stream_port))

enum mtty_saving_part {
	MTTY_SAVING_HEADER,
	MTTY_SAVING_PAYLOAD,
	MTTY_SAVING_PORTS,
	MTTY_SAVING_END,
	MTTY_SAVING_NOTHING,
};

/**
 * struct mtty_saving - a stream in the making
 * @nr_ports: ports of the device
 * @chunks: the stream is of version 1.1
 * @stopped: PRE_COPY is over, and @records are there
 * @next: the part that comes next, as soon as there is any of it
 * @precopy_size: payload that PRE_COPY transfers
 * @initial: bytes of that which it has not transferred yet
 * @dirty: bytes of it that have changed since
 * @rest: payload that is transferred after PRE_COPY
 * @payload: bytes of payload so far
 * @was_initial: what mtty_saving_next() gave last is initial data
 * @records: the ports
 */
struct mtty_saving {
	unsigned int nr_ports;
	bool chunks;
	bool stopped;
	enum mtty_saving_part next;
	u64 precopy_size;
	u64 initial;
	u64 dirty;
	u64 rest;
	u64 payload;
	bool was_initial;
	struct mtty_stream_port records[MTTY_STREAM_MAX_PORTS];
};

void mtty_saving_init(struct mtty_saving *saving, unsigned int nr_ports, u64 state_size,
		      u64 precopy_size);
void mtty_saving_make_dirty(struct mtty_saving *saving, u64 bytes);
void mtty_saving_reinit(struct mtty_saving *saving);
void mtty_saving_stop(struct mtty_saving *saving);
size_t mtty_saving_next(struct mtty_saving *saving, u8 *buf);
u64 mtty_saving_initial_bytes(const struct mtty_saving *saving);
u64 mtty_saving_dirty_bytes(const struct mtty_saving *saving);
u64 mtty_saving_available(const struct mtty_saving *saving);
u64 mtty_saving_size(const struct mtty_saving *saving);

#endif /* MTTY_SAVING_H */
