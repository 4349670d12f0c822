// SPDX-License-Identifier: GPL-2.0-only
/* Payload: how much of it there is, when and how fast, and that damage to it is found. */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>

#include "device_fixture.h"

#define PORTS		DEVICE_PORTS
#define ROOM		(256 * 1024)
#define TIMEOUT		120	/* for the harness, far more than needed */

/* VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2, whose name checkpatch rejects */
#define FEATURE_PRECOPY_INFO_2	12

/* Streams are too long for the stack. */
static __u8 stream[ROOM], again[ROOM];

static void set_number(struct mdev *mdev, const char *name, __u64 number)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", number);
	card_set(mdev, name, text);
}

/* The fixture's card is open already; only a closed one takes a new size. */
static void reopen(struct vfio_dev *dev, struct mdev *mdev, __u64 state_size,
		   __u64 precopy_size)
{
	enum vfio_mode mode = dev->group >= 0 ? VFIO_MODE_GROUP : VFIO_MODE_CDEV;

	vfio_close(dev);
	set_number(mdev, "migration/precopy_size", 0);
	set_number(mdev, "migration/state_size", state_size);
	set_number(mdev, "migration/precopy_size", precopy_size);
	vfio_open(dev, mdev->uuid, mode);
}

static __u64 data_size(struct vfio_dev *dev)
{
	struct vfio_device_feature_mig_data_size size = {};
	int ret;

	ret = __vfio_feature(dev, VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIG_DATA_SIZE,
			     &size, sizeof(size));
	CHECK(ret == 0, "no data size: %d", ret);
	return size.stop_copy_length;
}

static struct vfio_precopy_info precopy_info(int data_fd)
{
	struct vfio_precopy_info info;
	int ret = __mig_precopy_info(data_fd, &info);

	CHECK(ret == 0, "no precopy info: %d", ret);
	return info;
}

/* Sizes around a word, a chunk, and several chunks */
static const __u64 sizes[] = {
	1, 7, 8, 9, CHUNK_MAX - CHUNK_HEAD - 1, CHUNK_MAX - CHUNK_HEAD, CHUNK_MAX - CHUNK_HEAD + 1,
	CHUNK_MAX, 3 * (CHUNK_MAX - CHUNK_HEAD), 10001, 65536,
};

static void expect_whole(struct __test_metadata *_metadata, size_t size, __u64 payload)
{
	struct stream_parts parts;
	size_t end = stream_walk(&parts, stream, size, PORTS);

	EXPECT_EQ(NULL, parts.wrong)
		TH_LOG("%s at %zu", parts.wrong, end);
	EXPECT_EQ(size, end);
	EXPECT_EQ(payload, parts.payload);
	EXPECT_TRUE(parts.ended);
}

/* Saves by way of PRE_COPY: to the end of that, and then to the end. */
static size_t save_by_pre_copy(struct vfio_dev *dev, size_t *in_pre_copy)
{
	int data_fd = mig_set(dev, STATE_PRE_COPY);
	size_t size = mig_read_all(data_fd, stream, sizeof(stream));

	*in_pre_copy = size;
	mig_set(dev, STATE_STOP_COPY);
	size += mig_read_all(data_fd, stream + size, sizeof(stream) - size);
	mig_set(dev, STATE_STOP);
	close(data_fd);
	return size;
}

TEST_F(device, a_card_without_payload_sends_version_1_0)
{
	size_t size = stream_reset(stream, PORTS);
	size_t in_pre_copy;

	EXPECT_EQ(size, mig_save(&self->dev, again, sizeof(again)));
	EXPECT_EQ(0, memcmp(stream, again, size));
	reopen(&self->dev, &self->mdev, 1000, 100);
	reopen(&self->dev, &self->mdev, 0, 0);
	EXPECT_EQ(size, mig_save(&self->dev, again, sizeof(again)));
	EXPECT_EQ(0, memcmp(stream, again, size));
	mig_set(&self->dev, STATE_RUNNING);
	EXPECT_EQ(size, save_by_pre_copy(&self->dev, &in_pre_copy));
	EXPECT_EQ(HEADER_SIZE, in_pre_copy);
	EXPECT_EQ(0, memcmp(stream, again, size));
}

/* Neither makes a stream of version 1.1. */
TEST_F(device, rates_alone_do_not_change_the_stream)
{
	size_t size = stream_reset(stream, PORTS);

	card_set(&self->mdev, "migration/dirty_rate", "1G");
	card_set(&self->mdev, "migration/bandwidth", "1G");
	EXPECT_EQ(size, mig_save(&self->dev, again, sizeof(again)));
	EXPECT_EQ(0, memcmp(stream, again, size));
}

TEST_F(device, the_stream_of_a_payload_is_as_documented)
{
	__u8 record[RECORD_SIZE];
	struct stream_parts parts;
	size_t i, size;

	stream_reset_record(record);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		reopen(&self->dev, &self->mdev, sizes[i], 0);
		size = mig_save(&self->dev, stream, sizeof(stream));
		EXPECT_EQ(stream_chunks_size(PORTS, sizes[i]), size);
		expect_whole(_metadata, size, sizes[i]);
		stream_walk(&parts, stream, size, PORTS);
		ASSERT_NE(NULL, parts.records);
		EXPECT_EQ(0, memcmp(record, parts.records, RECORD_SIZE));
		EXPECT_EQ(0, memcmp(record, parts.records + RECORD_SIZE, RECORD_SIZE));
		if (!__test_passed(_metadata))
			TH_LOG("payload of %llu bytes", sizes[i]);
	}
}

TEST_F(device, pre_copy_sends_its_part_of_the_payload)
{
	struct stream_parts parts;
	size_t i, size, before;
	__u64 precopy_size;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		precopy_size = (sizes[i] + 1) / 2;
		reopen(&self->dev, &self->mdev, sizes[i], precopy_size);
		size = save_by_pre_copy(&self->dev, &before);
		EXPECT_EQ(HEADER_SIZE + stream_in_chunks(precopy_size), before);
		EXPECT_EQ(before, stream_walk(&parts, stream, before, PORTS));
		EXPECT_EQ(precopy_size, parts.payload);
		EXPECT_EQ(NULL, parts.records);
		expect_whole(_metadata, size, sizes[i]);
		if (!__test_passed(_metadata))
			TH_LOG("payload of %llu bytes", sizes[i]);
	}
}

