// SPDX-License-Identifier: GPL-2.0-only
/* The saving side: what the stream holds, how it is read, what PRE_COPY reports. */
#include <poll.h>
#include <pthread.h>
#include <sched.h>

#include "device_fixture.h"

TEST_F(device, a_new_device_is_saved_as_documented_byte_for_byte)
{
	__u8 expected[STREAM_MAX], seen[STREAM_MAX];
	size_t i, size = stream_reset(expected, 2);

	ASSERT_EQ(size, mig_save(&self->dev, seen, sizeof(seen)));
	for (i = 0; i < size; i++) {
		EXPECT_EQ(expected[i], seen[i])
			TH_LOG("byte %zu", i);
	}
}

TEST_F(device, a_new_one_port_device_is_saved_as_documented_byte_for_byte)
{
	__u8 expected[STREAM_MAX], seen[STREAM_MAX];
	size_t size = stream_reset(expected, 1);

	vfio_open_new(&self->other, &self->other_mdev, "mtty-1", variant->mode);
	ASSERT_EQ(size, mig_save(&self->other, seen, sizeof(seen)));
	EXPECT_EQ(0, memcmp(expected, seen, size));
}

/* How a record differs from its reset state after the accesses. */
struct save_row {
	const char *accesses;
	struct {
		__u8 offset;
		__u8 value;
	} fields[10];
	const char *fifo;
	__u8 fifo_count;
	__u16 marks;
};

#define TAIL	5	/* where the expected ring begins; any slot will do */

static const struct save_row save_rows[] = {
	{ "W1=0F", { { RECORD_IER, 0x0f }, { RECORD_EXTRA, EXTRA_VALID | EXTRA_THREIP } } },
	{ "W1=F5", { { RECORD_IER, 0x05 } } },
	{ "W3=1B", { { RECORD_LCR, 0x1b } } },
	{ "W3=9B", { { RECORD_LCR, 0x9b }, { RECORD_DLAB, 1 } } },
	{ "W7=5A", { { RECORD_SCR, 0x5a } } },
	{ "W4=0B", { { RECORD_MCR, 0x0b }, { RECORD_DELTAS, 0x0b } } },
	{ "W4=FF R6=FB", { { RECORD_MCR, 0x1f } } },
	{ "W4=14 W4=10", { { RECORD_MCR, 0x10 }, { RECORD_DELTAS, 0x04 } } },
	{ "W3=80 W0=34 W1=12 W3=03", {
		{ RECORD_LCR, 0x03 }, { RECORD_DIVISOR, 0x34 }, { RECORD_DIVISOR + 1, 0x12 } } },
	{ "W2=01", { { RECORD_FCR, 0x01 }, { RECORD_FIFO_SIZE, 16 } } },
	{ "W2=47 W3=03 W0=41", {
		{ RECORD_FCR, 0x41 }, { RECORD_FIFO_SIZE, 16 }, { RECORD_TRIGGER, 4 },
		{ RECORD_LCR, 3 } }, "A", 1 },
	{ "W2=89 W3=03 W0=41", {
		{ RECORD_FCR, 0x89 }, { RECORD_FIFO_SIZE, 16 }, { RECORD_TRIGGER, 8 },
		{ RECORD_LCR, 3 } }, "A", 1 },
	{ "W2=C1 W3=03 W0=[41-45] R0=[41-42]", {
		{ RECORD_FCR, 0xc1 }, { RECORD_FIFO_SIZE, 16 }, { RECORD_TRIGGER, 14 },
		{ RECORD_LCR, 3 } }, "CDE", 3 },
	{ "W2=C1 W3=03 W0=[41-50]", {
		{ RECORD_FCR, 0xc1 }, { RECORD_FIFO_SIZE, 16 }, { RECORD_TRIGGER, 14 },
		{ RECORD_LCR, 3 } }, "ABCDEFGHIJKLMNOP", 16 },
	{ "W2=01 W3=03 W0=[41-4A] R0=[41-4A] W0=[41-50]", {
		{ RECORD_FCR, 0x01 }, { RECORD_FIFO_SIZE, 16 },
		{ RECORD_LCR, 3 } }, "ABCDEFGHIJKLMNOP", 16 },
	{ "W2=01 W3=03 W0=[41-51]", {
		{ RECORD_FCR, 0x01 }, { RECORD_FIFO_SIZE, 16 }, { RECORD_OVERRUN, 1 },
		{ RECORD_LCR, 3 } }, "ABCDEFGHIJKLMNOP", 16 },
	{ "W3=03 W0=41", { { RECORD_LCR, 3 } }, "A", 1 },
	{ "W3=03 W0=41 W0=42", { { RECORD_LCR, 3 }, { RECORD_OVERRUN, 1 } }, "B", 1 },
	{ "W3=03 W0=41 R0=41", { { RECORD_LCR, 3 } } },
	{ "W1=02 R2=02", { { RECORD_IER, 2 } } },
	{ "W2=01 W3=43", {
		{ RECORD_FCR, 0x01 }, { RECORD_FIFO_SIZE, 16 }, { RECORD_ERRORS, 0x10 },
		{ RECORD_EXTRA, EXTRA_VALID | EXTRA_BRKD }, { RECORD_LCR, 0x43 } }, "\0", 1, 1 },
	{ "W2=01 W3=43 W3=03 R5=F1", {
		{ RECORD_FCR, 0x01 }, { RECORD_FIFO_SIZE, 16 }, { RECORD_LCR, 3 } }, "\0", 1 },
	{ "W2=01 W3=43 W3=03 R0=00", {
		{ RECORD_FCR, 0x01 }, { RECORD_FIFO_SIZE, 16 }, { RECORD_ERRORS, 0x10 },
		{ RECORD_LCR, 3 } } },
	{ "W2=01 W3=03 W0=[41-49] W3=43 W3=03 W0=4A W3=43 W3=03", {
		{ RECORD_FCR, 0x01 }, { RECORD_FIFO_SIZE, 16 },
		{ RECORD_LCR, 3 } }, "ABCDEFGHI\0J", 12, 0x0a00 },
};

