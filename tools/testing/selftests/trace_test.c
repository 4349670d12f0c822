// SPDX-License-Identifier: GPL-2.0-only
/* Tracepoints: each records what happened, with the fields that are documented. */
#include <fcntl.h>
#include <sys/mount.h>

#include "mtty_test.h"

#define TRACING	"/sys/kernel/tracing"
#define EVENTS	TRACING "/events/mtty"
#define ROOM	(64 * 1024)

static char trace[ROOM];

/* Why there is nothing to test; NULL if there is. */
static const char *tracing_missing(void)
{
	if (!sysfs_exists(TRACING))
		return "no " TRACING ": this kernel has no tracing";
	if (!sysfs_exists(TRACING "/events"))
		mount("tracefs", TRACING, "tracefs", 0, NULL);
	if (!sysfs_exists(TRACING "/events"))
		return "this kernel has no trace events";
	return NULL;
}

static void write_file(const char *path, const char *value)
{
	int ret = __sysfs_write(path, value);

	CHECK(ret == 0, "%s rejects \"%s\": %d", path, value, ret);
}

/* Forgets what was recorded, and records one kind of event from now on. */
static void record(const char *event)
{
	int fd = open(TRACING "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	CHECK(fd >= 0, "cannot empty the trace");
	close(fd);
	write_file(EVENTS "/enable", "0");
	write_file(SYSFS_PATH(EVENTS "/%s/enable", event), "1");
}

/* Stops, and reads what was recorded. */
static void stop(void)
{
	int fd = open(TRACING "/trace", O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t ret;

	write_file(EVENTS "/enable", "0");
	CHECK(fd >= 0, "cannot open the trace");
	while ((ret = read(fd, trace + size, sizeof(trace) - 1 - size)) > 0)
		size += ret;
	CHECK(ret == 0 && size < sizeof(trace) - 1, "cannot read the trace");
	trace[size] = 0;
	close(fd);
}

/* Line @number, from 0, of the events: its text behind the event's name. */
static const char *recorded(const char *name, unsigned int number)
{
	static char line[512];
	char what[32];
	const char *at = trace;

	snprintf(what, sizeof(what), ": %s: ", name);
	for (;; number--) {
		at = strstr(at, what);
		if (!at)
			return "no event";
		at += strlen(what);
		if (!number)
			break;
	}
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
	return line;
}

static const char *text(char *line, size_t size, const char *fmt, const char *uuid)
{
	snprintf(line, size, fmt, uuid);
	return line;
}

/* What is expected, with the card's name at its only %s. */
#define TEXT(fmt)	text((char[512]) {}, 512, fmt, self->mdev.uuid)

#define EXPECT_EVENT(name, number, fmt)	EXPECT_STREQ(TEXT(fmt), recorded(name, number))

static unsigned int events(const char *name)
{
	unsigned int count = 0;

	while (strcmp(recorded(name, count), "no event"))
		count++;
	return count;
}

FIXTURE(trace) {
	struct mdev mdev;
	struct vfio_dev dev;
};

FIXTURE_VARIANT(trace) {
	enum vfio_mode mode;
};

FIXTURE_VARIANT_ADD(trace, group) {
	.mode = VFIO_MODE_GROUP,
};

FIXTURE_VARIANT_ADD(trace, cdev) {
	.mode = VFIO_MODE_CDEV,
};

FIXTURE_SETUP(trace)
{
	const char *missing = vfio_mode_missing(variant->mode) ?: tracing_missing();

	if (missing)
		SKIP(return, "%s", missing);
	vfio_open_new(&self->dev, &self->mdev, "mtty-2", variant->mode);
}

FIXTURE_TEARDOWN_PARENT(trace)
{
	if (sysfs_exists(EVENTS "/enable"))
		write_file(EVENTS "/enable", "0");
	mdev_remove(&self->mdev);
}

TEST_F(trace, there_are_the_events_that_are_documented)
{
	static const char * const names[] = { "state", "data", "access", "irq", "fault", };
	char line[8];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ASSERT_TRUE(sysfs_exists(SYSFS_PATH(EVENTS "/%s/enable", names[i])))
			TH_LOG("%s is missing", names[i]);
		sysfs_read(SYSFS_PATH(EVENTS "/%s/enable", names[i]), line, sizeof(line));
		EXPECT_STREQ("0", line);
	}
}

TEST_F(trace, each_arc_is_recorded_with_its_result)
{
	int none;

	record("state");
	mig_set(&self->dev, STATE_STOP_COPY);
	mig_set(&self->dev, STATE_STOP);
	EXPECT_EQ(-EINVAL, __mig_load(&self->dev, NULL, 0));
	stop();
	EXPECT_EQ(6, events("state"));
	EXPECT_EVENT("state", 0, "card=%s from=RUNNING to=RUNNING_P2P result=0");
	EXPECT_EVENT("state", 1, "card=%s from=RUNNING_P2P to=STOP result=0");
	EXPECT_EVENT("state", 2, "card=%s from=STOP to=STOP_COPY result=0");
	EXPECT_EVENT("state", 3, "card=%s from=STOP_COPY to=STOP result=0");
	EXPECT_EVENT("state", 4, "card=%s from=STOP to=RESUMING result=0");
	EXPECT_EVENT("state", 5, "card=%s from=RESUMING to=STOP result=-22");

	vfio_reset(&self->dev);
	fault_add(&self->mdev, "PRE_COPY_P2P->STOP_COPY error=EIO");
	record("state");
	EXPECT_EQ(-EIO, __mig_set(&self->dev, STATE_PRE_COPY, &none) ?:
			__mig_set(&self->dev, STATE_STOP_COPY, &none));
	stop();
	EXPECT_EQ(3, events("state"));
	EXPECT_EVENT("state", 0, "card=%s from=RUNNING to=PRE_COPY result=0");
	EXPECT_EVENT("state", 1, "card=%s from=PRE_COPY to=PRE_COPY_P2P result=0");
	EXPECT_EVENT("state", 2, "card=%s from=PRE_COPY_P2P to=STOP_COPY result=-5");
}

TEST_F(trace, each_transfer_is_recorded)
{
	__u8 stream[STREAM_MAX];
	int data_fd;

	data_fd = mig_set(&self->dev, STATE_STOP_COPY);
	record("data");
	EXPECT_EQ(40, __mig_read(data_fd, stream, 40));
	EXPECT_EQ(56, __mig_read(data_fd, stream + 40, 100));
	mig_set(&self->dev, STATE_RUNNING);
	data_fd = mig_set(&self->dev, STATE_RESUMING);
	fault_add(&self->mdev, "write error=ENOSPC");
	EXPECT_EQ(-ENOSPC, __mig_write(data_fd, stream, 30));
	EXPECT_EQ(30, __mig_write(data_fd, stream, 30));
	EXPECT_EQ(66, __mig_write(data_fd, stream + 30, 66));
	EXPECT_EQ(-EINVAL, __mig_write(data_fd, stream, 1));
	stop();
	EXPECT_EQ(6, events("data"));
	EXPECT_EVENT("data", 0, "card=%s direction=read position=0 count=40 result=40");
	EXPECT_EVENT("data", 1, "card=%s direction=read position=40 count=100 result=56");
	EXPECT_EVENT("data", 2, "card=%s direction=write position=0 count=30 result=-28");
	EXPECT_EVENT("data", 3, "card=%s direction=write position=0 count=30 result=30");
	EXPECT_EVENT("data", 4, "card=%s direction=write position=30 count=66 result=66");
	EXPECT_EVENT("data", 5, "card=%s direction=write position=96 count=1 result=-22");
}

TEST_F(trace, a_transfer_of_nothing_is_recorded_with_its_reason)
{
	__u8 stream[STREAM_MAX];
	int data_fd;

	data_fd = mig_set(&self->dev, STATE_PRE_COPY);
	EXPECT_EQ(24, __mig_read(data_fd, stream, sizeof(stream)));
	record("data");
	EXPECT_EQ(-ENOMSG, __mig_read(data_fd, stream, 10));
	mig_set(&self->dev, STATE_STOP_COPY);
	EXPECT_EQ(72, __mig_read(data_fd, stream, sizeof(stream)));
	EXPECT_EQ(0, __mig_read(data_fd, stream, 10));
	mig_set(&self->dev, STATE_RUNNING);
	EXPECT_EQ(-ENODEV, __mig_read(data_fd, stream, 10));
	stop();
	EXPECT_EQ(4, events("data"));
	EXPECT_EVENT("data", 0, "card=%s direction=read position=24 count=10 result=-42");
	EXPECT_EVENT("data", 2, "card=%s direction=read position=96 count=10 result=0");
	EXPECT_STREQ("card=gone direction=read position=96 count=10 result=-19",
		     recorded("data", 3));
}

TEST_F(trace, each_register_access_is_recorded)
{
	record("access");
	uart_write(&self->dev, 0, 7, 0xa5);
	uart_write(&self->dev, 1, 7, 0x05);
	EXPECT_EQ(0xa5, uart_read(&self->dev, 0, 7));
	EXPECT_EQ(0x60, uart_read(&self->dev, 1, 5));
	stop();
	EXPECT_EQ(4, events("access"));
	EXPECT_STREQ("direction=write port=0 register=7 value=a5", recorded("access", 0));
	EXPECT_STREQ("direction=write port=1 register=7 value=05", recorded("access", 1));
	EXPECT_STREQ("direction=read port=0 register=7 value=a5", recorded("access", 2));
	EXPECT_STREQ("direction=read port=1 register=5 value=60", recorded("access", 3));
}

/* A long access is one event for each register; configuration space has no registers. */
TEST_F(trace, a_long_access_is_recorded_register_by_register)
{
	__u8 bytes[4] = { 0x11, 0x22, 0x33, 0x44, };

	record("access");
	EXPECT_EQ(2, __region_write(&self->dev, 0, 6, bytes, 2));
	config_read(&self->dev, 0, bytes, sizeof(bytes));
	stop();
	EXPECT_EQ(2, events("access"));
	EXPECT_STREQ("direction=write port=0 register=6 value=11", recorded("access", 0));
	EXPECT_STREQ("direction=write port=0 register=7 value=22", recorded("access", 1));
}

TEST_F(trace, each_interrupt_is_recorded_with_its_reason)
{
	irq_enable_new(&self->dev, IRQ_INTX);
	record("irq");
	uart_raise(&self->dev);
	irq_unmask(&self->dev);
	irq_set(&self->dev, IRQ_INTX, IRQ_NONE | IRQ_TRIGGER, 1, 0);
	stop();
	EXPECT_EQ(3, events("irq"));
	EXPECT_STREQ("index=0 why=request", recorded("irq", 0));
	EXPECT_STREQ("index=0 why=unmask", recorded("irq", 1));
	EXPECT_STREQ("index=0 why=user", recorded("irq", 2));

	irq_disable(&self->dev, IRQ_INTX);
	record("irq");
	irq_enable_new(&self->dev, IRQ_MSI);
	mig_set(&self->dev, STATE_STOP);
	mig_set(&self->dev, STATE_RUNNING);
	fault_add(&self->mdev, "irq drop");
	uart_lower(&self->dev);
	uart_raise(&self->dev);
	stop();
	EXPECT_EQ(3, events("irq"));
	EXPECT_STREQ("index=1 why=connect", recorded("irq", 0));
	EXPECT_STREQ("index=1 why=resume", recorded("irq", 1));
	EXPECT_STREQ("index=1 why=dropped", recorded("irq", 2));
}

TEST_F(trace, each_hit_of_a_rule_is_recorded)
{
	fault_add(&self->mdev, "reset nth=2 times=2 error=EIO");
	record("fault");
	EXPECT_EQ(0, __vfio_reset(&self->dev));
	EXPECT_EQ(-EIO, __vfio_reset(&self->dev));
	EXPECT_EQ(-EIO, __vfio_reset(&self->dev));
	EXPECT_EQ(0, __vfio_reset(&self->dev));
	stop();
	EXPECT_EQ(2, events("fault"));
	EXPECT_EVENT("fault", 0, "card=%s rule=reset nth=2 times=2 error=EIO hits=1");
	EXPECT_EVENT("fault", 1, "card=%s rule=reset nth=2 times=2 error=EIO hits=2");
}

TEST_F(trace, nothing_is_recorded_while_events_are_off)
{
	record("state");
	stop();
	uart_run(&self->dev, "W7=5A R7=5A");
	mig_set(&self->dev, STATE_STOP);
	stop();
	EXPECT_EQ(0, events("state"));
	EXPECT_EQ(0, events("access"));
}

TEST_HARNESS_MAIN
