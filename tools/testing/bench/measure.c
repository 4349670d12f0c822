// SPDX-License-Identifier: GPL-2.0-only
/*
 * measure METRIC: prints the nanoseconds that an operation on a card takes with the module
 * that is loaded, and those that a pread() of /dev/null took meanwhile, by as many threads,
 * which show how fast the machine was. It fails if the module does not support the operation.
 *
 * measure list: prints the names of all metrics.
 */
#include <fcntl.h>
#include <linux/serial_reg.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "canary.h"
#include "check.h"
#include "clock.h"
#include "irq.h"
#include "mdev.h"
#include "migration.h"
#include "region.h"
#include "stream.h"
#include "sysfs.h"
#include "vfio.h"

/* A metric's operations are timed in bursts, of which the fastest counts. */
#define BURSTS		9

static struct mdev mdevs[2];
static struct vfio_dev devs[2];
/* One for each thread, because threads that share a descriptor wait for each other. */
static int null_fds[2];
static int eventfd;
/* Time that operations spend on steps that are not part of the measurement */
static double passed_over;

/* One system call each */

static void read_null(int fd)
{
	__u8 byte;

	CHECK(pread(fd, &byte, 1, 0) == 0, "/dev/null is not empty");
}

static void null_read(void)
{
	read_null(null_fds[0]);
}

static void register_read(void)
{
	uart_read(&devs[0], 0, UART_SCR);
}

static void register_write(void)
{
	uart_write(&devs[0], 0, UART_SCR, 0x5a);
}

static void config_read_1(void)
{
	__u8 val;

	config_read(&devs[0], 0, &val, sizeof(val));
}

static void config_read_2(void)
{
	config_read16(&devs[0], 0);
}

static void config_read_4(void)
{
	config_read32(&devs[0], 0);
}

/* What a driver does with the card */

static void byte_through_the_loop(void)
{
	__u8 lsr;

	uart_write(&devs[0], 0, UART_TX, 'U');
	lsr = uart_read(&devs[0], 0, UART_LSR);
	CHECK(lsr & UART_LSR_DR, "LSR is %#x", lsr);
	CHECK(uart_read(&devs[0], 0, UART_RX) == 'U', "a wrong byte came back");
}

static void prepare_port(void)
{
	vfio_reset(&devs[0]);
	uart_write(&devs[0], 0, UART_LCR, UART_LCR_WLEN8);
	uart_write(&devs[0], 0, UART_FCR, UART_FCR_ENABLE_FIFO);
	/* OUT2, because drivers set it for interrupts */
	uart_write(&devs[0], 0, UART_MCR, UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2);
}

static void prepare_irq(unsigned int index)
{
	prepare_port();
	eventfd = irq_enable_new(&devs[0], index);
	uart_write(&devs[0], 0, UART_IER, UART_IER_RDI);
}

static void release_irq(unsigned int index)
{
	uart_write(&devs[0], 0, UART_IER, 0);
	irq_disable(&devs[0], index);
	close(eventfd);
}

static void byte_and_interrupt(void)
{
	uart_write(&devs[0], 0, UART_TX, 'U');
	CHECK(eventfd_take(eventfd) > 0, "no interrupt for a byte");
	CHECK(uart_read(&devs[0], 0, UART_RX) == 'U', "a wrong byte came back");
}

static void prepare_intx(void)
{
	prepare_irq(IRQ_INTX);
}

static void release_intx(void)
{
	release_irq(IRQ_INTX);
}

static void intx_round_trip(void)
{
	byte_and_interrupt();
	irq_unmask(&devs[0]);
	CHECK(eventfd_take(eventfd) == 0, "the line is still up");
}

static void prepare_msi(void)
{
	prepare_irq(IRQ_MSI);
}

static void release_msi(void)
{
	release_irq(IRQ_MSI);
}

static void save_and_load(void)
{
	__u8 stream[STREAM_MAX];
	size_t size = mig_save(&devs[0], stream, sizeof(stream));

	mig_load(&devs[0], stream, size);
	mig_set(&devs[0], STATE_RUNNING);
}

static void pass_on(int from, int to)
{
	__u8 stream[STREAM_MAX];
	ssize_t size = mig_read_all(from, stream, sizeof(stream));

	CHECK(__mig_write(to, stream, size) == size, "stream refused");
}

static void move_by_pre_copy(void)
{
	double begin = clock_ns(), stopped;
	int from = mig_set(&devs[0], STATE_PRE_COPY);
	int to = mig_set(&devs[1], STATE_RESUMING);

	pass_on(from, to);
	stopped = clock_ns();
	mig_set(&devs[0], STATE_STOP_COPY);
	pass_on(from, to);
	mig_set(&devs[1], STATE_RUNNING);
	passed_over += stopped - begin;

	begin = clock_ns();
	close(from);
	close(to);
	mig_set(&devs[0], STATE_RUNNING);
	passed_over += clock_ns() - begin;
}