TEST_F(device, a_card_without_pre_copy_size_sends_the_header_in_pre_copy)
{
	size_t size, before;

	reopen(&self->dev, &self->mdev, 5000, 0);
	size = save_by_pre_copy(&self->dev, &before);
	EXPECT_EQ(HEADER_SIZE, before);
	expect_whole(_metadata, size, 5000);
}

static void expect_loads(struct __test_metadata *_metadata, struct vfio_dev *dev, size_t size)
{
	vfio_reset(dev);
	EXPECT_EQ(0, __mig_load(dev, stream, size));
	mig_set(dev, STATE_RUNNING);
	EXPECT_EQ(NULL, __uart_run(dev, "R7=5A R0=[41-43] R5=60"));
}

/* The other card has no payload itself; it accepts one all the same. */
TEST_F(device, a_payload_is_accepted_by_the_same_and_by_another_card)
{
	size_t i, size, before;

	vfio_open_new(&self->other, &self->other_mdev, "mtty-2", variant->mode);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		reopen(&self->dev, &self->mdev, sizes[i], sizes[i] / 3);
		uart_run(&self->dev, "W3=03 W2=01 W7=5A W0=[41-43]");
		size = save_by_pre_copy(&self->dev, &before);
		expect_loads(_metadata, &self->dev, size);
		expect_loads(_metadata, &self->other, size);
		if (!__test_passed(_metadata))
			TH_LOG("payload of %llu bytes", sizes[i]);
	}
}

TEST_F(device, a_card_with_a_payload_accepts_version_1_0)
{
	size_t size = stream_reset(stream, PORTS);

	reopen(&self->dev, &self->mdev, 5000, 5000);
	EXPECT_EQ(0, __mig_load(&self->dev, stream, size));
}

TEST_F(device, reads_of_any_length_make_the_same_stream)
{
	static const size_t pieces[] = {
		1, 7, 15, 29, CHUNK_MAX - 1, CHUNK_MAX, CHUNK_MAX + 1, 10007, ROOM,
	};
	size_t i, size, done;
	ssize_t ret;
	int data_fd;

	reopen(&self->dev, &self->mdev, 12345, 2345);
	size = mig_save(&self->dev, stream, sizeof(stream));
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		memset(again, 0xee, sizeof(again));
		data_fd = mig_set(&self->dev, STATE_STOP_COPY);
		for (done = 0; (ret = __mig_read(data_fd, again + done, pieces[i])) > 0;)
			done += ret;
		EXPECT_EQ(0, ret);
		EXPECT_EQ(size, done);
		EXPECT_EQ(0, memcmp(stream, again, size))
			TH_LOG("pieces of %zu", pieces[i]);
		mig_set(&self->dev, STATE_STOP);
		close(data_fd);
	}
}

/* A read gives all that there is room for. */
TEST_F(device, a_read_goes_across_chunks)
{
	int data_fd;

	reopen(&self->dev, &self->mdev, 20000, 20000);
	data_fd = mig_set(&self->dev, STATE_PRE_COPY);
	EXPECT_EQ(10000, __mig_read(data_fd, stream, 10000));
	EXPECT_EQ(HEADER_SIZE + stream_in_chunks(20000) - 10000,
		  __mig_read(data_fd, stream, sizeof(stream)));
}

TEST_F(device, a_read_that_faults_loses_nothing)
{
	size_t size;
	int data_fd;

	reopen(&self->dev, &self->mdev, 5000, 0);
	size = mig_save(&self->dev, again, sizeof(again));
	data_fd = mig_set(&self->dev, STATE_STOP_COPY);
	EXPECT_EQ(1000, __mig_read(data_fd, stream, 1000));
	EXPECT_EQ(-EFAULT, __mig_read(data_fd, NOWHERE, 1000));
	EXPECT_EQ(size - 1000, mig_read_all(data_fd, stream + 1000, sizeof(stream) - 1000));
	EXPECT_EQ(0, memcmp(stream, again, size));
}

/* Writing may go on where it failed. */
TEST_F(device, writes_of_any_length_are_accepted)
{
	static const size_t pieces[] = { 1, 7, 15, 29, CHUNK_MAX - 1, CHUNK_MAX + 1, 10007, ROOM, };
	size_t i, size, done, len;
	int data_fd;

	reopen(&self->dev, &self->mdev, 12345, 2345);
	size = mig_save(&self->dev, stream, sizeof(stream));
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		data_fd = mig_set(&self->dev, STATE_RESUMING);
		for (done = 0; done < size; done += len) {
			len = pieces[i] < size - done ? pieces[i] : size - done;
			ASSERT_EQ(len, __mig_write(data_fd, stream + done, len))
				TH_LOG("pieces of %zu, at %zu", pieces[i], done);
		}
		mig_set(&self->dev, STATE_STOP);
		close(data_fd);
	}
}

/* What PRE_COPY reports */

TEST_F(device, initial_bytes_count_down_to_no_message)
{
	struct vfio_precopy_info info;
	__u64 left;
	int data_fd;
	ssize_t ret;

	reopen(&self->dev, &self->mdev, 20001, 9001);
	left = HEADER_SIZE + stream_in_chunks(9001);
	data_fd = mig_set(&self->dev, STATE_PRE_COPY);
	for (;;) {
		info = precopy_info(data_fd);
		EXPECT_EQ(left, info.initial_bytes);
		EXPECT_EQ(0, info.dirty_bytes);
		ret = __mig_read(data_fd, stream, 37);
		if (ret < 0 || !__test_passed(_metadata))
			break;
		EXPECT_EQ(left < 37 ? left : 37, ret);
		left -= ret;
	}
	EXPECT_EQ(-ENOMSG, ret);
	EXPECT_EQ(0, left);
	EXPECT_EQ(-ENOMSG, __mig_read(data_fd, stream, 37));
}