static void mark(__u8 *record, unsigned int slot)
{
	record[slot < 8 ? RECORD_MARKS_LOW : RECORD_MARKS_HIGH] |= 1 << slot % 8;
}

static void expected_record(__u8 *record, const struct save_row *row)
{
	unsigned int i;

	stream_reset_record(record);
	for (i = 0; row->fields[i].offset; i++)
		record[row->fields[i].offset] = row->fields[i].value;
	stream_fill(record, TAIL, (const __u8 *)row->fifo, row->fifo_count);
	for (i = 0; i < row->fifo_count; i++) {
		if (row->marks >> i & 1)
			mark(record, (TAIL + i) % FIFO_SLOTS);
	}
}

static void expect_consistent(struct __test_metadata *_metadata, const __u8 *record)
{
	EXPECT_EQ(stream_check(record), record[RECORD_CHECK]);
	EXPECT_GT(FIFO_SLOTS, record[RECORD_HEAD]);
	EXPECT_GT(FIFO_SLOTS, record[RECORD_TAIL]);
	EXPECT_EQ(record[RECORD_COUNT] % FIFO_SLOTS,
		  (record[RECORD_HEAD] - record[RECORD_TAIL]) % FIFO_SLOTS);
}

TEST_F(device, every_kind_of_state_has_its_field)
{
	__u8 stream[STREAM_MAX], expected[RECORD_SIZE], reset[RECORD_SIZE];
	const struct save_row *row;
	int differs;

	stream_reset_record(reset);
	for (row = save_rows; row < save_rows + ARRAY_SIZE(save_rows); row++) {
		vfio_reset(&self->dev);
		uart_run(&self->dev, row->accesses);
		expected_record(expected, row);
		ASSERT_EQ(STREAM_MAX, mig_save(&self->dev, stream, sizeof(stream)));
		expect_consistent(_metadata, stream_record(stream, 0));
		differs = stream_record_differs(expected, stream_record(stream, 0));
		EXPECT_EQ(-1, differs)
			TH_LOG("after %s: byte %d of the record is %02x", row->accesses, differs,
			       stream_record(stream, 0)[differs < 0 ? 0 : differs]);
		EXPECT_EQ(0, memcmp(reset, stream_record(stream, 1), RECORD_SIZE))
			TH_LOG("after %s: the other port's record", row->accesses);
	}
}

