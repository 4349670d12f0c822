/* SPDX-License-Identifier: GPL-2.0-only */
/* One call of a random caller: what it works on, and how its result is judged. */
#ifndef MTTY_STRESS_CALL_H
#define MTTY_STRESS_CALL_H

#include <linux/vfio.h>

#include "check.h"
#include "rng.h"
#include "stream.h"

#define NR_HANDLES	6
#define NR_FILES	6
#define NR_EVENTFDS	6
#define NR_UUIDS	16
#define MAX_PROCESSES	16
#define MAX_OPS		96
#define MAX_ERRNO	160

/* The largest payload of a card, as text */
#define PAYLOAD_MAX	"8000"

/* What a process has open of a device; -1 for what it has not. */
struct handle {
	int fd;
	int group;
	int container;
	int iommufd;
	unsigned int uuid;
};

/* Whether a data file belongs to a saving or to a resuming session */
enum mode {
	SAVING,
	RESUMING,
};

/* @done: how many bytes were written or read through the file */
struct data_file {
	int fd;
	enum mode mode;
	size_t done;
	__u8 bytes[STREAM_MAX];
};

/* One process. Its slots are the only state that it keeps from call to call. */
struct caller {
	unsigned int process;
	struct handle handle[NR_HANDLES];
	struct data_file file[NR_FILES];
	unsigned int newest_file[2];	/* of each mode */
	int eventfd[NR_EVENTFDS];
	__u8 stream[2][STREAM_MAX];	/* the last one read, of each number of ports */
};

/*
 * REFUSED: must never succeed; OPTIONAL: unknown to some kernels, which return ENOTTY;
 * BLOCKS: may wait for another process, so the caller's second process makes it;
 * WANTS_IOMMUFD: left out on kernels without it; GIVES: success writes to its memory;
 * FAULTY: a rule can make it fail, with EREMOTEIO, which nothing else returns.
 */
enum {
	REFUSED = 1,
	OPTIONAL = 2,
	BLOCKS = 4,
	WANTS_IOMMUFD = 8,
	GIVES = 16,
	FAULTY = 32,
};

struct call;

/* @errors: errors that the uAPI allows; judge() also allows those of bad arguments */
struct op {
	const char *name;
	unsigned int weight;
	long (*make)(struct call *call);
	unsigned int arg;
	unsigned int flags;
	int errors[8];
};

/* The memory that a call gets: good, unmapped, too short, or read-only */
enum memory {
	GOOD,
	MISSING,
	SHORT,
	READ_ONLY,
};

/* @bad_fd: the call got a descriptor for which EBADF is the right answer */
struct call {
	struct caller *caller;
	const struct op *op;
	unsigned int number;
	struct rng rng;
	enum memory memory;
	bool bad_fd;
};

/* How often one process made one kind of call, and with what results */
struct count {
	unsigned int calls;
	unsigned int succeeded;
	unsigned int errors[MAX_ERRNO];
};

/* Visible to all processes; each writes only to its own elements. */
struct shared {
	__u64 seed;
	unsigned int complaints;	/* atomic */
	unsigned int not_as_new;	/* atomic */
	unsigned int number[2 * MAX_PROCESSES];
	const struct op *op[2 * MAX_PROCESSES];
	struct count count[MAX_PROCESSES][MAX_OPS];
};

extern struct shared *shared;
extern __u64 region_offset[VFIO_PCI_NUM_REGIONS];
extern const char uuids[NR_UUIDS][37];
extern int creation_locks;
extern int mailbox[MAX_PROCESSES][2];
extern unsigned int nr_processes;

extern const struct op life_ops[], region_ops[], irq_ops[], migration_ops[], file_ops[],
		       card_ops[];

void memory_init(void);

/*
 * Memory that holds @data for the call; now and then it is unmapped, too short or
 * read-only. If it is good, the results are there after the call.
 */
void *call_memory(struct call *call, const void *data, size_t size);

/* A slot in use, if there is one */
struct handle *call_handle(struct call *call);
struct data_file *call_file(struct call *call, enum mode mode);
int call_eventfd(struct call *call);
const char *call_uuid(struct call *call, unsigned int *index);

/* The result, or the negative errno */
long call_result(long ret);
/* The same for a read or write, and for an ioctl, with @size bytes of memory */
long call_moved(struct call *call, long ret, size_t size);
long call_told(struct call *call, long ret, size_t size);

void handle_close(struct call *call, struct handle *handle);
/* Puts @fd into a slot, whose previous file it closes; returns the slot. */
unsigned int file_put(struct call *call, int fd);
void close_fd(int *fd);

/* Reports a call that did something wrong, and counts it. */
void __printf(2, 3) complain(struct call *call, const char *fmt, ...);
void judge(struct call *call, struct count *count, long ret);

#endif /* MTTY_STRESS_CALL_H */