TEST_F(device, data_size_is_what_is_left_to_read)
{
	__u64 whole = stream_chunks_size(PORTS, 8000), left;
	int data_fd;
	ssize_t ret;

	reopen(&self->dev, &self->mdev, 8000, 0);
	EXPECT_EQ(whole, data_size(&self->dev));
	mig_set(&self->dev, STATE_STOP);
	EXPECT_EQ(whole, data_size(&self->dev));
	data_fd = mig_set(&self->dev, STATE_STOP_COPY);
	for (left = whole; left; left -= ret) {
		ASSERT_EQ(left, data_size(&self->dev));
		ret = __mig_read(data_fd, stream, 101);
		ASSERT_LT(0, ret);
	}
	EXPECT_EQ(0, __mig_read(data_fd, stream, 101));
	EXPECT_EQ(1, data_size(&self->dev))
		TH_LOG("must never be 0");
}

TEST_F(device, data_size_in_pre_copy_is_what_stop_copy_would_send_now)
{
	size_t size, read;
	int data_fd;

	reopen(&self->dev, &self->mdev, 8000, 5000);
	for (read = 0; read <= 5000; read += 1250) {
		data_fd = mig_set(&self->dev, STATE_PRE_COPY);
		ASSERT_EQ(read, __mig_read(data_fd, stream, read));
		size = data_size(&self->dev);
		mig_set(&self->dev, STATE_STOP_COPY);
		EXPECT_EQ(size, data_size(&self->dev));
		EXPECT_EQ(size, mig_read_all(data_fd, stream + read, sizeof(stream) - read))
			TH_LOG("after %zu bytes", read);
		expect_whole(_metadata, read + size, 8000);
		vfio_reset(&self->dev);
		close(data_fd);
	}
}

/* The part that PRE_COPY transfers becomes dirty. */

/* A session in PRE_COPY whose initial data have been read; returns their length in @size. */
static int pre_copied(struct vfio_dev *dev, size_t *size)
{
	int data_fd = mig_set(dev, STATE_PRE_COPY);

	*size = mig_read_all(data_fd, stream, sizeof(stream));
	return data_fd;
}

static void wait_readable(int data_fd)
{
	struct pollfd poll_fd = { .fd = data_fd, .events = POLLIN, };

	CHECK(poll(&poll_fd, 1, -1) == 1 && poll_fd.revents == POLLIN, "poll() gives %#x",
	      poll_fd.revents);
}

static short poll_now(int data_fd)
{
	struct pollfd poll_fd = { .fd = data_fd, .events = POLLIN | POLLOUT, };

	CHECK(poll(&poll_fd, 1, 0) >= 0, "cannot poll a data file");
	return poll_fd.revents;
}

TEST_F_TIMEOUT(device, what_was_transferred_becomes_dirty_and_wakes_poll, TIMEOUT)
{
	struct vfio_precopy_info info;
	size_t size, dirty;
	int data_fd;

	reopen(&self->dev, &self->mdev, 20000, 10000);
	data_fd = pre_copied(&self->dev, &size);
	EXPECT_EQ(0, poll_now(data_fd));
	card_set(&self->mdev, "migration/dirty_rate", "100K");
	wait_readable(data_fd);
	card_set(&self->mdev, "migration/dirty_rate", "0");
	info = precopy_info(data_fd);
	EXPECT_EQ(0, info.initial_bytes);
	EXPECT_LT(CHUNK_HEAD, info.dirty_bytes);
	EXPECT_GE(stream_in_chunks(10000), info.dirty_bytes);
	dirty = mig_read_all(data_fd, stream + size, sizeof(stream) - size);
	EXPECT_EQ(info.dirty_bytes, dirty);
	EXPECT_EQ(-ENOMSG, __mig_read(data_fd, again, 1));
	EXPECT_EQ(0, precopy_info(data_fd).dirty_bytes);
}

TEST_F_TIMEOUT(device, what_was_sent_again_is_payload_that_is_accepted, TIMEOUT)
{
	struct stream_parts parts;
	size_t size, i;
	int data_fd;

	reopen(&self->dev, &self->mdev, 20000, 10000);
	data_fd = pre_copied(&self->dev, &size);
	for (i = 0; i < 5; i++) {
		card_set(&self->mdev, "migration/dirty_rate", "10M");
		wait_readable(data_fd);
		card_set(&self->mdev, "migration/dirty_rate", "0");
		size += mig_read_all(data_fd, stream + size, sizeof(stream) - size);
	}
	mig_set(&self->dev, STATE_STOP_COPY);
	size += mig_read_all(data_fd, stream + size, sizeof(stream) - size);
	EXPECT_EQ(size, stream_walk(&parts, stream, size, PORTS));
	EXPECT_LT(20000, parts.payload);
	EXPECT_TRUE(parts.ended);
	mig_set(&self->dev, STATE_STOP);
	EXPECT_EQ(0, __mig_load(&self->dev, stream, size));
}

TEST_F_TIMEOUT(device, no_more_becomes_dirty_than_was_transferred, TIMEOUT)
{
	size_t size, part = HEADER_SIZE + stream_in_chunks(3 * (CHUNK_MAX - CHUNK_HEAD));
	struct vfio_precopy_info info;
	int data_fd;

	reopen(&self->dev, &self->mdev, 1 << 20, 10 * (CHUNK_MAX - CHUNK_HEAD));
	card_set(&self->mdev, "migration/dirty_rate", "1T");
	data_fd = mig_set(&self->dev, STATE_PRE_COPY);
	ASSERT_EQ(part, __mig_read(data_fd, stream, part));
	do {
		info = precopy_info(data_fd);
		sched_yield();
	} while (info.dirty_bytes < stream_in_chunks(3 * (CHUNK_MAX - CHUNK_HEAD)));
	for (size = 0; size < 100; size++) {
		info = precopy_info(data_fd);
		EXPECT_EQ(stream_in_chunks(3 * (CHUNK_MAX - CHUNK_HEAD)), info.dirty_bytes);
		EXPECT_EQ(stream_in_chunks(7 * (CHUNK_MAX - CHUNK_HEAD)), info.initial_bytes);
	}
}

