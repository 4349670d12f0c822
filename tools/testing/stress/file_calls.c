// SPDX-License-Identifier: GPL-2.0-only
/* Data files, including those whose session is over */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "call.h"

/* Room for the longest short stream of version 1.1 and some bytes behind it */
#define TRANSFER_MAX	(STREAM_MAX + 5 * CHUNK_HEAD)

static struct data_file *any_file(struct call *call)
{
	return call_file(call, rng_one_in(&call->rng, 2) ? SAVING : RESUMING);
}

static size_t some_size(struct call *call, size_t whole)
{
	return rng_one_in(&call->rng, 2) ? whole : rng_below(&call->rng, TRANSFER_MAX);
}

/* Appends the bytes to those read before; keeps a copy of each complete stream without payload. */
static void collect(struct caller *caller, struct data_file *file, const void *bytes, size_t size)
{
	unsigned int ports;

	if (file->done + size > sizeof(file->bytes))
		return;
	memcpy(file->bytes + file->done, bytes, size);
	file->done += size;
	for (ports = 1; ports <= 2; ports++) {
		if (file->done == stream_size(ports) && !file->bytes[HEADER_MINOR])
			memcpy(caller->stream[ports - 1], file->bytes, file->done);
	}
}

static long read_file(struct call *call)
{
	struct data_file *file = call_file(call, SAVING);
	size_t size = some_size(call, STREAM_MAX);
	__u8 data[TRANSFER_MAX] = {};
	void *memory = call_memory(call, data, size);
	long ret;

	call->bad_fd |= file->mode != SAVING;
	ret = call_moved(call, read(file->fd, memory, size), size);
	if (ret > 0 && ret <= (long)size && call->memory == GOOD)
		collect(call->caller, file, memory, ret);
	return ret;
}

/* The saved stream in chunks, with one word of payload; returns its size. */
static size_t put_in_chunks(__u8 *stream, const __u8 *saved, unsigned int ports)
{
	size_t records = ports * RECORD_SIZE;
	__u8 *at = stream + HEADER_SIZE;

	memcpy(stream, saved, HEADER_SIZE);
	stream[HEADER_MINOR] = 1;
	memset(at, 0, TRANSFER_MAX - HEADER_SIZE);
	stream_put_head(at, CHUNK_PAYLOAD, 0, 8);
	at += CHUNK_HEAD + 8;
	stream_put_head(at, CHUNK_PORTS, 0, records);
	memcpy(at + CHUNK_HEAD, saved + HEADER_SIZE, records);
	at += CHUNK_HEAD + records;
	stream_put_head(at, CHUNK_END, 0, 8);
	at[CHUNK_HEAD] = 8;
	return at + CHUNK_HEAD + 8 - stream;
}

/*
 * A saved stream, in chunks or not, intact or damaged, with a matching check byte or not; or
 * random bytes. Returns the size that a whole one has.
 */
static size_t some_stream(struct call *call, __u8 *stream, unsigned int ports)
{
	const __u8 *saved = call->caller->stream[ports - 1];
	unsigned int kind = rng_below(&call->rng, 8);
	size_t size = stream_size(ports);

	rng_fill(&call->rng, stream, TRANSFER_MAX);
	if (kind == 0)
		return size;
	if (rng_one_in(&call->rng, 4))
		size = put_in_chunks(stream, saved, ports);
	else
		memcpy(stream, saved, size);
	if (kind < 4)
		stream[rng_below(&call->rng, size)] = rng_next(&call->rng);
	if (kind < 3 && size == stream_size(ports))
		stream_seal(stream_record(stream, 0));
	return size;
}

/*
 * Continues where the last write to the file ended. Each write draws the number of ports
 * again, so a stream written in pieces is often a wrong one.
 */
static long write_file(struct call *call)
{
	struct data_file *file = call_file(call, RESUMING);
	unsigned int ports = 1 + rng_below(&call->rng, 2);
	size_t room, done = file->done % TRANSFER_MAX, whole, size;
	__u8 stream[TRANSFER_MAX];
	void *memory;
	long ret;

	whole = some_stream(call, stream, ports);
	size = some_size(call, whole);
	room = size == whole && done < size ? size - done : TRANSFER_MAX - done;
	if (size > room)
		size = room;
	memory = call_memory(call, stream + done, size);
	call->bad_fd |= file->mode != RESUMING;
	ret = call_moved(call, write(file->fd, memory, size), size);
	if (ret > 0)
		file->done += ret;
	return ret;
}

static long poll_file(struct call *call)
{
	struct pollfd poll_fd = { .fd = any_file(call)->fd, .events = POLLIN | POLLOUT, };

	return call_result(poll(&poll_fd, 1, 0));
}

static long precopy_info(struct call *call)
{
	struct vfio_precopy_info info = {
		.argsz = rng_one_in(&call->rng, 8) ? rng_below(&call->rng, 64) : sizeof(info),
		.flags = rng_next(&call->rng),
	};
	struct vfio_precopy_info *memory = call_memory(call, &info, sizeof(info));
	__u64 most = stream_in_chunks(atoi(PAYLOAD_MAX)) + CHUNK_MAX;
	long ret = call_told(call, ioctl(call_file(call, SAVING)->fd, VFIO_MIG_GET_PRECOPY_INFO,
					 memory), sizeof(info));

	if (ret == 0 && (memory->initial_bytes > HEADER_SIZE + most ||
			 memory->dirty_bytes > most + CHUNK_MAX))
		complain(call, "%llu initial bytes, %llu dirty ones", memory->initial_bytes,
			 memory->dirty_bytes);
	return ret;
}

static long unknown_ioctl(struct call *call)
{
	return call_result(ioctl(any_file(call)->fd, VFIO_DEVICE_GET_INFO, (void *)8));
}

static long seek(struct call *call)
{
	int fd = any_file(call)->fd;
	__u8 byte;

	if (rng_one_in(&call->rng, 2))
		return call_result(lseek(fd, rng_next(&call->rng), rng_below(&call->rng, 3)));
	return call_result(pread(fd, &byte, 1, 0));
}

static long map(struct call *call)
{
	void *area = mmap(NULL, 4096, PROT_READ, MAP_SHARED, any_file(call)->fd, 0);

	if (area == MAP_FAILED)
		return -errno;
	munmap(area, 4096);
	return 0;
}

static long duplicate(struct call *call)
{
	int fd = dup(any_file(call)->fd);

	if (fd < 0)
		return -errno;
	file_put(call, fd);
	return fd;
}

static long close_file(struct call *call)
{
	struct data_file *file = any_file(call);

	close_fd(&file->fd);
	return 0;
}

const struct op file_ops[] = {
	{ "data: read", 90, read_file, .flags = GIVES | FAULTY, .errors = { ENOMSG, ENODEV, } },
	{ "data: write", 90, write_file, .flags = FAULTY, .errors = { EINVAL, ENODEV, } },
	{ "data: poll", 14, poll_file },
	{ "data: PRECOPY_INFO", 20, precopy_info, .flags = GIVES | FAULTY,
	  .errors = { EINVAL, ENODEV, ENOTTY, } },
	{ "data: unknown ioctl", 3, unknown_ioctl, .flags = REFUSED, .errors = { ENOTTY, } },
	{ "data: seek", 4, seek, .flags = REFUSED, .errors = { ESPIPE, } },
	{ "data: mmap", 3, map, .flags = REFUSED, .errors = { ENODEV, EACCES, } },
	{ "data: dup", 10, duplicate },
	{ "data: close", 12, close_file },
	{}
};