static void create_and_remove(void)
{
	struct mdev mdev;

	mdev_create(&mdev, "mtty-2");
	mdev_remove(&mdev);
}

/* A payload in pieces as QEMU reads and writes them, and a memfd of the same size */

#define PIECE		0x100000	/* 1 MiB */
#define PIECES		16
/* With the heads of chunks, and the rest of the stream */
#define PAYLOAD_MAX	((PIECES + 1) * PIECE)

static __u8 *payload;
static size_t payload_size;
static int memfd;

static void read_stream(int fd)
{
	ssize_t ret;

	for (payload_size = 0; payload_size < PAYLOAD_MAX; payload_size += ret) {
		ret = read(fd, payload + payload_size, PIECE);
		CHECK(ret >= 0, "read failed");
		if (!ret)
			return;
	}
	CHECK(0, "the stream is too long");
}

static void write_stream(int fd)
{
	size_t done, len;

	for (done = 0; done < payload_size; done += len) {
		len = payload_size - done < PIECE ? payload_size - done : PIECE;
		CHECK(write(fd, payload + done, len) == (ssize_t)len, "write failed");
	}
}

/* The module must know how large a payload can be. */
static void prepare_payload(void)
{
	char size[16];

	payload = malloc(PAYLOAD_MAX);
	memfd = memfd_create("payload", 0);
	CHECK(payload && memfd >= 0, "no memory");
	CHECK(!ftruncate(memfd, PIECES * PIECE), "no memfd");
	memset(payload, 0x5a, PAYLOAD_MAX);
	payload_size = PIECES * PIECE;
	write_stream(memfd);

	vfio_close(&devs[0]);
	snprintf(size, sizeof(size), "%u", PIECES * PIECE);
	CHECK(!__sysfs_write(SYSFS_PATH("/sys/bus/mdev/devices/%s/migration/state_size",
					mdevs[0].uuid), size), "no payload");
	vfio_open(&devs[0], mdevs[0].uuid, VFIO_MODE_GROUP);
}

static void release_payload(void)
{
	close(memfd);
	free(payload);
}

static void payload_read(void)
{
	int fd = mig_set(&devs[0], STATE_STOP_COPY);

	read_stream(fd);
	close(fd);
	mig_set(&devs[0], STATE_RUNNING);
}

static void prepare_payload_write(void)
{
	prepare_payload();
	payload_read();
}

static void payload_write(void)
{
	int fd = mig_set(&devs[0], STATE_RESUMING);

	write_stream(fd);
	mig_set(&devs[0], STATE_RUNNING);
	close(fd);
}

static void memfd_read(void)
{
	lseek(memfd, 0, SEEK_SET);
	read_stream(memfd);
}

static void memfd_write(void)
{
	lseek(memfd, 0, SEEK_SET);
	write_stream(memfd);
}

/* Accesses by threads to a port or to /dev/null, each with a descriptor of its own */

#define THREAD_ACCESSES	20000

struct user {
	pthread_t thread;
	void (*access)(struct user *user);
	struct vfio_dev dev;
	unsigned int port;
};

static pthread_barrier_t all_there;

static void use_port(struct user *user)
{
	uart_read(&user->dev, user->port, UART_SCR);
}

static void use_null(struct user *user)
{
	read_null(user->dev.fd);
}

static void *use(void *arg)
{
	struct user *user = arg;
	unsigned int i;

	pthread_barrier_wait(&all_there);
	for (i = 0; i < THREAD_ACCESSES; i++)
		user->access(user);
	return NULL;
}

static void run_users(struct user *users, unsigned int count)
{
	unsigned int i;

	pthread_barrier_init(&all_there, NULL, count);
	for (i = 0; i < count; i++)
		CHECK(!pthread_create(&users[i].thread, NULL, use, &users[i]), "no thread");
	for (i = 0; i < count; i++)
		pthread_join(users[i].thread, NULL);
	pthread_barrier_destroy(&all_there);
}

static void one_user_of_null(void)
{
	struct user users[] = { { .access = use_null, .dev.fd = null_fds[0] } };

	run_users(users, ARRAY_SIZE(users));
}

static void users_of_null(void)
{
	struct user users[] = {
		{ .access = use_null, .dev.fd = null_fds[0] },
		{ .access = use_null, .dev.fd = null_fds[1] },
	};

	run_users(users, ARRAY_SIZE(users));
}

static void one_user_of_port(void)
{
	struct user users[] = { { .access = use_port, .dev = devs[0] } };

	run_users(users, ARRAY_SIZE(users));
}

static void users_of_two_ports(void)
{
	struct user users[] = {
		{ .access = use_port, .dev = devs[0] },
		{ .access = use_port, .dev = devs[0], .port = 1 },
	};

	users[1].dev.fd = vfio_group_device_fd(&devs[0], mdevs[0].uuid);
	CHECK(users[1].dev.fd >= 0, "no second descriptor");
	run_users(users, ARRAY_SIZE(users));
	close(users[1].dev.fd);
}

