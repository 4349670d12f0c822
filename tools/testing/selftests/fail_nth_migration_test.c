// SPDX-License-Identifier: GPL-2.0-only
/* The device migrates, and logs, while memory fails. */
#include "fail_nth_fixture.h"

#define PAGE		4096
#define LOG_LENGTH	(256 * PAGE)

static struct {
	/* the arc */
	unsigned int from;
	unsigned int to;
	/* the session before it, and the one that it opens */
	int data_fd;
	int new_fd;
	/* what the device saves, the size of the pieces, and how much has been moved */
	__u8 stream[STREAM_MAX];
	size_t piece;
	size_t moved;
} mig;

static bool is_saving(unsigned int state)
{
	return state == STATE_PRE_COPY || state == STATE_PRE_COPY_P2P ||
	       state == STATE_STOP_COPY;
}

static bool has_session(unsigned int state)
{
	return is_saving(state) || state == STATE_RESUMING;
}

static bool opens_session(unsigned int from, unsigned int to)
{
	return from != to && has_session(to) && !(is_saving(from) && is_saving(to));
}

static void save_busy_stream(struct bench *bench)
{
	busy(bench);
	CHECK(mig_save(&bench->dev, mig.stream, sizeof(mig.stream)) == STREAM_MAX,
	      "the stream is short");
}

static void prepare_arc(struct bench *bench)
{
	busy(bench);
	mig.data_fd = mig_enter(&bench->dev, mig.from, mig.stream, STREAM_MAX);
	mig.new_fd = -1;
}

/* A call that fails leaves the caller's structure as it was, without a data file. */
static int set_state(struct bench *bench)
{
	int fd, ret = __mig_set(&bench->dev, mig.to, &fd);

	mig.new_fd = ret ? -1 : fd;
	return ret;
}

/* The state in which a path ends if it could not open the session at its end. */
static unsigned int state_before(unsigned int to)
{
	switch (to) {
	case STATE_PRE_COPY:
		return STATE_RUNNING;
	case STATE_PRE_COPY_P2P:
		return STATE_RUNNING_P2P;
	default:
		return STATE_STOP;
	}
}

/* With EFAULT the caller gets no answer, but the device may be in the new state. */
static void expect_state_on_the_way(struct __test_metadata *_metadata, struct bench *bench)
{
	unsigned int state = mig_get(&bench->dev);

	EXPECT_TRUE(state == mig.from || (state == mig.to && bench->error == -EFAULT) ||
		    (opens_session(mig.from, mig.to) && state == state_before(mig.to)))
		TH_LOG("in %s after %d", mig_state_name(state), bench->error);
}

/*
 * If the file could not be handed out, leaving the state and entering it again opens
 * another one. Without a stream, only a reset leads out of RESUMING.
 */
static void open_again(struct bench *bench)
{
	if (mig.to == STATE_RESUMING)
		vfio_reset(&bench->dev);
	else
		mig_set(&bench->dev, STATE_STOP);
	mig.new_fd = mig_set(&bench->dev, mig.to);
}

static void expect_session(struct __test_metadata *_metadata, struct bench *bench)
{
	size_t size = mig.to == STATE_STOP_COPY ? STREAM_MAX : HEADER_SIZE;
	__u8 stream[STREAM_MAX];

	if (mig.to == STATE_RESUMING) {
		EXPECT_EQ(STREAM_MAX, __mig_write(mig.new_fd, mig.stream, STREAM_MAX));
		return;
	}
	EXPECT_EQ(size, mig_read_all(mig.new_fd, stream, sizeof(stream)));
	EXPECT_EQ(0, memcmp(stream, mig.stream, size));
}

static void close_sessions(struct bench *bench)
{
	if (mig.data_fd >= 0)
		close(mig.data_fd);
	if (mig.new_fd >= 0)
		close(mig.new_fd);
}

static void expect_arrived(struct __test_metadata *_metadata, struct bench *bench)
{
	bool opens = opens_session(mig.from, mig.to);

	EXPECT_EQ(mig.to, mig_get(&bench->dev));
	if (opens && mig.new_fd < 0)
		open_again(bench);
	EXPECT_EQ(opens, mig.new_fd >= 0);
	if (opens)
		expect_session(_metadata, bench);
	mig_set(&bench->dev, STATE_RUNNING);
	close_sessions(bench);
	expect_kept(_metadata, bench);
}

static void expect_arc(struct __test_metadata *_metadata, struct bench *bench)
{
	static const struct operation arc = {
		prepare_arc, set_state, expect_state_on_the_way, expect_arrived,
	};
	char arrow[64];

	snprintf(arrow, sizeof(arrow), "%s -> %s", mig_state_name(mig.from),
		 mig_state_name(mig.to));
	expect_survival(_metadata, bench, &arc, arrow, "");
}

TEST_F_TIMEOUT(fail_nth, an_arc_that_fails_ends_in_a_state_on_its_way, TIMEOUT)
{
	struct bench *bench = &self->bench;

	save_busy_stream(bench);
	for (mig.from = STATE_STOP; mig.from < STATE_NR; mig.from++) {
		for (mig.to = STATE_STOP; mig.to < STATE_NR; mig.to++) {
			if (mig.from == STATE_STOP_COPY &&
			    (mig.to == STATE_PRE_COPY || mig.to == STATE_PRE_COPY_P2P))
				continue;
			expect_arc(_metadata, bench);
		}
	}
}

static void prepare_saving(struct bench *bench)
{
	busy(bench);
	mig.data_fd = mig_set(&bench->dev, STATE_STOP_COPY);
	mig.moved = 0;
	memset(bench->answer, 0xee, sizeof(bench->answer));
}