TEST_F(device, the_second_port_has_the_second_record)
{
	__u8 stream[STREAM_MAX];

	uart_run(&self->dev, "0:W7=11 1:W7=22");
	mig_save(&self->dev, stream, sizeof(stream));
	EXPECT_EQ(0x11, stream_record(stream, 0)[RECORD_SCR]);
	EXPECT_EQ(0x22, stream_record(stream, 1)[RECORD_SCR]);
}

TEST_F(device, saving_changes_no_register)
{
	__u8 first[STREAM_MAX], second[STREAM_MAX];

	uart_run(&self->dev, "W3=03 W2=81 W1=0F W4=0B W0=[41-43]");
	mig_save(&self->dev, first, sizeof(first));
	mig_set(&self->dev, STATE_RUNNING);
	mig_save(&self->dev, second, sizeof(second));
	EXPECT_EQ(0, memcmp(first, second, sizeof(first)));
	mig_set(&self->dev, STATE_RUNNING);
	EXPECT_EQ(NULL, __uart_run(&self->dev, "R2=CC R5=61 R6=BB R0=[41-43] R2=C2"));
}

TEST_F(device, the_stream_is_what_the_device_held_when_it_stopped)
{
	__u8 before[STREAM_MAX], after[STREAM_MAX];
	int data_fd;

	mig_save(&self->dev, before, sizeof(before));
	data_fd = mig_set(&self->dev, STATE_STOP_COPY);
	EXPECT_EQ(40, __mig_read(data_fd, after, 40));
	uart_write(&self->dev, 0, 7, 0x77);
	EXPECT_EQ(STREAM_MAX - 40, mig_read_all(data_fd, after + 40, sizeof(after) - 40));
	EXPECT_EQ(0, memcmp(before, after, sizeof(before)));
}

TEST_F(device, pre_copy_sends_the_header_and_then_no_message)
{
	__u8 expected[STREAM_MAX], seen[STREAM_MAX];
	int data_fd = mig_set(&self->dev, STATE_PRE_COPY);

	stream_reset(expected, 2);
	EXPECT_EQ(HEADER_SIZE, __mig_read(data_fd, seen, sizeof(seen)));
	EXPECT_EQ(0, memcmp(expected, seen, HEADER_SIZE));
	EXPECT_EQ(-ENOMSG, __mig_read(data_fd, seen, sizeof(seen)));
	EXPECT_EQ(-ENOMSG, __mig_read(data_fd, seen, sizeof(seen)));
}

static void expect_same_stream(struct __test_metadata *_metadata, struct vfio_dev *dev,
			       size_t before_stop, bool by_p2p)
{
	__u8 expected[STREAM_MAX], seen[STREAM_MAX];
	int data_fd;

	mig_save(dev, expected, sizeof(expected));
	mig_set(dev, STATE_RUNNING);
	data_fd = mig_set(dev, STATE_PRE_COPY);
	EXPECT_EQ((ssize_t)before_stop, __mig_read(data_fd, seen, before_stop));
	if (by_p2p)
		mig_set(dev, STATE_PRE_COPY_P2P);
	mig_set(dev, STATE_STOP_COPY);
	EXPECT_EQ(STREAM_MAX - before_stop,
		  mig_read_all(data_fd, seen + before_stop, sizeof(seen) - before_stop));
	EXPECT_EQ(0, memcmp(expected, seen, sizeof(expected)))
		TH_LOG("%zu bytes read in PRE_COPY", before_stop);
	mig_set(dev, STATE_RUNNING);
}

TEST_F(device, the_stream_is_the_same_by_way_of_pre_copy)
{
	size_t before_stop;

	uart_run(&self->dev, "W3=03 W2=81 W1=0F W4=0B W0=[41-43]");
	for (before_stop = 0; before_stop <= HEADER_SIZE; before_stop++) {
		expect_same_stream(_metadata, &self->dev, before_stop, false);
		expect_same_stream(_metadata, &self->dev, before_stop, true);
	}
}