TEST_F_TIMEOUT(device, dirty_data_are_part_of_the_data_size, TIMEOUT)
{
	size_t size, left;
	int data_fd;

	reopen(&self->dev, &self->mdev, 20000, 10000);
	data_fd = pre_copied(&self->dev, &size);
	left = data_size(&self->dev);
	card_set(&self->mdev, "migration/dirty_rate", "1M");
	wait_readable(data_fd);
	card_set(&self->mdev, "migration/dirty_rate", "0");
	EXPECT_EQ(left + precopy_info(data_fd).dirty_bytes, data_size(&self->dev));
	left = data_size(&self->dev);
	mig_set(&self->dev, STATE_STOP_COPY);
	EXPECT_EQ(left, mig_read_all(data_fd, stream + size, sizeof(stream) - size));
}

TEST_F(device, nothing_becomes_dirty_in_stop_copy)
{
	size_t size, left;
	int data_fd;

	reopen(&self->dev, &self->mdev, 20000, 10000);
	data_fd = pre_copied(&self->dev, &size);
	mig_set(&self->dev, STATE_STOP_COPY);
	left = data_size(&self->dev);
	card_set(&self->mdev, "migration/dirty_rate", "1T");
	EXPECT_EQ(left, data_size(&self->dev));
	EXPECT_EQ(left, mig_read_all(data_fd, stream + size, sizeof(stream) - size));
	expect_whole(_metadata, size + left, 20000);
}

static long poll_data(void *data)
{
	wait_readable(*(int *)data);
	return 0;
}

/* Without a new look at the settings this would wait for ever, and so without a plan. */
TEST_F_TIMEOUT(device, poll_wakes_up_if_a_dirty_rate_is_set_while_it_waits, TIMEOUT)
{
	struct task poller;
	size_t size;
	int data_fd;

	reopen(&self->dev, &self->mdev, 20000, 10000);
	data_fd = pre_copied(&self->dev, &size);
	task_start(&poller, poll_data, &data_fd);
	task_wait_asleep(&poller, SYS_poll, ANY_FD);
	card_set(&self->mdev, "migration/dirty_rate", "10");
	EXPECT_EQ(0, task_join(&poller));
}

/* New initial data */

TEST_F(device, reinit_needs_a_card_in_pre_copy)
{
	static const unsigned int others[] = {
		STATE_RUNNING, STATE_RUNNING_P2P, STATE_STOP, STATE_STOP_COPY, STATE_RESUMING,
	};
	size_t i;

	reopen(&self->dev, &self->mdev, 20000, 10000);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		mig_set(&self->dev, others[i]);
		EXPECT_EQ(-ENOTCONN, __card_set(&self->mdev, "trigger", "reinit"))
			TH_LOG("in %s", mig_state_name(others[i]));
		vfio_reset(&self->dev);
	}
	mig_set(&self->dev, STATE_PRE_COPY);
	EXPECT_EQ(0, __card_set(&self->mdev, "trigger", "reinit"));
	mig_set(&self->dev, STATE_PRE_COPY_P2P);
	EXPECT_EQ(0, __card_set(&self->mdev, "trigger", "reinit"));
	vfio_close(&self->dev);
	EXPECT_EQ(-ENOTCONN, __card_set(&self->mdev, "trigger", "reinit"));
}

TEST_F_TIMEOUT(device, reinit_gives_new_initial_data_and_nothing_is_dirty, TIMEOUT)
{
	struct vfio_precopy_info info;
	size_t size, initial;
	int data_fd;

	reopen(&self->dev, &self->mdev, 20000, 10000);
	data_fd = pre_copied(&self->dev, &size);
	card_set(&self->mdev, "migration/dirty_rate", "10M");
	wait_readable(data_fd);
	card_set(&self->mdev, "migration/dirty_rate", "0");
	card_set(&self->mdev, "trigger", "reinit");
	info = precopy_info(data_fd);
	EXPECT_EQ(stream_in_chunks(10000), info.initial_bytes);
	EXPECT_EQ(0, info.dirty_bytes);
	EXPECT_EQ(POLLIN, poll_now(data_fd));
	initial = mig_read_all(data_fd, stream + size, sizeof(stream) - size);
	EXPECT_EQ(info.initial_bytes, initial);
	size += initial;
	mig_set(&self->dev, STATE_STOP_COPY);
	size += mig_read_all(data_fd, stream + size, sizeof(stream) - size);
	expect_whole(_metadata, size, 30000);
	mig_set(&self->dev, STATE_STOP);
	EXPECT_EQ(0, __mig_load(&self->dev, stream, size));
}

TEST_F(device, reinit_in_the_middle_of_a_chunk_breaks_no_chunk)
{
	struct stream_parts parts;
	size_t size;
	int data_fd;

	reopen(&self->dev, &self->mdev, 20000, 10000);
	data_fd = mig_set(&self->dev, STATE_PRE_COPY);
	ASSERT_EQ(5001, __mig_read(data_fd, stream, 5001));
	card_set(&self->mdev, "trigger", "reinit");
	size = 5001 + mig_read_all(data_fd, stream + 5001, sizeof(stream) - 5001);
	EXPECT_EQ(size, stream_walk(&parts, stream, size, PORTS));
	EXPECT_EQ(NULL, parts.wrong);
}

TEST_F_TIMEOUT(device, poll_wakes_up_at_reinit, TIMEOUT)
{
	struct task poller;
	size_t size;
	int data_fd;

	reopen(&self->dev, &self->mdev, 20000, 10000);
	data_fd = pre_copied(&self->dev, &size);
	task_start(&poller, poll_data, &data_fd);
	task_wait_asleep(&poller, SYS_poll, ANY_FD);
	card_set(&self->mdev, "trigger", "reinit");
	EXPECT_EQ(0, task_join(&poller));
}