static void prepare_loading(struct bench *bench)
{
	vfio_reset(&bench->dev);
	mig.data_fd = mig_set(&bench->dev, STATE_RESUMING);
	mig.moved = 0;
}

/* Continues where the previous call failed. */
static int move_stream(ssize_t (*move)(int fd, void *data, size_t size), void *data)
{
	size_t size;
	ssize_t ret;

	for (; mig.moved < STREAM_MAX; mig.moved += size) {
		size = STREAM_MAX - mig.moved;
		if (size > mig.piece)
			size = mig.piece;
		ret = moved_all(move(mig.data_fd, (__u8 *)data + mig.moved, size), size);
		if (ret)
			return ret;
	}
	return 0;
}

static ssize_t write_piece(int fd, void *data, size_t size)
{
	return __mig_write(fd, data, size);
}

static int read_stream(struct bench *bench)
{
	return move_stream(__mig_read, bench->answer);
}

static int write_stream(struct bench *bench)
{
	return move_stream(write_piece, mig.stream);
}

static void expect_saved(struct __test_metadata *_metadata, struct bench *bench)
{
	__u8 byte;

	EXPECT_EQ(0, memcmp(mig.stream, bench->answer, STREAM_MAX));
	EXPECT_EQ(0, __mig_read(mig.data_fd, &byte, 1));
	close(mig.data_fd);
	mig_set(&bench->dev, STATE_RUNNING);
	expect_kept(_metadata, bench);
}

static void expect_loaded(struct __test_metadata *_metadata, struct bench *bench)
{
	mig_set(&bench->dev, STATE_RUNNING);
	close(mig.data_fd);
	expect_kept(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, a_piece_of_the_stream_that_fails_is_not_lost, TIMEOUT)
{
	static const struct operation saving = {
		prepare_saving, read_stream, NULL, expect_saved,
	};
	static const struct operation loading = {
		prepare_loading, write_stream, NULL, expect_loaded,
	};
	static const size_t pieces[] = { STREAM_MAX, 29, 7, 1 };
	char size[24];
	size_t i;

	save_busy_stream(&self->bench);
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		mig.piece = pieces[i];
		snprintf(size, sizeof(size), "by %zu bytes", pieces[i]);
		expect_survival(_metadata, &self->bench, &saving, "read the stream ", size);
		expect_survival(_metadata, &self->bench, &loading, "write the stream ", size);
	}
}

static void prepare_pre_copy(struct bench *bench)
{
	busy(bench);
	mig.data_fd = mig_set(&bench->dev, STATE_PRE_COPY);
}

static int get_precopy_info(struct bench *bench)
{
	struct vfio_precopy_info info;
	int ret = __mig_precopy_info(mig.data_fd, &info);

	memcpy(new_answer(bench), &info, sizeof(info));
	return ret;
}

static void expect_precopy_info(struct __test_metadata *_metadata, struct bench *bench)
{
	mig_set(&bench->dev, STATE_RUNNING);
	close(mig.data_fd);
	expect_answer(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, precopy_info_that_fails_changes_nothing, TIMEOUT)
{
	static const struct operation asking = {
		prepare_pre_copy, get_precopy_info, NULL, expect_precopy_info,
	};

	expect_survival(_metadata, &self->bench, &asking, "GET_PRECOPY_INFO", "");
}

/* Dirty logging */

static int start_logging(struct bench *bench)
{
	struct vfio_device_feature_dma_logging_range ranges[] = {
		{ .length = LOG_LENGTH, }, { .iova = LOG_LENGTH, .length = LOG_LENGTH, },
	};
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = PAGE,
		.num_ranges = ARRAY_SIZE(ranges),
		.ranges = (__u64)(uintptr_t)ranges,
	};

	return __vfio_feature(&bench->dev,
			      VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
			      &control, sizeof(control));
}

static int stop_logging(struct bench *bench)
{
	return __vfio_feature(&bench->dev,
			      VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP,
			      NULL, 0);
}

static int report_dirty(struct bench *bench)
{
	struct vfio_device_feature_dma_logging_report report = {
		.length = LOG_LENGTH,
		.page_size = PAGE,
		.bitmap = (__u64)(uintptr_t)new_answer(bench),
	};

	return __vfio_feature(&bench->dev,
			      VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
			      &report, sizeof(report));
}

static void prepare_not_logging(struct bench *bench)
{
	busy(bench);
	stop_logging(bench);
}

static void prepare_logging(struct bench *bench)
{
	prepare_not_logging(bench);
	CHECK(start_logging(bench) == 0, "logging does not start");
}

static void expect_not_logging(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(-EINVAL, report_dirty(bench));
}

static void expect_logging(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(0, report_dirty(bench));
}

static void expect_started(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_logging(_metadata, bench);
	EXPECT_EQ(-EINVAL, start_logging(bench));
	expect_kept(_metadata, bench);
}

static void expect_stopped(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_not_logging(_metadata, bench);
	expect_kept(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, logging_that_fails_stays_as_it_was, TIMEOUT)
{
	static const struct operation starting = {
		prepare_not_logging, start_logging, expect_not_logging, expect_started,
	};
	static const struct operation stopping = {
		prepare_logging, stop_logging, expect_logging, expect_stopped,
	};
	static const struct operation reporting = {
		prepare_logging, report_dirty, expect_logging, expect_started,
	};

	if (stop_logging(&self->bench) == -ENOTTY)
		SKIP(return, "dirty logging is not offered on this kernel");
	expect_survival(_metadata, &self->bench, &starting, "start logging", "");
	expect_survival(_metadata, &self->bench, &stopping, "stop logging", "");
	expect_survival(_metadata, &self->bench, &reporting, "report", "");
}

TEST_HARNESS_MAIN