TEST_F(device, a_state_changed_during_pre_copy_is_saved_as_it_is_at_the_end)
{
	__u8 stream[STREAM_MAX];
	int data_fd = mig_set(&self->dev, STATE_PRE_COPY);
	size_t size = mig_read_all(data_fd, stream, sizeof(stream));

	uart_write(&self->dev, 0, 7, 0x5a);
	mig_set(&self->dev, STATE_STOP_COPY);
	size += mig_read_all(data_fd, stream + size, sizeof(stream) - size);
	EXPECT_EQ(sizeof(stream), size);
	EXPECT_EQ(0x5a, stream_record(stream, 0)[RECORD_SCR]);
}

TEST_F(device, the_end_of_the_stream_stays_the_end)
{
	__u8 stream[STREAM_MAX];
	int i, data_fd = mig_set(&self->dev, STATE_STOP_COPY);

	EXPECT_EQ(STREAM_MAX, mig_read_all(data_fd, stream, sizeof(stream)));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, __mig_read(data_fd, stream, sizeof(stream)))
			TH_LOG("read %d", i);
	}
}

TEST_F(device, pieces_of_any_size_make_the_same_stream)
{
	__u8 expected[STREAM_MAX], seen[STREAM_MAX];
	size_t piece, done;
	ssize_t ret;
	int data_fd;

	uart_run(&self->dev, "W3=03 W2=81 W1=0F W4=0B W0=[41-43]");
	mig_save(&self->dev, expected, sizeof(expected));
	for (piece = 1; piece <= STREAM_MAX; piece++) {
		data_fd = mig_set(&self->dev, STATE_STOP_COPY);
		for (done = 0; done < sizeof(seen); done += ret) {
			ret = __mig_read(data_fd, seen + done,
					 piece < sizeof(seen) - done ? piece : sizeof(seen) - done);
			ASSERT_LT(0, ret)
				TH_LOG("pieces of %zu, after %zu bytes", piece, done);
		}
		EXPECT_EQ(0, memcmp(expected, seen, sizeof(expected)))
			TH_LOG("pieces of %zu", piece);
		mig_set(&self->dev, STATE_STOP);
		close(data_fd);
	}
}

TEST_F(device, a_faulting_read_loses_nothing)
{
	__u8 expected[STREAM_MAX], seen[STREAM_MAX];
	int data_fd;

	mig_save(&self->dev, expected, sizeof(expected));
	data_fd = mig_set(&self->dev, STATE_STOP_COPY);
	EXPECT_EQ(-EFAULT, __mig_read(data_fd, NOWHERE, 10));
	EXPECT_EQ(30, __mig_read(data_fd, seen, 30));
	EXPECT_EQ(-EFAULT, __mig_read(data_fd, NOWHERE, 10));
	EXPECT_EQ(STREAM_MAX - 30, mig_read_all(data_fd, seen + 30, sizeof(seen) - 30));
	EXPECT_EQ(0, memcmp(expected, seen, sizeof(expected)));
}

TEST_F(device, a_read_into_memory_that_ends_early_loses_nothing)
{
	__u8 expected[STREAM_MAX], seen[STREAM_MAX];
	__u8 *end = memory_end(50);
	int data_fd;
	ssize_t ret;

	mig_save(&self->dev, expected, sizeof(expected));
	data_fd = mig_set(&self->dev, STATE_STOP_COPY);
	ret = __mig_read(data_fd, end, sizeof(expected));
	EXPECT_TRUE(ret == -EFAULT || (ret > 0 && ret <= 50))
		TH_LOG("read gave %zd", ret);
	if (ret < 0)
		ret = 0;
	memcpy(seen, end, ret);
	EXPECT_EQ(sizeof(seen) - ret, mig_read_all(data_fd, seen + ret, sizeof(seen) - ret));
	EXPECT_EQ(0, memcmp(expected, seen, sizeof(expected)));
}

static void expect_precopy(struct __test_metadata *_metadata, int data_fd, __u64 initial)
{
	struct vfio_precopy_info info;

	EXPECT_EQ(0, __mig_precopy_info(data_fd, &info));
	EXPECT_EQ(initial, info.initial_bytes);
	EXPECT_EQ(0, info.dirty_bytes);
}

