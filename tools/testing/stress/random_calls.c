// SPDX-License-Identifier: GPL-2.0-only
/*
 * random_calls [-s SEED] [-n CALLS] [-p PROCESSES] [-r PROCESS]
 *
 * Makes CALLS random calls of the whole interface from PROCESSES processes, which share
 * the devices and pass open files to each other. Call k of a process takes its random
 * numbers from a generator of its own, seeded with SEED, the process and k, so it is the
 * same call in every run, whatever the slots hold by then. -r makes the calls of one
 * process only.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "irq.h"
#include "mdev.h"
#include "sysfs.h"

/* Seconds; far more than any call takes, even in an emulated debug kernel */
#define PATIENCE	120

#define MODULE_REFCNT	"/sys/module/mtty/refcnt"

const char uuids[NR_UUIDS][37] = {
	"5e1f0000-3c1e-4d2a-9b7c-6d7474790000", "5e1f0000-3c1e-4d2a-9b7c-6d7474790001",
	"5e1f0000-3c1e-4d2a-9b7c-6d7474790002", "5e1f0000-3c1e-4d2a-9b7c-6d7474790003",
	"5e1f0000-3c1e-4d2a-9b7c-6d7474790004", "5e1f0000-3c1e-4d2a-9b7c-6d7474790005",
	"5e1f0000-3c1e-4d2a-9b7c-6d7474790006", "5e1f0000-3c1e-4d2a-9b7c-6d7474790007",
	"5e1f0000-3c1e-4d2a-9b7c-6d7474790008", "5e1f0000-3c1e-4d2a-9b7c-6d7474790009",
	"5e1f0000-3c1e-4d2a-9b7c-6d747479000a", "5e1f0000-3c1e-4d2a-9b7c-6d747479000b",
	"5e1f0000-3c1e-4d2a-9b7c-6d747479000c", "5e1f0000-3c1e-4d2a-9b7c-6d747479000d",
	"5e1f0000-3c1e-4d2a-9b7c-6d747479000e", "5e1f0000-3c1e-4d2a-9b7c-6d747479000f",
};

__u64 region_offset[VFIO_PCI_NUM_REGIONS];
int creation_locks;
int mailbox[MAX_PROCESSES][2];
unsigned int nr_processes = 4;

static unsigned int nr_calls = 200000;
static int only_process = -1;

static const struct op *ops[MAX_OPS];
static unsigned int nr_ops, all_weights;

/* Each process has a second one, which makes the calls that may block. */
static int blocking_calls[MAX_PROCESSES][2];
static pid_t pids[2 * MAX_PROCESSES];
static int shared_eventfd[NR_EVENTFDS / 2];

/* The values before the calls, which must be the same afterwards */
static long available[2], references;

static void list_ops(const struct op *table)
{
	bool has_iommufd = sysfs_exists("/dev/iommu");

	for (; table->name; table++) {
		if (table->flags & WANTS_IOMMUFD && !has_iommufd) {
			printf("# left out, because this kernel has no iommufd: %s\n", table->name);
			continue;
		}
		CHECK(nr_ops < MAX_OPS, "too many kinds of calls");
		ops[nr_ops++] = table;
		all_weights += table->weight;
	}
}

static unsigned int draw_op(struct rng *rng)
{
	unsigned int draw = rng_below(rng, all_weights), i = 0;

	while (draw >= ops[i]->weight)
		draw -= ops[i++]->weight;
	return i;
}

/* Draws call @number of the caller, and makes it or leaves it to the second process. */
static void make_call(struct caller *caller, unsigned int number, bool may_block)
{
	struct call call = { .caller = caller, .number = number, };
	unsigned int process = caller->process, op, slot = process;
	ssize_t asked;

	rng_init(&call.rng, shared->seed, process, number);
	op = draw_op(&call.rng);
	call.op = ops[op];
	if (call.op->flags & BLOCKS && !may_block) {
		asked = write(blocking_calls[process][1], &number, sizeof(number));
		CHECK(asked == sizeof(number), "cannot ask the second process");
	} else {
		slot += may_block ? MAX_PROCESSES : 0;
		shared->op[slot] = call.op;
		judge(&call, &shared->count[process][op], call.op->make(&call));
	}
	shared->number[slot] = number + 1;
}

static void caller_init(struct caller *caller, unsigned int process)
{
	unsigned int i, ports;

	*caller = (struct caller){ .process = process, };
	for (i = 0; i < NR_HANDLES; i++)
		caller->handle[i] = (struct handle){ -1, -1, -1, -1, };
	for (i = 0; i < NR_FILES; i++)
		caller->file[i].fd = -1;
	for (i = 0; i < NR_EVENTFDS; i++)
		caller->eventfd[i] = i < NR_EVENTFDS / 2 ? shared_eventfd[i] : eventfd_new();
	for (ports = 1; ports <= 2; ports++)
		stream_reset(caller->stream[ports - 1], ports);
	memory_init();
}

