// SPDX-License-Identifier: GPL-2.0-only
/* Many threads on one device and on two: calls fail only as documented, and none hangs. */
#include <poll.h>
#include <pthread.h>

#include "device_fixture.h"

#define TIMEOUT		300	/* for the harness, far more than needed */
#define WAIT_MS		30000
#define PAYLOAD_ROOM	(32 * 1024)

/* What the rules of the threads make calls return. */
#define FAULT	EREMOTEIO

/* What the threads of one device share; @data_fd is the newest data file. */
struct target {
	struct vfio_dev *dev;
	const struct mdev *mdev;
	int trigger;
	int unmask;
	int data_fd;
};

struct hammer {
	void (*strike)(struct target *target, unsigned int *seed);
	unsigned int strikes;
};

static void target_init(struct target *target, struct vfio_dev *dev, const struct mdev *mdev)
{
	target->dev = dev;
	target->mdev = mdev;
	target->trigger = eventfd_new();
	target->unmask = eventfd_new();
	target->data_fd = -1;
}

static void registers(struct target *target, unsigned int *seed)
{
	unsigned int dice = rand_r(seed);
	unsigned int bar = dice & 1, offset = dice >> 1 & 7, size = 1 + (dice >> 4 & 3);
	__u8 data[4] = { dice >> 8, dice >> 12, dice >> 16, dice >> 20, };
	ssize_t ret;

	if (dice >> 6 & 1)
		ret = __region_read(target->dev, bar, offset, data, size);
	else
		ret = __region_write(target->dev, bar, offset, data, size);
	CHECK(ret > 0, "register access gave %zd", ret);
}

static void configuration(struct target *target, unsigned int *seed)
{
	__u8 config[CONFIG_SIZE];

	config_intx_disable(target->dev, rand_r(seed) >> 4 & 1);
	config_read(target->dev, 0, config, sizeof(config));
	CHECK(config[0] == 0x48 && config[1] == 0x43, "the vendor is %02x%02x",
	      config[1], config[0]);
}

static void interrupts(struct target *target, unsigned int *seed)
{
	const struct {
		__u32 index;
		__u32 flags;
		__u32 count;
		int value;
	} calls[] = {
		{ IRQ_INTX, IRQ_EVENTFD | IRQ_TRIGGER, 1, target->trigger },
		{ IRQ_INTX, IRQ_EVENTFD | IRQ_TRIGGER, 1, -1 },
		{ IRQ_INTX, IRQ_EVENTFD | IRQ_UNMASK, 1, target->unmask },
		{ IRQ_INTX, IRQ_EVENTFD | IRQ_UNMASK, 1, -1 },
		{ IRQ_INTX, IRQ_NONE | IRQ_TRIGGER, 0, 0 },
		{ IRQ_INTX, IRQ_NONE | IRQ_TRIGGER, 1, 0 },
		{ IRQ_INTX, IRQ_NONE | IRQ_MASK, 1, 0 },
		{ IRQ_INTX, IRQ_NONE | IRQ_UNMASK, 1, 0 },
		{ IRQ_MSI, IRQ_EVENTFD | IRQ_TRIGGER, 1, target->trigger },
		{ IRQ_MSI, IRQ_NONE | IRQ_TRIGGER, 1, 0 },
		{ IRQ_MSI, IRQ_NONE | IRQ_TRIGGER, 0, 0 },
		{ IRQ_REQ, IRQ_EVENTFD | IRQ_TRIGGER, 1, target->trigger },
		{ IRQ_REQ, IRQ_NONE | IRQ_TRIGGER, 0, 0 },
	};
	size_t i = rand_r(seed) % ARRAY_SIZE(calls);
	int ret;

	ret = __irq_set(target->dev, calls[i].index, calls[i].flags, calls[i].count,
			calls[i].value);
	CHECK(ret == 0 || ret == -EINVAL || ret == -EBUSY || ret == -ENOTTY,
	      "call %zu gave %d", i, ret);
	if (i & 1)
		eventfd_fire(target->unmask);
	eventfd_take(target->trigger);
}

static void states(struct target *target, unsigned int *seed)
{
	int data_fd, old, ret;

	ret = __mig_set(target->dev, rand_r(seed) % STATE_NR, &data_fd);
	CHECK(ret == 0 || ret == -EINVAL || ret == -FAULT, "a state change gave %d", ret);
	if (data_fd < 0)
		return;
	old = __atomic_exchange_n(&target->data_fd, data_fd, __ATOMIC_SEQ_CST);
	if (old >= 0)
		close(old);
}