TEST_F(device, precopy_info_counts_down_to_nothing)
{
	__u8 stream[STREAM_MAX];
	int i, data_fd = mig_set(&self->dev, STATE_PRE_COPY);

	for (i = 0; i < HEADER_SIZE; i++) {
		expect_precopy(_metadata, data_fd, HEADER_SIZE - i);
		EXPECT_EQ(1, __mig_read(data_fd, stream, 1));
	}
	expect_precopy(_metadata, data_fd, 0);
	EXPECT_EQ(-ENOMSG, __mig_read(data_fd, stream, 1));
	mig_set(&self->dev, STATE_PRE_COPY_P2P);
	expect_precopy(_metadata, data_fd, 0);
}

TEST_F(device, precopy_info_is_refused_outside_pre_copy)
{
	struct vfio_precopy_info info;
	int data_fd = mig_set(&self->dev, STATE_STOP_COPY);

	EXPECT_EQ(-EINVAL, __mig_precopy_info(data_fd, &info));
	vfio_reset(&self->dev);
	data_fd = mig_set(&self->dev, STATE_PRE_COPY);
	mig_set(&self->dev, STATE_STOP_COPY);
	EXPECT_EQ(-EINVAL, __mig_precopy_info(data_fd, &info));
	mig_set(&self->dev, STATE_STOP);
	EXPECT_EQ(-ENODEV, __mig_precopy_info(data_fd, &info));
}

TEST_F(device, precopy_info_checks_its_structure)
{
	struct vfio_precopy_info info = {};
	struct {
		struct vfio_precopy_info info;
		__u64 newer;
	} wide = { .info.argsz = sizeof(wide), .newer = 0xa5a5, };
	int data_fd = mig_set(&self->dev, STATE_PRE_COPY);

	for (; info.argsz < sizeof(info); info.argsz++) {
		EXPECT_EQ(-EINVAL, __vfio_ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info))
			TH_LOG("argsz %u", info.argsz);
	}
	EXPECT_EQ(-EFAULT, __vfio_ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, NOWHERE));
	EXPECT_EQ(0, __vfio_ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &wide));
	EXPECT_EQ(HEADER_SIZE, wide.info.initial_bytes);
	EXPECT_EQ(0xa5a5, wide.newer);
}

/* The first version of the call leaves the flags as they were. */
TEST_F(device, precopy_info_keeps_flags_until_version_2_is_asked_for)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info), .flags = 0x5a, };
	__u32 feature = VFIO_DEVICE_FEATURE_SET | 12;
	int ret, data_fd;

	data_fd = mig_set(&self->dev, STATE_PRE_COPY);
	EXPECT_EQ(0, __vfio_ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info));
	EXPECT_EQ(0x5a, info.flags);
	ret = __vfio_feature(&self->dev, feature, NULL, 0);
	if (ret == -ENOTTY)
		SKIP(return, "this kernel has no second version of precopy info");
	EXPECT_EQ(0, ret);
	EXPECT_EQ(0, __vfio_ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info));
	EXPECT_EQ(0, info.flags);
}

TEST_F(device, other_calls_on_a_data_file_are_refused_as_unknown)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info), };
	int data_fd = mig_set(&self->dev, STATE_PRE_COPY);

	EXPECT_EQ(-ENOTTY, __vfio_ioctl(data_fd, VFIO_DEVICE_GET_INFO, &info));
	EXPECT_EQ(-ENOTTY, __vfio_ioctl(data_fd, VFIO_DEVICE_RESET, NULL));
	mig_set(&self->dev, STATE_STOP);
	data_fd = mig_set(&self->dev, STATE_RESUMING);
	EXPECT_EQ(-ENOTTY, __vfio_ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info));
}

TEST_F(device, data_size_is_never_zero)
{
	static const unsigned int states[] = {
		STATE_RUNNING, STATE_RUNNING_P2P, STATE_STOP, STATE_STOP_COPY,
		STATE_RESUMING, STATE_PRE_COPY, STATE_PRE_COPY_P2P, STATE_ERROR,
	};
	struct vfio_device_feature_mig_data_size data_size;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		vfio_reset(&self->dev);
		if (states[i] == STATE_ERROR)
			mig_break(&self->dev);
		else
			mig_set(&self->dev, states[i]);
		data_size.stop_copy_length = 0;
		EXPECT_EQ(0, __vfio_feature(&self->dev, VFIO_DEVICE_FEATURE_GET |
					    VFIO_DEVICE_FEATURE_MIG_DATA_SIZE,
					    &data_size, sizeof(data_size)));
		EXPECT_LT(0, data_size.stop_copy_length)
			TH_LOG("in %s", mig_state_name(states[i]));
		EXPECT_EQ(states[i], mig_get(&self->dev));
	}
}