/* The end of the process closes everything that it has open. */
static void call_at_random(unsigned int process)
{
	unsigned int calls = nr_calls / nr_processes, number;
	struct caller caller;

	caller_init(&caller, process);
	for (number = 0; number < calls; number++)
		make_call(&caller, number, false);
}

/* Until all processes that could ask have ended */
static void make_blocking_calls(unsigned int process)
{
	struct caller caller;
	unsigned int number, i;

	for (i = 0; i < nr_processes; i++)
		close(blocking_calls[i][1]);
	caller_init(&caller, process);
	while (read(blocking_calls[process][0], &number, sizeof(number)) == sizeof(number))
		make_call(&caller, number, true);
}

static pid_t start(void (*run)(unsigned int process), unsigned int process)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0, "cannot fork");
	if (pid)
		return pid;
	run(process);
	fflush(stdout);
	_exit(KSFT_PASS);
}

static void start_all(void (*run)(unsigned int process), pid_t *started)
{
	unsigned int i;

	for (i = 0; i < nr_processes; i++) {
		if (only_process < 0 || only_process == (int)i)
			started[i] = start(run, i);
	}
}

/*
 * A mailbox holds only few messages, because the files in them stay open. The processes
 * for blocking calls must not inherit one, because they would keep it open.
 */
static void start_processes(void)
{
	unsigned int i;
	int room = 1;

	for (i = 0; i < nr_processes; i++)
		CHECK(pipe2(blocking_calls[i], O_CLOEXEC) == 0, "no pipe");
	start_all(make_blocking_calls, pids + MAX_PROCESSES);
	for (i = 0; i < nr_processes; i++) {
		CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, mailbox[i]) == 0 &&
		      setsockopt(mailbox[i][1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) == 0,
		      "no socket");
	}
	start_all(call_at_random, pids);
	for (i = 0; i < nr_processes; i++) {
		close(mailbox[i][0]);
		close(mailbox[i][1]);
		close(blocking_calls[i][0]);
		close(blocking_calls[i][1]);
	}
}

static bool any_running(unsigned int first)
{
	unsigned int i;

	for (i = first; i < first + MAX_PROCESSES; i++) {
		if (pids[i])
			return true;
	}
	return false;
}

static void tell_stuck(unsigned int slot)
{
	char line[256];
	FILE *stack;

	printf("# process %u is stuck in %s, after %u calls of it:\n", slot % MAX_PROCESSES,
	       shared->op[slot] ? shared->op[slot]->name : "its start", shared->number[slot]);
	stack = fopen(SYSFS_PATH("/proc/%d/stack", pids[slot]), "r");
	while (stack && fgets(line, sizeof(line), stack))
		printf("#   %s", line);
	if (stack)
		fclose(stack);
}

/* A process that waits for others is not stuck while those make progress. */
static bool find_stuck(unsigned int *seen)
{
	unsigned int end = any_running(0) ? MAX_PROCESSES : 2 * MAX_PROCESSES, i;
	bool found = false;

	for (i = 0; i < end; i++) {
		if (pids[i] && shared->number[i] == seen[i]) {
			tell_stuck(i);
			found = true;
		}
		seen[i] = shared->number[i];
	}
	return found;
}

static bool reap(void)
{
	bool well = true;
	int status, i;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; pids[i] != pid; i++)
			;
		pids[i] = 0;
		if (status == 0)
			continue;
		printf("# process %u ended with status %#x in %s, call %u\n", i % MAX_PROCESSES,
		       status, shared->op[i] ? shared->op[i]->name : "its start",
		       shared->number[i]);
		well = false;
	}
	return well;
}

static void kill_all(void)
{
	unsigned int i;

	for (i = 0; i < 2 * MAX_PROCESSES; i++) {
		if (pids[i])
			kill(pids[i], SIGKILL);
	}
}

/* Returns whether all processes ended well and none was stuck */
static bool wait_for_processes(const sigset_t *child)
{
	const struct timespec patience = { .tv_sec = PATIENCE, };
	unsigned int seen[2 * MAX_PROCESSES] = {};
	bool well = true;

	while (any_running(0) || any_running(MAX_PROCESSES)) {
		if (sigtimedwait(child, NULL, &patience) < 0 && errno == EAGAIN &&
		    find_stuck(seen)) {
			kill_all();
			return false;
		}
		well &= reap();
	}
	return well;
}

static void add_up(struct count *sum, unsigned int op)
{
	unsigned int process, error;

	for (process = 0; process < nr_processes; process++) {
		const struct count *count = &shared->count[process][op];

		sum->calls += count->calls;
		sum->succeeded += count->succeeded;
		for (error = 0; error < MAX_ERRNO; error++)
			sum->errors[error] += count->errors[error];
	}
}

/* A kind of call that never had the expected result has not been tested. */
static bool is_dead(const struct op *op, const struct count *count)
{
	if (op->flags & REFUSED)
		return !count->calls;
	if (op->flags & OPTIONAL && count->errors[ENOTTY])
		return false;
	return !count->succeeded;
}