static void users_of_two_devices(void)
{
	struct user users[] = {
		{ .access = use_port, .dev = devs[0] },
		{ .access = use_port, .dev = devs[1] },
	};

	run_users(users, ARRAY_SIZE(users));
}

/*
 * A metric
 * @operations: calls of @run in a burst
 * @done: operations in one call of @run; 0 means 1
 * @canary: the reference measured along with it; NULL means canary_ns()
 */
struct metric {
	const char *name;
	unsigned int operations;
	void (*prepare)(void);
	void (*run)(void);
	void (*release)(void);
	unsigned int done;
	const struct metric *canary;
};

static double burst(const struct metric *metric)
{
	double begin = clock_ns();
	unsigned int i;

	passed_over = 0;
	for (i = 0; i < metric->operations; i++)
		metric->run();
	return (clock_ns() - begin - passed_over) / metric->operations / (metric->done ?: 1);
}

static const struct metric null_one_thread = {
	"null_one_thread", 1, NULL, one_user_of_null, .done = THREAD_ACCESSES
};

static const struct metric null_two_threads = {
	"null_two_threads", 1, NULL, users_of_null, .done = 2 * THREAD_ACCESSES
};

static const struct metric memfd_reading = {
	"memfd_read", 2, NULL, memfd_read, .done = PIECES
};

static const struct metric memfd_writing = {
	"memfd_write", 2, NULL, memfd_write, .done = PIECES
};

static const struct metric metrics[] = {
	{ "null_read", 2000, NULL, null_read },
	{ "config_read_1", 2000, NULL, config_read_1 },
	{ "config_read_2", 2000, NULL, config_read_2 },
	{ "config_read_4", 2000, NULL, config_read_4 },
	{ "register_read", 2000, prepare_port, register_read },
	{ "register_write", 2000, prepare_port, register_write },
	{ "loop", 1000, prepare_port, byte_through_the_loop },
	{ "intx", 200, prepare_intx, intx_round_trip, release_intx },
	{ "msi", 200, prepare_msi, byte_and_interrupt, release_msi },
	{ "save_and_load", 20, NULL, save_and_load },
	{ "stand_still", 20, NULL, move_by_pre_copy },
	{ "create_and_remove", 10, NULL, create_and_remove },
	{ "payload_read", 2, prepare_payload, payload_read, release_payload, PIECES,
	  &memfd_reading },
	{ "payload_write", 2, prepare_payload_write, payload_write, release_payload, PIECES,
	  &memfd_writing },
	{ "one_thread", 1, NULL, one_user_of_port, NULL, THREAD_ACCESSES, &null_one_thread },
	{ "two_ports", 1, NULL, users_of_two_ports, NULL, 2 * THREAD_ACCESSES,
	  &null_two_threads },
	{ "two_devices", 1, NULL, users_of_two_devices, NULL, 2 * THREAD_ACCESSES,
	  &null_two_threads },
};

static double min_of(double a, double b)
{
	return a < b ? a : b;
}

static double take_canary(const struct metric *metric)
{
	return metric->canary ? burst(metric->canary) : canary_ns();
}

static void measure(const struct metric *metric)
{
	double time = INFINITY, canary;
	unsigned int i;

	if (metric->prepare)
		metric->prepare();
	canary = take_canary(metric);
	for (i = 0; i < BURSTS; i++) {
		time = min_of(time, burst(metric));
		canary = min_of(canary, take_canary(metric));
	}
	if (metric->release)
		metric->release();
	printf("%.1f %.1f\n", time, canary);
}

static void open_devices(void)
{
	struct vfio_device_info info = { .argsz = sizeof(info), };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(devs); i++) {
		null_fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		CHECK(null_fds[i] >= 0, "no /dev/null");
		vfio_open_new(&devs[i], &mdevs[i], "mtty-2", VFIO_MODE_GROUP);
		/* The sample accepts no interrupt set-up from a user that has not called this. */
		CHECK(!__vfio_ioctl(devs[i].fd, VFIO_DEVICE_GET_INFO, &info), "no information");
	}
}

static void remove_devices(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(devs); i++) {
		vfio_close(&devs[i]);
		mdev_remove(&mdevs[i]);
	}
}

int main(int argc, char **argv)
{
	unsigned int i;

	CHECK(argc == 2, "usage: measure METRIC|list");
	for (i = 0; i < ARRAY_SIZE(metrics); i++) {
		if (!strcmp(argv[1], "list")) {
			puts(metrics[i].name);
		} else if (!strcmp(argv[1], metrics[i].name)) {
			open_devices();
			measure(&metrics[i]);
			remove_devices();
			return 0;
		}
	}
	CHECK(!strcmp(argv[1], "list"), "there is no metric %s", argv[1]);
	return 0;
}
