// SPDX-License-Identifier: GPL-2.0-only
/*
 * many COUNT: the cost of having 1, 10, 100 and so on up to COUNT one-port devices at
 * once. Each line has a name, a number of devices and a value:
 *
 *   create N NANOSECONDS       to create the N-th device
 *   canary N NANOSECONDS       to read /dev/null meanwhile, which shows the machine's speed
 *   memory N BYTES             kernel memory of each device, closed
 *   open_memory N BYTES        additional kernel memory of each device, opened
 *   byte N NANOSECONDS         to send a byte to each device and read it back, while each of
 *                              the others has one in flight
 */
#include <linux/serial_reg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "canary.h"
#include "check.h"
#include "clock.h"
#include "mdev.h"
#include "region.h"
#include "vfio.h"

/* The fastest one counts. */
#define CREATIONS	7
/* Descriptors of an open device, and room for those that are open anyway */
#define FILES_EACH	3
#define FILES_MORE	64

struct device {
	struct mdev mdev;
	struct vfio_dev dev;
};

static struct device *devices;
static unsigned int count;

/* Slab holds the kernel's small objects; MemAvailable depends on caches that come and go. */
static double slab_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	double kib = -1;
	char line[128];

	CHECK(file, "no /proc/meminfo");
	while (kib < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "Slab: %lf", &kib);
	fclose(file);
	CHECK(kib >= 0, "/proc/meminfo does not show the size of Slab");
	return kib * 1024;
}

static double time_to_create(struct device *device)
{
	double begin = clock_ns();

	mdev_create(&device->mdev, "mtty-1");
	return clock_ns() - begin;
}

/* Measures the creation of device @number, and leaves that device in place. */
static void create_again_and_again(struct device *device, unsigned int number)
{
	double time, best = INFINITY, canary = canary_ns();
	unsigned int i;

	for (i = 0; i < CREATIONS; i++) {
		if (i)
			mdev_remove(&device->mdev);
		time = time_to_create(device);
		best = time < best ? time : best;
		time = canary_ns();
		canary = time < canary ? time : canary;
	}
	printf("create %u %.0f\n", number, best);
	printf("canary %u %.0f\n", number, canary);
}

static bool is_milestone(unsigned int number)
{
	while (number % 10 == 0)
		number /= 10;
	return number == 1;
}

static void create_all(void)
{
	double before = slab_memory();
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (is_milestone(i + 1))
			create_again_and_again(&devices[i], i + 1);
		else
			time_to_create(&devices[i]);
	}
	printf("memory %u %.0f\n", count, (slab_memory() - before) / count);
}

static void open_all(void)
{
	struct rlimit limit = { FILES_EACH * count + FILES_MORE, FILES_EACH * count + FILES_MORE };
	double before = slab_memory();
	unsigned int i;

	CHECK(!setrlimit(RLIMIT_NOFILE, &limit), "%lu files are too many", limit.rlim_cur);
	for (i = 0; i < count; i++) {
		vfio_open(&devices[i].dev, devices[i].mdev.uuid, VFIO_MODE_GROUP);
		uart_write(&devices[i].dev, 0, UART_LCR, UART_LCR_WLEN8);
	}
	printf("open_memory %u %.0f\n", count, (slab_memory() - before) / count);
}

static void move_bytes(void)
{
	double begin = clock_ns();
	unsigned int i;

	for (i = 0; i < count; i++)
		uart_write(&devices[i].dev, 0, UART_TX, i);
	for (i = 0; i < count; i++)
		CHECK(uart_read(&devices[i].dev, 0, UART_RX) == (i & 0xff),
		      "device %u returned a wrong byte", i);
	printf("byte %u %.0f\n", count, (clock_ns() - begin) / count);
}

static void remove_all(void)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		vfio_close(&devices[i].dev);
		mdev_remove(&devices[i].mdev);
	}
}

int main(int argc, char **argv)
{
	CHECK(argc == 2, "usage: many COUNT");
	count = atoi(argv[1]);
	devices = calloc(count, sizeof(*devices));
	CHECK(count && devices, "%s is not a number of devices", argv[1]);
	create_all();
	open_all();
	move_bytes();
	remove_all();
	return 0;
}