static bool tell_counts(void)
{
	unsigned int i, error, all = 0;
	bool alive = true;

	printf("# %-24s %7s %9s  errors\n", "call", "made", "succeeded");
	for (i = 0; i < nr_ops; i++) {
		struct count sum = {};

		add_up(&sum, i);
		all += sum.calls;
		alive &= !is_dead(ops[i], &sum);
		printf("# %-24s %7u %9u ", ops[i]->name, sum.calls, sum.succeeded);
		for (error = 0; error < MAX_ERRNO; error++) {
			if (sum.errors[error])
				printf(" %s %u", strerrorname_np(error), sum.errors[error]);
		}
		printf("%s\n", is_dead(ops[i], &sum) ? " <- never succeeded" : "");
	}
	printf("# %u calls in all\n", all);
	return alive;
}

static bool is_back(const char *what, long now, long before)
{
	if (now == before)
		return true;
	printf("# %s: %ld, expected %ld\n", what, now, before);
	return false;
}

static bool clean_up(void)
{
	struct mdev mdev;
	bool well = true;
	unsigned int i;

	for (i = 0; i < NR_UUIDS; i++) {
		if (!sysfs_exists(SYSFS_PATH(MDEV_DEVICES "/%s", uuids[i])))
			continue;
		strcpy(mdev.uuid, uuids[i]);
		well &= is_back("removal of a device", __mdev_remove(&mdev), 0);
		well &= is_back("devices of that name",
				sysfs_exists(SYSFS_PATH(MDEV_DEVICES "/%s", uuids[i])), 0);
	}
	well &= is_back("available of mtty-1", mdev_available("mtty-1"), available[0]);
	well &= is_back("available of mtty-2", mdev_available("mtty-2"), available[1]);
	return is_back("users of the module", sysfs_read_number(MODULE_REFCNT), references) && well;
}

/* The offsets are the same for all devices. */
static void learn_regions(void)
{
	struct mdev mdev;
	struct vfio_dev dev;

	vfio_open_new(&dev, &mdev, "mtty-2",
		      vfio_mode_missing(VFIO_MODE_GROUP) ? VFIO_MODE_CDEV : VFIO_MODE_GROUP);
	memcpy(region_offset, dev.offset, sizeof(region_offset));
	vfio_close(&dev);
	mdev_remove(&mdev);
}

static void prepare(void)
{
	unsigned int i;

	list_ops(life_ops);
	list_ops(region_ops);
	list_ops(irq_ops);
	list_ops(migration_ops);
	list_ops(file_ops);
	list_ops(card_ops);
	for (i = 0; i < NR_EVENTFDS / 2; i++)
		shared_eventfd[i] = eventfd_new();
	creation_locks = memfd_create("creation", MFD_CLOEXEC);
	CHECK(creation_locks >= 0, "no file to lock");
	available[0] = mdev_available("mtty-1");
	available[1] = mdev_available("mtty-2");
	references = sysfs_read_number(MODULE_REFCNT);
	learn_regions();
}

static void explain(const char *program)
{
	fprintf(stderr, "usage: %s [-s SEED] [-n CALLS] [-p PROCESSES, up to %d] [-r PROCESS]\n",
		program, MAX_PROCESSES);
	exit(KSFT_FAIL);
}

static void read_options(int argc, char **argv)
{
	int option;

	CHECK(getrandom(&shared->seed, sizeof(shared->seed), 0) == sizeof(shared->seed),
	      "no seed");
	while ((option = getopt(argc, argv, "s:n:p:r:")) != -1) {
		switch (option) {
		case 's':
			shared->seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			nr_calls = strtoul(optarg, NULL, 0);
			break;
		case 'p':
			nr_processes = strtoul(optarg, NULL, 0);
			break;
		case 'r':
			only_process = strtoul(optarg, NULL, 0);
			break;
		default:
			explain(argv[0]);
		}
	}
	if (optind < argc || !nr_processes || nr_processes > MAX_PROCESSES)
		explain(argv[0]);
}

static void tell_how_again(void)
{
	printf("# seed %#llx, %u calls in %u processes; again: random_calls -s %#llx -n %u -p %u",
	       shared->seed, nr_calls, nr_processes, shared->seed, nr_calls, nr_processes);
	if (only_process >= 0)
		printf(" -r %d", only_process);
	printf("\n");
}

static void run_all(const sigset_t *child)
{
	struct timespec begin, end;
	bool ended;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	start_processes();
	ended = wait_for_processes(child);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("# %ld s\n", (long)(end.tv_sec - begin.tv_sec));
	ksft_test_result(ended, "every_process_comes_to_its_end\n");
	ksft_test_result(tell_counts(), "every_kind_of_call_succeeds_at_times\n");
	ksft_test_result(!shared->complaints, "every_call_returns_what_the_uapi_allows\n");
	ksft_test_result(!shared->not_as_new, "every_open_finds_a_device_as_new\n");
	ksft_test_result(ended && clean_up(), "nothing_is_left_behind\n");
}

int main(int argc, char **argv)
{
	sigset_t child;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED, "no memory");
	read_options(argc, argv);
	ksft_print_header();
	ksft_set_plan(5);
	tell_how_again();
	prepare();
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	run_all(&child);
	ksft_finished();
}