static __u32 flags_of(int data_fd, __u32 flags)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info), .flags = flags, };

	CHECK(__vfio_ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info) == 0, "no precopy info");
	return info.flags;
}

TEST_F(device, reinit_is_told_once_to_those_who_asked_for_it)
{
	int ret, data_fd;

	reopen(&self->dev, &self->mdev, 20000, 10000);
	ret = __vfio_feature(&self->dev, VFIO_DEVICE_FEATURE_SET | FEATURE_PRECOPY_INFO_2, NULL, 0);
	if (ret == -ENOTTY)
		SKIP(return, "this kernel has no second version of precopy info");
	ASSERT_EQ(0, ret);
	data_fd = mig_set(&self->dev, STATE_PRE_COPY);
	EXPECT_EQ(0, flags_of(data_fd, 0x5a));
	card_set(&self->mdev, "trigger", "reinit");
	EXPECT_EQ(VFIO_PRECOPY_INFO_REINIT, flags_of(data_fd, 0x5a));
	EXPECT_EQ(0, flags_of(data_fd, 0x5a));
	card_set(&self->mdev, "trigger", "reinit");
	EXPECT_EQ(VFIO_PRECOPY_INFO_REINIT, flags_of(data_fd, 0));
}

TEST_F(device, reinit_is_not_told_to_others)
{
	int data_fd;

	reopen(&self->dev, &self->mdev, 20000, 10000);
	data_fd = mig_set(&self->dev, STATE_PRE_COPY);
	card_set(&self->mdev, "trigger", "reinit");
	EXPECT_EQ(0, flags_of(data_fd, 0));
	EXPECT_EQ(0x5a, flags_of(data_fd, 0x5a));
}

/* Damage */

/* Odd, so that pieces begin and end within words of the payload */
#define PIECE	509

/*
 * Writes the stream in pieces until one is refused; returns which byte that piece began
 * with, or the size if all were accepted.
 */
static size_t refused_at(struct vfio_dev *dev, const __u8 *bytes, size_t size, int *data_fd)
{
	size_t done, len;
	ssize_t ret;

	*data_fd = mig_set(dev, STATE_RESUMING);
	for (done = 0; done < size; done += len) {
		len = size - done > PIECE ? PIECE : size - done;
		ret = __mig_write(*data_fd, bytes + done, len);
		if (ret == -EINVAL)
			return done;
		CHECK(ret == (ssize_t)len, "write gave %zd", ret);
	}
	return size;
}

/* @at: where the damage is, which the write must find that has this byte; or not until later */
static void expect_refused(struct __test_metadata *_metadata, struct vfio_dev *dev, size_t size,
			   const char *damage, size_t at, bool at_once)
{
	int data_fd, none;
	size_t found = refused_at(dev, again, size, &data_fd);

	EXPECT_LE(at / PIECE * PIECE, found);
	EXPECT_TRUE(!at_once || found == at / PIECE * PIECE)
		TH_LOG("found by the piece at %zu", found);
	EXPECT_EQ(-EINVAL, found < size ? __mig_write(data_fd, again, 1) : -EINVAL);
	EXPECT_EQ(-EINVAL, __mig_set(dev, STATE_STOP, &none));
	EXPECT_EQ(STATE_ERROR, mig_get(dev));
	if (!__test_passed(_metadata))
		TH_LOG("%s at %zu", damage, at);
	close(data_fd);
	vfio_reset(dev);
}

#define FIRST	(HEADER_SIZE + CHUNK_HEAD)	/* where the payload begins */

/* In the first, a middle and the last chunk of the payload, and on both sides of pieces' ends */
static const size_t payload_at[] = {
	FIRST, FIRST + 1, FIRST + 7, FIRST + 8, FIRST + 1003, HEADER_SIZE + CHUNK_MAX - 1,
	PIECE - 1, PIECE, 2 * PIECE - 1, 2 * PIECE, 3 * PIECE - 2, 3 * PIECE + 3,
	HEADER_SIZE + CHUNK_MAX + CHUNK_HEAD, HEADER_SIZE + CHUNK_MAX + 2005,
	HEADER_SIZE + 2 * CHUNK_MAX + CHUNK_HEAD, HEADER_SIZE + 2 * CHUNK_MAX + CHUNK_HEAD + 7,
};

#define PAYLOAD	(2 * (CHUNK_MAX - CHUNK_HEAD) + 1000)

static size_t save_payload(struct vfio_dev *dev, struct mdev *mdev)
{
	reopen(dev, mdev, PAYLOAD, 0);
	return mig_save(dev, stream, sizeof(stream));
}

TEST_F(device, a_changed_bit_is_refused_at_once)
{
	size_t i, size = save_payload(&self->dev, &self->mdev);
	int bit;

	for (i = 0; i < ARRAY_SIZE(payload_at); i++) {
		for (bit = 0; bit < 8; bit++) {
			memcpy(again, stream, size);
			again[payload_at[i]] ^= 1 << bit;
			expect_refused(_metadata, &self->dev, size, "a changed bit",
				       payload_at[i], true);
		}
	}
}

/* The high byte of a head's field, so that it can be no other good value. */
TEST_F(device, a_changed_head_is_refused)
{
	static const size_t heads[] = { HEADER_SIZE, HEADER_SIZE + CHUNK_MAX, };
	size_t i, byte, size = save_payload(&self->dev, &self->mdev);

	for (i = 0; i < ARRAY_SIZE(heads); i++) {
		for (byte = 0; byte < CHUNK_HEAD; byte++) {
			memcpy(again, stream, size);
			again[heads[i] + byte] ^= 0x80;
			expect_refused(_metadata, &self->dev, size, "a changed head",
				       heads[i] + byte, false);
		}
	}
}

TEST_F(device, a_changed_end_is_refused)
{
	size_t byte, size = save_payload(&self->dev, &self->mdev);

	for (byte = size - CHUNK_HEAD - 8; byte < size; byte++) {
		memcpy(again, stream, size);
		again[byte] ^= 0x80;
		expect_refused(_metadata, &self->dev, size, "a changed end", byte, false);
	}
}