/* The file may be dead by now, or even closed and its number reused. */
static void data_files(struct target *target, unsigned int *seed)
{
	int data_fd = __atomic_load_n(&target->data_fd, __ATOMIC_SEQ_CST);
	struct pollfd poll_fd = { .fd = data_fd, .events = POLLIN | POLLOUT, };
	__u8 stream[STREAM_MAX], bytes[6000];
	size_t size = stream_reset(stream, 2);
	struct vfio_precopy_info info;

	if (data_fd < 0)
		return;
	switch (rand_r(seed) >> 4 & 3) {
	case 0:
		__mig_read(data_fd, bytes, sizeof(bytes));
		break;
	case 1:
		__mig_write(data_fd, stream, size);
		break;
	case 2:
		__mig_precopy_info(data_fd, &info);
		break;
	case 3:
		poll(&poll_fd, 1, 0);
	}
}

static void resets(struct target *target, unsigned int *seed)
{
	vfio_reset(target->dev);
	CHECK(mig_get(target->dev) < STATE_NR, "no state after %u", *seed);
}

static void rates(struct target *target, unsigned int *seed)
{
	static const char * const values[] = { "0", "1M", "100M", "1T", };
	unsigned int dice = rand_r(seed) >> 4;

	card_set(target->mdev, dice & 1 ? "migration/dirty_rate" : "migration/bandwidth",
		 values[dice >> 1 & 3]);
}

/* No rule for resets, which the threads rely on. */
static void rules(struct target *target, unsigned int *seed)
{
	static const char * const values[] = {
		"*->* error=EREMOTEIO", "STOP->* error=EREMOTEIO state=ERROR",
		"RUNNING->* times=3 delay=1", "read error=EREMOTEIO", "read offset=30 corrupt",
		"read delay=1", "write offset=24 error=EREMOTEIO", "precopy_info error=EREMOTEIO",
		"irq times=5 drop", "irq drop\nread error=EREMOTEIO", "clear", "clear",
	};
	char text[FAULT_TEXT_MAX];
	int ret;

	ret = __card_set(target->mdev, "faults",
			 values[(rand_r(seed) >> 4) % ARRAY_SIZE(values)]);
	CHECK(ret == 0 || ret == -ENOSPC, "a rule gave %d", ret);
	card_get(target->mdev, "faults", text, sizeof(text));
}

static void triggers(struct target *target, unsigned int *seed)
{
	static const char * const values[] = { "err", "req", "reinit", };
	int ret;

	ret = __card_set(target->mdev, "trigger", values[(rand_r(seed) >> 4) % 3]);
	CHECK(ret == 0 || ret == -ENOTCONN, "a trigger gave %d", ret);
}

/* A second descriptor that comes and goes must not take the device down. */
static void second_opens(struct target *target, unsigned int *seed)
{
	int fd = vfio_group_device_fd(target->dev, target->mdev->uuid);

	CHECK(fd >= 0, "second descriptor: %d after %u", fd, *seed);
	close(fd);
}

struct worker {
	const struct hammer *hammer;
	struct target *target;
	unsigned int seed;
	pthread_t thread;
};

static void *work(void *data)
{
	struct worker *worker = data;
	unsigned int i;

	for (i = 0; i < worker->hammer->strikes; i++)
		worker->hammer->strike(worker->target, &worker->seed);
	return NULL;
}

static const struct hammer hammers[] = {
	{ registers, 20000 }, { registers, 20000 }, { configuration, 8000 },
	{ interrupts, 10000 }, { interrupts, 10000 }, { states, 10000 },
	{ data_files, 20000 }, { resets, 3000 }, { rates, 500 }, { rules, 500 },
	{ triggers, 500 }, { second_opens, 2000 },
};

static size_t start_workers(struct worker *workers, struct target *target, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		workers[i].hammer = &hammers[i];
		workers[i].target = target;
		workers[i].seed = 1 + i;
		CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0,
		      "no thread %zu", i);
	}
	return count;
}

static void join_workers(struct worker *workers, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		CHECK(pthread_join(workers[i].thread, NULL) == 0, "cannot join thread %zu", i);
}

/* After a reset, the device must work, whatever the threads left behind. */
static void expect_sound(struct __test_metadata *_metadata, struct target *target, size_t size)
{
	static __u8 stream[PAYLOAD_ROOM];
	struct vfio_dev *dev = target->dev;

	fault_clear(target->mdev);
	vfio_reset(dev);
	EXPECT_EQ(STATE_RUNNING, mig_get(dev));
	EXPECT_EQ(NULL, __uart_run_as_new(dev));
	config_intx_disable(dev, 0);
	__irq_set(dev, IRQ_INTX, IRQ_NONE | IRQ_TRIGGER, 0, 0);
	__irq_set(dev, IRQ_MSI, IRQ_NONE | IRQ_TRIGGER, 0, 0);
	eventfd_take(target->trigger);
	irq_enable(dev, IRQ_INTX, target->trigger);
	uart_run(dev, "W3=03 W2=01 W1=02");
	EXPECT_EQ(1, eventfd_take(target->trigger));
	uart_run(dev, "W0=[00-0F]");
	EXPECT_EQ(size, mig_save(dev, stream, sizeof(stream)));
	mig_set(dev, STATE_RUNNING);
	EXPECT_EQ(NULL, __uart_run(dev, "R0=[00-0F] R5=60"));
}

