// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtty_burst [-l] [-s SECONDS] BURST TOTAL PORT...
 *
 * Sends TOTAL bytes in bursts of BURST bytes to every port at once, and checks every
 * byte that the ports' plugs send back. A burst starts when the previous one is back,
 * so that the line is silent after each. With TOTAL 0 the program runs until SIGTERM,
 * always has a second burst in flight, and prints its progress once a second.
 *
 * With -l it puts the ports into loopback mode, for ports without a plug.
 *
 * A port has stalled if nothing comes from it for SECONDS (default: 20); that ends the
 * run. Exit status: 0 if every byte came back as it was sent, 1 if not, 2 on errors.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "burst_check.h"

#define MAX_PORTS	2
#define MAX_BURST	4096
/* As in asm/termios.h, which cannot be included together with termios.h */
#define TIOCM_LOOP	0x8000

struct port {
	const char *name;
	int fd;
	uint64_t sent;
	uint64_t received;
	uint64_t goal;
	double last;
	bool stalled;
	struct burst_check check;
	struct serial_icounter_struct before;
};

static struct port ports[MAX_PORTS];
static unsigned int nports;
static unsigned int burst;
static uint64_t total;
static double patience = 20;
static bool loopback;
static atomic_bool told_to_stop;

static void stop(int sig)
{
	(void)sig;
	told_to_stop = 1;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* A port that is not a serial line (a pty in this program's own test) has no counters. */
static void read_counters(struct port *port, struct serial_icounter_struct *counters)
{
	if (ioctl(port->fd, TIOCGICOUNT, counters))
		memset(counters, 0, sizeof(*counters));
}

static void set_loopback(const struct port *port)
{
	const int loop = TIOCM_LOOP;

	if (loopback && ioctl(port->fd, TIOCMBIS, &loop))
		err(2, "loopback mode of %s", port->name);
}

static void open_port(struct port *port, const char *name, unsigned int number)
{
	struct termios tio;

	port->name = name;
	port->check.seed = number + 1;
	port->fd = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (port->fd < 0 || tcgetattr(port->fd, &tio))
		err(2, "%s", name);
	cfmakeraw(&tio);
	cfsetspeed(&tio, B115200);
	tio.c_cflag |= CLOCAL | CREAD;
	tio.c_cflag &= ~CRTSCTS;
	if (tcsetattr(port->fd, TCSAFLUSH, &tio))
		err(2, "%s", name);
	set_loopback(port);
	read_counters(port, &port->before);
}

static bool more_to_send(const struct port *port)
{
	return port->sent < port->goal;
}

static bool busy(const struct port *port)
{
	return more_to_send(port) || port->received < port->sent;
}

static void start_bursts(struct port *port)
{
	int64_t unread = total ? 0 : burst;

	while ((int64_t)(port->goal - port->received) <= unread) {
		if (total ? port->goal == total : told_to_stop)
			return;
		port->goal += burst;
		if (total && port->goal > total)
			port->goal = total;
	}
}

static void send_bytes(struct port *port)
{
	unsigned char bytes[2 * MAX_BURST];
	size_t len = port->goal - port->sent;
	ssize_t done;
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = burst_byte(port->check.seed, port->sent + i);
	done = write(port->fd, bytes, len);
	if (done < 0 && errno != EAGAIN)
		err(2, "write to %s", port->name);
	if (done > 0)
		port->sent += done;
}

static void receive_bytes(struct port *port)
{
	unsigned char bytes[MAX_BURST];
	ssize_t done = read(port->fd, bytes, sizeof(bytes));

	if (done < 0 && errno != EAGAIN)
		err(2, "read from %s", port->name);
	if (done <= 0)
		return;
	port->received += done;
	port->last = now();
	burst_check_feed(&port->check, bytes, done);
}

static void serve(const struct pollfd *fds)
{
	unsigned int i;

	for (i = 0; i < nports; i++) {
		if (fds[i].revents & POLLIN)
			receive_bytes(&ports[i]);
		start_bursts(&ports[i]);
		if (more_to_send(&ports[i]) && fds[i].revents & POLLOUT)
			send_bytes(&ports[i]);
	}
}

static void wait_for_ports(struct pollfd *fds)
{
	unsigned int i;

	for (i = 0; i < nports; i++) {
		fds[i].fd = ports[i].fd;
		fds[i].events = POLLIN | (more_to_send(&ports[i]) ? POLLOUT : 0);
		fds[i].revents = 0;
	}
	if (poll(fds, nports, 1000) < 0 && errno != EINTR)
		err(2, "poll");
}

static bool any_busy(void)
{
	unsigned int i;

	for (i = 0; i < nports; i++)
		if (busy(&ports[i]))
			return true;
	return false;
}

static bool any_stalled(void)
{
	bool found = false;
	unsigned int i;

	for (i = 0; i < nports; i++) {
		ports[i].stalled = busy(&ports[i]) && now() - ports[i].last > patience;
		found |= ports[i].stalled;
	}
	return found;
}

static void tell_progress(void)
{
	static double last;
	unsigned int i;

	if (total || now() - last < 1)
		return;
	last = now();
	for (i = 0; i < nports; i++)
		printf("%s sent %lu received %lu\n", ports[i].name,
		       ports[i].sent, ports[i].received);
	fflush(stdout);
}

static void run(void)
{
	struct pollfd fds[MAX_PORTS];
	unsigned int i;

	for (i = 0; i < nports; i++) {
		ports[i].last = now();
		start_bursts(&ports[i]);
	}
	while (any_busy() && !any_stalled()) {
		wait_for_ports(fds);
		serve(fds);
		tell_progress();
	}
}

static bool report(struct port *port, double seconds)
{
	struct burst_check *check = &port->check;
	struct serial_icounter_struct counters;

	burst_check_end(check, port->sent);
	read_counters(port, &counters);
	printf("%s burst %u sent %lu received %lu ", port->name, burst, port->sent,
	       port->received);
	printf("lost %lu duplicated %lu reordered %lu corrupted %lu foreign %lu ",
	       check->lost, check->duplicated, check->reordered, check->corrupted,
	       check->foreign);
	printf("overruns %d dropped %d stalls %d seconds %.3f\n",
	       counters.overrun - port->before.overrun,
	       counters.buf_overrun - port->before.buf_overrun, port->stalled, seconds);
	return burst_check_clean(check) && !port->stalled;
}

static unsigned long parse_number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || value > max)
		errx(2, "'%s' is not a number from 0 to %lu", text, max);
	return value;
}

static void read_arguments(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "ls:")) == 'l' || option == 's') {
		if (option == 'l')
			loopback = true;
		else
			patience = parse_number(optarg, 3600);
	}
	argc -= optind;
	argv += optind;
	if (option != -1 || argc < 3 || argc > 2 + MAX_PORTS)
		errx(2, "usage: mtty_burst [-l] [-s SECONDS] BURST TOTAL PORT [PORT]");
	burst = parse_number(argv[0], MAX_BURST);
	if (!burst)
		errx(2, "a burst has 1 to %d bytes", MAX_BURST);
	total = parse_number(argv[1], UINT32_MAX);
	for (nports = 0; nports < (unsigned int)argc - 2; nports++)
		open_port(&ports[nports], argv[2 + nports], nports);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART };
	bool good = true;
	double start;
	unsigned int i;

	read_arguments(argc, argv);
	sigaction(SIGTERM, &action, NULL);
	start = now();
	run();
	for (i = 0; i < nports; i++)
		good &= report(&ports[i], now() - start);
	return good ? 0 : 1;
}