static void lose(size_t size, size_t at, size_t count)
{
	memcpy(again, stream, at);
	memcpy(again + at, stream + at + count, size - at - count);
}

static void repeat(size_t size, size_t at, size_t count)
{
	memcpy(again, stream, at + count);
	memcpy(again + at + count, stream + at, size - at);
}

TEST_F(device, lost_bytes_are_refused)
{
	static const size_t counts[] = { 1, 3, 8, 100, };
	size_t i, j, size = save_payload(&self->dev, &self->mdev);

	for (i = 0; i < ARRAY_SIZE(payload_at); i++) {
		for (j = 0; j < ARRAY_SIZE(counts); j++) {
			lose(size, payload_at[i], counts[j]);
			expect_refused(_metadata, &self->dev, size - counts[j], "lost bytes",
				       payload_at[i], false);
		}
	}
}

TEST_F(device, repeated_bytes_are_refused)
{
	static const size_t counts[] = { 1, 3, 8, 100, };
	size_t i, j, size = save_payload(&self->dev, &self->mdev);

	for (i = 0; i < ARRAY_SIZE(payload_at); i++) {
		for (j = 0; j < ARRAY_SIZE(counts); j++) {
			repeat(size, payload_at[i], counts[j]);
			expect_refused(_metadata, &self->dev, size + counts[j], "repeated bytes",
				       payload_at[i], false);
		}
	}
}

TEST_F(device, swapped_bytes_are_refused_at_once)
{
	size_t i, at, size = save_payload(&self->dev, &self->mdev);

	for (i = 0; i < ARRAY_SIZE(payload_at) - 2; i++) {
		at = (payload_at[i] - FIRST) / 8 * 8 + FIRST;
		memcpy(again, stream, at);
		memcpy(again + at, stream + at + 8, 8);
		memcpy(again + at + 8, stream + at, 8);
		memcpy(again + at + 16, stream + at + 16, size - at - 16);
		if (!memcmp(again, stream, size))
			continue;
		expect_refused(_metadata, &self->dev, size, "swapped words", at, false);
	}
}

/* Whole chunks, each of which is a good one */
TEST_F(device, lost_repeated_and_swapped_chunks_are_refused)
{
	const size_t first = HEADER_SIZE, next = first + CHUNK_MAX;
	size_t size = save_payload(&self->dev, &self->mdev);

	lose(size, first, CHUNK_MAX);
	expect_refused(_metadata, &self->dev, size - CHUNK_MAX, "a lost chunk", first, false);
	lose(size, next, CHUNK_MAX);
	expect_refused(_metadata, &self->dev, size - CHUNK_MAX, "a lost chunk", next, false);
	repeat(size, first, CHUNK_MAX);
	expect_refused(_metadata, &self->dev, size + CHUNK_MAX, "a repeated chunk", next, false);
	memcpy(again, stream, size);
	memcpy(again + first, stream + next, CHUNK_MAX);
	memcpy(again + next, stream + first, CHUNK_MAX);
	expect_refused(_metadata, &self->dev, size, "swapped chunks", first, false);
}

/* Only the end's length can tell that the last chunk of the payload is missing. */
TEST_F(device, a_lost_last_chunk_is_refused)
{
	size_t size = save_payload(&self->dev, &self->mdev), last = HEADER_SIZE + 2 * CHUNK_MAX;

	lose(size, last, CHUNK_HEAD + 1000);
	expect_refused(_metadata, &self->dev, size - CHUNK_HEAD - 1000, "a lost last chunk", last,
		       false);
}

TEST_F(device, a_stream_that_ends_early_is_refused)
{
	static const size_t missing[] = { 1, 8, 23, 24, 25, 96, 97, 112, 113, 1000, 5000, };
	size_t i, size = save_payload(&self->dev, &self->mdev);

	memcpy(again, stream, size);
	for (i = 0; i < ARRAY_SIZE(missing); i++)
		expect_refused(_metadata, &self->dev, size - missing[i], "an early end",
			       size - missing[i], false);
}

TEST_F(device, a_byte_behind_the_end_is_refused)
{
	size_t size = save_payload(&self->dev, &self->mdev);

	memcpy(again, stream, size);
	again[size] = 0;
	expect_refused(_metadata, &self->dev, size + 1, "a byte", size, true);
}

/* Puts a chunk that nobody knows in front of the chunk at @at. */
static size_t add_unknown(size_t size, size_t at, __u32 flags, size_t length)
{
	memcpy(again, stream, at);
	stream_put_head(again + at, 99, flags, length);
	memset(again + at + CHUNK_HEAD, 0xa5, length);
	memcpy(again + at + CHUNK_HEAD + length, stream + at, size - at);
	return size + CHUNK_HEAD + length;
}

TEST_F(device, an_unknown_chunk_is_skipped_only_if_it_is_optional)
{
	static const size_t lengths[] = { 0, 1, 100, 10000, };
	size_t size = save_payload(&self->dev, &self->mdev), with, i;
	const size_t at[] = { HEADER_SIZE, HEADER_SIZE + CHUNK_MAX, size - CHUNK_HEAD - 8, };

	for (i = 0; i < ARRAY_SIZE(at) * ARRAY_SIZE(lengths); i++) {
		with = add_unknown(size, at[i / 4], CHUNK_OPTIONAL, lengths[i % 4]);
		EXPECT_EQ(0, __mig_load(&self->dev, again, with))
			TH_LOG("%zu bytes at %zu", lengths[i % 4], at[i / 4]);
		with = add_unknown(size, at[i / 4], 0, lengths[i % 4]);
		expect_refused(_metadata, &self->dev, with, "an unknown chunk", at[i / 4], false);
		with = add_unknown(size, at[i / 4], CHUNK_OPTIONAL | 2, lengths[i % 4]);
		expect_refused(_metadata, &self->dev, with, "an unknown flag", at[i / 4], false);
	}
}