/* The last hammer needs a group. */
static size_t hammer_count(enum vfio_mode mode)
{
	return ARRAY_SIZE(hammers) - (mode != VFIO_MODE_GROUP);
}

TEST_F_TIMEOUT(device, one_device_withstands_many_threads, TIMEOUT)
{
	struct worker workers[ARRAY_SIZE(hammers)];
	struct target target;

	target_init(&target, &self->dev, &self->mdev);
	join_workers(workers, start_workers(workers, &target, hammer_count(variant->mode)));
	expect_sound(_metadata, &target, STREAM_MAX);
}

/* The same with more state than one read of the threads takes */
TEST_F_TIMEOUT(device, a_device_with_payload_withstands_many_threads, TIMEOUT)
{
	struct worker workers[ARRAY_SIZE(hammers)];
	struct target target;

	vfio_close(&self->dev);
	card_set(&self->mdev, "migration/state_size", "20000");
	card_set(&self->mdev, "migration/precopy_size", "10000");
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	target_init(&target, &self->dev, &self->mdev);
	join_workers(workers, start_workers(workers, &target, hammer_count(variant->mode)));
	expect_sound(_metadata, &target, stream_chunks_size(2, 20000));
}

TEST_F_TIMEOUT(device, two_devices_withstand_many_threads, TIMEOUT)
{
	struct worker workers[2][ARRAY_SIZE(hammers)];
	size_t i, count = hammer_count(variant->mode);
	struct target targets[2];

	vfio_open_new(&self->other, &self->other_mdev, "mtty-2", variant->mode);
	target_init(&targets[0], &self->dev, &self->mdev);
	target_init(&targets[1], &self->other, &self->other_mdev);
	for (i = 0; i < 2; i++)
		start_workers(workers[i], &targets[i], count);
	for (i = 0; i < 2; i++)
		join_workers(workers[i], count);
	for (i = 0; i < 2; i++)
		expect_sound(_metadata, &targets[i], STREAM_MAX);
}

/*
 * One thread sends only when the receiver is empty, because nothing else holds it back.
 * Another receives, woken by interrupts alone.
 */
#define BYTES	10000
#define DR	0x01

static void *send_bytes(void *dev)
{
	int i = 0, burst;

	while (i < BYTES) {
		if (uart_read(dev, 0, 5) & DR)
			continue;
		for (burst = 0; burst < 16 && i < BYTES; burst++)
			uart_write(dev, 0, 0, i++);
	}
	return NULL;
}

static int receive_bytes(struct vfio_dev *dev, int received)
{
	while (uart_read(dev, 0, 5) & DR) {
		CHECK(uart_read(dev, 0, 0) == (received & 0xff), "byte %d is wrong", received);
		received++;
	}
	return received;
}

/* @unmask: an eventfd, or -1 to unmask by a call; MSI needs neither */
static void expect_delivery(struct __test_metadata *_metadata, struct vfio_dev *dev,
			    __u32 index, int unmask)
{
	int trigger = eventfd_new(), received = 0;
	pthread_t sender;

	uart_run(dev, "W3=03 W2=81 W1=01");
	irq_enable(dev, index, trigger);
	if (unmask >= 0)
		irq_set(dev, IRQ_INTX, IRQ_EVENTFD | IRQ_UNMASK, 1, unmask);
	ASSERT_EQ(0, pthread_create(&sender, NULL, send_bytes, dev));
	while (received < BYTES) {
		ASSERT_LT(0, eventfd_wait(trigger, WAIT_MS))
			TH_LOG("nothing arrives after byte %d", received);
		received = receive_bytes(dev, received);
		if (unmask >= 0)
			eventfd_fire(unmask);
		else if (index == IRQ_INTX)
			irq_unmask(dev);
	}
	EXPECT_EQ(0, pthread_join(sender, NULL));
}

TEST_F_TIMEOUT(device, no_byte_and_no_interrupt_is_lost_with_intx, TIMEOUT)
{
	expect_delivery(_metadata, &self->dev, IRQ_INTX, -1);
}

TEST_F_TIMEOUT(device, no_byte_and_no_interrupt_is_lost_with_an_unmask_eventfd, TIMEOUT)
{
	const char *missing;

	irq_enable_new(&self->dev, IRQ_INTX);
	missing = irq_unmask_eventfd_missing(&self->dev);
	if (missing)
		SKIP(return, "%s", missing);
	expect_delivery(_metadata, &self->dev, IRQ_INTX, eventfd_new());
}

TEST_F_TIMEOUT(device, no_byte_and_no_interrupt_is_lost_with_msi, TIMEOUT)
{
	expect_delivery(_metadata, &self->dev, IRQ_MSI, -1);
}

TEST_HARNESS_MAIN
