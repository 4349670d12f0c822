// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "call.h"

#define MEMORY_SIZE	4096
#define MARGIN		64
#define UNTOUCHED	0xa5
#define COMPLAINTS_MAX	40

struct shared *shared;

/* One page that no mapping follows, and a read-only mapping of the same page */
static __u8 *memory, *read_only;

/* To be called after fork(), because every process needs its own. */
void memory_init(void)
{
	int fd = memfd_create("memory", MFD_CLOEXEC);

	CHECK(fd >= 0 && ftruncate(fd, MEMORY_SIZE) == 0, "no memory");
	memory = mmap(NULL, 2 * MEMORY_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(memory != MAP_FAILED, "no memory");
	CHECK(mmap(memory, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
	      memory, "no memory");
	read_only = mmap(NULL, MEMORY_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(read_only != MAP_FAILED, "no memory");
	close(fd);
}

void *call_memory(struct call *call, const void *data, size_t size)
{
	size_t cut;

	CHECK(size <= MEMORY_SIZE - 2 * MARGIN, "%zu bytes", size);
	call->memory = rng_one_in(&call->rng, 32) ? 1 + rng_below(&call->rng, 3) : GOOD;
	switch (call->memory) {
	case MISSING:
		return (void *)8;
	case SHORT:
		cut = size ? rng_below(&call->rng, size) : 0;
		memcpy(memory + MEMORY_SIZE - cut, data, cut);
		return memory + MEMORY_SIZE - cut;
	default:
		memcpy(memory + MARGIN, data, size);
		memset(memory + MARGIN + size, UNTOUCHED, MARGIN);
		return (call->memory == READ_ONLY ? read_only : memory) + MARGIN;
	}
}

static void check_untouched(struct call *call, size_t size)
{
	size_t i;

	for (i = 0; i < MARGIN && call->memory == GOOD; i++) {
		if (memory[MARGIN + size + i] != UNTOUCHED) {
			complain(call, "wrote byte %zu, beyond its %zu", size + i, size);
			return;
		}
	}
}

/* A call that needs its memory cannot succeed without it. */
static void check_used(struct call *call, long ret)
{
	if (call->memory == MISSING || (call->memory == READ_ONLY && call->op->flags & GIVES))
		complain(call, "returned %ld, although its memory was not usable", ret);
}

struct handle *call_handle(struct call *call)
{
	unsigned int first = rng_below(&call->rng, NR_HANDLES), i;
	struct handle *handle = call->caller->handle;

	for (i = 0; i < NR_HANDLES; i++) {
		if (handle[(first + i) % NR_HANDLES].fd >= 0)
			return &handle[(first + i) % NR_HANDLES];
	}
	call->bad_fd = true;
	return &handle[first];
}

/*
 * A file of that mode, if there is one. Often the newest, because the sessions of the
 * others are mostly over.
 */
struct data_file *call_file(struct call *call, enum mode mode)
{
	unsigned int first = rng_below(&call->rng, 2 * NR_FILES), i;
	struct data_file *file = call->caller->file, *found;

	if (first >= NR_FILES)
		first = call->caller->newest_file[mode];
	for (i = 0; i < 2 * NR_FILES; i++) {
		found = &file[(first + i) % NR_FILES];
		if (found->fd >= 0 && (found->mode == mode || i >= NR_FILES))
			return found;
	}
	call->bad_fd = true;
	return &file[first];
}

int call_eventfd(struct call *call)
{
	return call->caller->eventfd[rng_below(&call->rng, NR_EVENTFDS)];
}

/* Prefers the first ones, so that the processes meet there. */
const char *call_uuid(struct call *call, unsigned int *index)
{
	unsigned int a = rng_below(&call->rng, NR_UUIDS), b = rng_below(&call->rng, NR_UUIDS);

	*index = a < b ? a : b;
	return uuids[*index];
}

long call_result(long ret)
{
	return ret < 0 ? -errno : ret;
}

long call_moved(struct call *call, long ret, size_t size)
{
	ret = call_result(ret);
	if (ret > (long)size)
		complain(call, "moved %ld bytes of %zu", ret, size);
	if (ret > 0)
		check_used(call, ret);
	check_untouched(call, size);
	return ret;
}

long call_told(struct call *call, long ret, size_t size)
{
	ret = call_result(ret);
	if (ret >= 0)
		check_used(call, ret);
	check_untouched(call, size);
	return ret;
}

void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void handle_close(struct call *call, struct handle *handle)
{
	int *fds[] = { &handle->fd, &handle->group, &handle->container, &handle->iommufd, };
	unsigned int first = rng_below(&call->rng, 4), step = rng_below(&call->rng, 2) ? 1 : 3, i;

	for (i = 0; i < 4; i++)
		close_fd(fds[(first + i * step) % 4]);
}

unsigned int file_put(struct call *call, int fd)
{
	unsigned int slot = rng_below(&call->rng, NR_FILES);
	struct data_file *file = &call->caller->file[slot];

	close_fd(&file->fd);
	file->fd = fd;
	file->mode = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY ? RESUMING : SAVING;
	file->done = 0;
	return slot;
}

void complain(struct call *call, const char *fmt, ...)
{
	char text[200];
	va_list args;

	if (__atomic_fetch_add(&shared->complaints, 1, __ATOMIC_RELAXED) >= COMPLAINTS_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	printf("# process %u, call %u, %s: %s\n", call->caller->process, call->number,
	       call->op->name, text);
}

static bool is_allowed(const struct call *call, int error)
{
	const int *allowed = call->op->errors;
	size_t i;

	if ((error == EFAULT && call->memory != GOOD) || (error == EBADF && call->bad_fd))
		return true;
	if (error == ENOTTY && call->op->flags & OPTIONAL)
		return true;
	if (error == EREMOTEIO && call->op->flags & FAULTY)
		return true;
	for (i = 0; i < ARRAY_SIZE(call->op->errors); i++) {
		if (allowed[i] == error)
			return true;
	}
	return false;
}

void judge(struct call *call, struct count *count, long ret)
{
	count->calls++;
	if (ret >= 0) {
		count->succeeded++;
		if (call->op->flags & REFUSED)
			complain(call, "must fail, but returned %ld", ret);
		return;
	}
	CHECK(-ret < MAX_ERRNO, "errno %ld", -ret);
	count->errors[-ret]++;
	if (!is_allowed(call, -ret))
		complain(call, "errno %ld: %s", -ret, strerror(-ret));
}