static short poll_now(int fd, short events)
{
	struct pollfd poll_fd = { .fd = fd, .events = events, };

	CHECK(poll(&poll_fd, 1, 0) >= 0, "cannot poll a data file");
	return poll_fd.revents;
}

TEST_F(device, poll_tells_when_there_is_something_to_read)
{
	__u8 stream[STREAM_MAX];
	int data_fd = mig_set(&self->dev, STATE_PRE_COPY);

	EXPECT_EQ(POLLIN, poll_now(data_fd, POLLIN));
	mig_read_all(data_fd, stream, sizeof(stream));
	EXPECT_EQ(0, poll_now(data_fd, POLLIN));
	mig_set(&self->dev, STATE_STOP_COPY);
	EXPECT_EQ(POLLIN, poll_now(data_fd, POLLIN));
	mig_read_all(data_fd, stream, sizeof(stream));
	EXPECT_EQ(POLLIN, poll_now(data_fd, POLLIN));
}

TEST_F(device, poll_tells_that_a_session_has_ended)
{
	short ended = POLLHUP | POLLERR | POLLRDHUP;
	int data_fd = mig_set(&self->dev, STATE_PRE_COPY);

	EXPECT_EQ(0, poll_now(data_fd, POLLIN | POLLRDHUP) & ended);
	mig_set(&self->dev, STATE_RUNNING);
	EXPECT_NE(0, poll_now(data_fd, POLLIN | POLLRDHUP) & POLLIN);
	EXPECT_NE(0, poll_now(data_fd, POLLIN | POLLRDHUP) & ended);
}

/*
 * A reader thread that has reached the end of the pre-copied data. Its poll() has no
 * timeout: poll() would check again when that expires, and hide a lost wake-up. The
 * harness ends a test that hangs.
 */
struct waiter {
	int data_fd;
	pid_t tid;
	short seen;
};

static void *wait_for_data(void *data)
{
	struct waiter *waiter = data;
	struct pollfd poll_fd = { .fd = waiter->data_fd, .events = POLLIN, };

	__atomic_store_n(&waiter->tid, gettid(), __ATOMIC_RELEASE);
	if (poll(&poll_fd, 1, -1) == 1)
		waiter->seen = poll_fd.revents;
	return NULL;
}

static void wait_until_asleep(struct waiter *waiter)
{
	char stat[64] = "";

	while (!__atomic_load_n(&waiter->tid, __ATOMIC_ACQUIRE))
		sched_yield();
	while (!strstr(stat, ") S ")) {
		sched_yield();
		sysfs_read(SYSFS_PATH("/proc/self/task/%d/stat", waiter->tid), stat, sizeof(stat));
	}
}

static short seen_by_waiter_on(struct vfio_dev *dev, unsigned int state)
{
	struct waiter waiter = { .data_fd = mig_set(dev, STATE_PRE_COPY), };
	__u8 stream[STREAM_MAX];
	pthread_t thread;

	mig_read_all(waiter.data_fd, stream, sizeof(stream));
	CHECK(pthread_create(&thread, NULL, wait_for_data, &waiter) == 0, "no thread");
	wait_until_asleep(&waiter);
	mig_set(dev, state);
	CHECK(pthread_join(thread, NULL) == 0, "cannot join the thread");
	vfio_reset(dev);
	return waiter.seen;
}

TEST_F(device, poll_wakes_up_when_the_device_stops_or_the_session_ends)
{
	EXPECT_NE(0, seen_by_waiter_on(&self->dev, STATE_STOP_COPY) & POLLIN);
	EXPECT_NE(0, seen_by_waiter_on(&self->dev, STATE_RUNNING) & POLLIN);
}

TEST_HARNESS_MAIN