/* The header says chunks, and there are none. */
TEST_F(device, records_without_chunks_are_refused_in_version_1_1)
{
	size_t size = stream_reset(again, PORTS);

	again[HEADER_MINOR] = 1;
	expect_refused(_metadata, &self->dev, size, "records", HEADER_SIZE, false);
}

TEST_F(device, chunks_are_refused_in_version_1_0)
{
	size_t size = save_payload(&self->dev, &self->mdev);

	memcpy(again, stream, size);
	again[HEADER_MINOR] = 0;
	expect_refused(_metadata, &self->dev, size, "chunks", HEADER_SIZE, false);
}

/* Size */

TEST_F_TIMEOUT(device, a_terabyte_can_be_configured_and_read, TIMEOUT)
{
	const __u64 all = 1ULL << 40;
	struct stream_parts parts;
	size_t size = 3 << 20;
	__u8 *bytes = malloc(size);
	int data_fd;

	reopen(&self->dev, &self->mdev, all, all);
	EXPECT_EQ(stream_chunks_size(PORTS, all), data_size(&self->dev));
	data_fd = mig_set(&self->dev, STATE_PRE_COPY);
	EXPECT_EQ(HEADER_SIZE + stream_in_chunks(all), precopy_info(data_fd).initial_bytes);
	ASSERT_EQ(size, __mig_read(data_fd, bytes, size));
	EXPECT_LT(size - CHUNK_MAX, stream_walk(&parts, bytes, size, PORTS));
	EXPECT_EQ(NULL, parts.wrong);
	EXPECT_EQ(HEADER_SIZE + stream_in_chunks(all) - size, precopy_info(data_fd).initial_bytes);
	mig_set(&self->dev, STATE_STOP_COPY);
	EXPECT_EQ(stream_chunks_size(PORTS, all) - size, data_size(&self->dev));
	EXPECT_EQ(100000, __mig_read(data_fd, bytes, 100000));
	mig_set(&self->dev, STATE_RUNNING);
	free(bytes);
}

/* Pace */

/*
 * A session in PRE_COPY whose header and first chunk have been read. At a byte a second, the
 * next chunk has to wait for an hour.
 */
static int slow_session(struct vfio_dev *dev, struct mdev *mdev)
{
	int data_fd;

	card_set(mdev, "migration/bandwidth", "0");
	reopen(dev, mdev, 20000, 20000);
	data_fd = mig_set(dev, STATE_PRE_COPY);
	CHECK(__mig_read(data_fd, stream, HEADER_SIZE) == HEADER_SIZE, "no header");
	card_set(mdev, "migration/bandwidth", "1");
	CHECK(__mig_read(data_fd, stream, CHUNK_MAX) == CHUNK_MAX, "no chunk");
	return data_fd;
}

/* The same in RESUMING, with @stream */
static int slow_loading(struct vfio_dev *dev, struct mdev *mdev)
{
	int data_fd;

	card_set(mdev, "migration/bandwidth", "0");
	reopen(dev, mdev, 20000, 20000);
	mig_save(dev, stream, sizeof(stream));
	data_fd = mig_set(dev, STATE_RESUMING);
	card_set(mdev, "migration/bandwidth", "1");
	CHECK(__mig_write(data_fd, stream, CHUNK_MAX) == CHUNK_MAX, "no chunk");
	return data_fd;
}

static long read_more(void *data)
{
	return __mig_read(*(int *)data, again, 100);
}

TEST_F_TIMEOUT(device, a_reader_that_waits_for_the_pace_can_be_killed, TIMEOUT)
{
	int data_fd;
	pid_t pid;

	data_fd = slow_session(&self->dev, &self->mdev);
	pid = child_start(read_more, &data_fd);
	child_wait_asleep(pid, SYS_read, data_fd);
	child_kill(pid);
	EXPECT_EQ(STATE_PRE_COPY, mig_get(&self->dev));
	card_set(&self->mdev, "migration/bandwidth", "0");
	vfio_reset(&self->dev);
}

TEST_F(device, a_nonblocking_reader_is_told_to_come_again)
{
	int data_fd;

	data_fd = slow_session(&self->dev, &self->mdev);
	CHECK(fcntl(data_fd, F_SETFL, O_NONBLOCK) == 0, "cannot set O_NONBLOCK");
	EXPECT_EQ(-EAGAIN, __mig_read(data_fd, stream, 100));
	EXPECT_EQ(0, poll_now(data_fd));
}

/* It gets the pieces that the pace allows, which is one. */
TEST_F(device, a_nonblocking_read_is_short)
{
	int data_fd;

	reopen(&self->dev, &self->mdev, 3 * CHUNK_MAX, 2 * CHUNK_MAX);
	data_fd = mig_set(&self->dev, STATE_PRE_COPY);
	EXPECT_EQ(HEADER_SIZE, __mig_read(data_fd, stream, HEADER_SIZE));
	card_set(&self->mdev, "migration/bandwidth", "1");
	CHECK(fcntl(data_fd, F_SETFL, O_NONBLOCK) == 0, "cannot set O_NONBLOCK");
	EXPECT_EQ(CHUNK_MAX, __mig_read(data_fd, stream, sizeof(stream)));
	EXPECT_EQ(-EAGAIN, __mig_read(data_fd, stream, sizeof(stream)));
}

static void expect_end_wakes_reader(struct __test_metadata *_metadata, struct vfio_dev *dev,
				    int data_fd, bool by_reset)
{
	struct task reader;

	task_start(&reader, read_more, &data_fd);
	task_wait_asleep(&reader, SYS_read, data_fd);
	if (by_reset)
		vfio_reset(dev);
	else
		mig_set(dev, STATE_RUNNING);
	EXPECT_EQ(-ENODEV, task_join(&reader));
}

TEST_F_TIMEOUT(device, the_end_of_the_session_wakes_a_reader, TIMEOUT)
{
	int data_fd;

	data_fd = slow_session(&self->dev, &self->mdev);
	expect_end_wakes_reader(_metadata, &self->dev, data_fd, false);
	data_fd = slow_session(&self->dev, &self->mdev);
	expect_end_wakes_reader(_metadata, &self->dev, data_fd, true);
}

static long write_more(void *data)
{
	return __mig_write(*(int *)data, stream + CHUNK_MAX, 100);
}

/* Writers have the same pace. */
TEST_F_TIMEOUT(device, the_end_of_the_session_wakes_a_writer, TIMEOUT)
{
	struct task writer;
	int data_fd;

	data_fd = slow_loading(&self->dev, &self->mdev);
	task_start(&writer, write_more, &data_fd);
	task_wait_asleep(&writer, SYS_write, data_fd);
	vfio_reset(&self->dev);
	EXPECT_EQ(-ENODEV, task_join(&writer));
}

TEST_F_TIMEOUT(device, a_writer_that_waits_for_the_pace_can_be_killed, TIMEOUT)
{
	int data_fd;
	pid_t pid;

	data_fd = slow_loading(&self->dev, &self->mdev);
	pid = child_start(write_more, &data_fd);
	child_wait_asleep(pid, SYS_write, data_fd);
	child_kill(pid);
	CHECK(fcntl(data_fd, F_SETFL, O_NONBLOCK) == 0, "cannot set O_NONBLOCK");
	EXPECT_EQ(-EAGAIN, __mig_write(data_fd, stream + CHUNK_MAX, 1));
	EXPECT_EQ(0, poll_now(data_fd));
}

/* A setting of what the card does counts at any time, so also for those who wait. */
TEST_F_TIMEOUT(device, a_new_bandwidth_reaches_a_reader_that_waits, TIMEOUT)
{
	struct task reader;
	int data_fd;

	data_fd = slow_session(&self->dev, &self->mdev);
	task_start(&reader, read_more, &data_fd);
	task_wait_asleep(&reader, SYS_read, data_fd);
	card_set(&self->mdev, "migration/bandwidth", "0");
	EXPECT_EQ(100, task_join(&reader));
}

TEST_F_TIMEOUT(device, a_new_bandwidth_reaches_a_writer_that_waits, TIMEOUT)
{
	struct task writer;
	int data_fd;

	data_fd = slow_loading(&self->dev, &self->mdev);
	task_start(&writer, write_more, &data_fd);
	task_wait_asleep(&writer, SYS_write, data_fd);
	card_set(&self->mdev, "migration/bandwidth", "1G");
	EXPECT_EQ(100, task_join(&writer));
}

TEST_F(device, another_setting_does_not_let_a_reader_go_on)
{
	int data_fd = slow_session(&self->dev, &self->mdev);

	CHECK(fcntl(data_fd, F_SETFL, O_NONBLOCK) == 0, "cannot set O_NONBLOCK");
	card_set(&self->mdev, "migration/dirty_rate", "1M");
	EXPECT_EQ(-EAGAIN, __mig_read(data_fd, stream, 100));
	card_set(&self->mdev, "migration/bandwidth", "1");
	EXPECT_EQ(-EAGAIN, __mig_read(data_fd, stream, 100));
}

TEST_F_TIMEOUT(device, poll_wakes_up_when_the_pace_allows_more, TIMEOUT)
{
	struct task poller;
	int data_fd;

	data_fd = slow_session(&self->dev, &self->mdev);
	task_start(&poller, poll_data, &data_fd);
	task_wait_asleep(&poller, SYS_poll, ANY_FD);
	card_set(&self->mdev, "migration/bandwidth", "0");
	EXPECT_EQ(0, task_join(&poller));
	EXPECT_EQ(100, read_more(&data_fd));
}

/* What was going to wake it in an hour must now do it in a third of a second. */
TEST_F_TIMEOUT(device, poll_wakes_up_at_the_time_of_a_new_pace, TIMEOUT)
{
	struct task poller;
	int data_fd;

	data_fd = slow_session(&self->dev, &self->mdev);
	task_start(&poller, poll_data, &data_fd);
	task_wait_asleep(&poller, SYS_poll, ANY_FD);
	card_set(&self->mdev, "migration/bandwidth", "10K");
	EXPECT_EQ(0, task_join(&poller));
}

/* At 100 kB/s the wait for a piece is over by itself. */
TEST_F_TIMEOUT(device, a_paced_stream_arrives_whole, TIMEOUT)
{
	size_t size, before;

	reopen(&self->dev, &self->mdev, 20000, 10000);
	card_set(&self->mdev, "migration/bandwidth", "100K");
	size = save_by_pre_copy(&self->dev, &before);
	expect_whole(_metadata, size, 20000);
	EXPECT_EQ(0, __mig_load(&self->dev, stream, size));
}

/* Others do not wait for a reader that waits for the pace. */
TEST_F_TIMEOUT(device, the_card_works_while_a_reader_waits, TIMEOUT)
{
	struct task reader;
	int data_fd;

	data_fd = slow_session(&self->dev, &self->mdev);
	task_start(&reader, read_more, &data_fd);
	task_wait_asleep(&reader, SYS_read, data_fd);
	uart_run(&self->dev, "W3=03 W0=41 R0=41");
	EXPECT_LT(0, precopy_info(data_fd).initial_bytes);
	EXPECT_LT(0, data_size(&self->dev));
	EXPECT_EQ(0, poll_now(data_fd));
	mig_set(&self->dev, STATE_PRE_COPY_P2P);
	mig_set(&self->dev, STATE_RUNNING);
	EXPECT_EQ(-ENODEV, task_join(&reader));
}

/* A fault can hit any byte of the stream. */
TEST_F(device, a_corrupt_payload_is_refused)
{
	char rule[64];
	size_t i, size;

	save_payload(&self->dev, &self->mdev);
	for (i = 0; i < ARRAY_SIZE(payload_at); i++) {
		snprintf(rule, sizeof(rule), "read offset=%zu corrupt", payload_at[i]);
		fault_add(&self->mdev, rule);
		size = mig_save(&self->dev, again, sizeof(again));
		expect_refused(_metadata, &self->dev, size, "a corrupt byte", payload_at[i], true);
		mig_set(&self->dev, STATE_STOP);
		fault_clear(&self->mdev);
	}
}

TEST_HARNESS_MAIN
