// SPDX-License-Identifier: GPL-2.0-only
/* Fault rules: at each site, each field does what it says, and nothing else changes. */
#include <poll.h>
#include <sys/syscall.h>

#include "device_fixture.h"

/* Longer than any test waits; a delay that is not cut short fails the test. */
#define LONG_DELAY	"delay=60000"
/* For tests with a delay: shorter than it, so that who cannot be killed is noticed */
#define TIMEOUT		50

static int data_size(struct vfio_dev *dev)
{
	struct vfio_device_feature_mig_data_size size = {};

	return __vfio_feature(dev, VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIG_DATA_SIZE,
			      &size, sizeof(size));
}

/* All arcs that the core walks on a card with every feature */
static const struct arc {
	unsigned int from;
	unsigned int to;
} arcs[] = {
	{ STATE_RUNNING, STATE_RUNNING_P2P },
	{ STATE_RUNNING, STATE_PRE_COPY },
	{ STATE_RUNNING_P2P, STATE_RUNNING },
	{ STATE_RUNNING_P2P, STATE_STOP },
	{ STATE_RUNNING_P2P, STATE_PRE_COPY_P2P },
	{ STATE_PRE_COPY, STATE_RUNNING },
	{ STATE_PRE_COPY, STATE_PRE_COPY_P2P },
	{ STATE_PRE_COPY_P2P, STATE_RUNNING_P2P },
	{ STATE_PRE_COPY_P2P, STATE_PRE_COPY },
	{ STATE_PRE_COPY_P2P, STATE_STOP_COPY },
	{ STATE_STOP, STATE_RUNNING_P2P },
	{ STATE_STOP, STATE_STOP_COPY },
	{ STATE_STOP, STATE_RESUMING },
	{ STATE_STOP_COPY, STATE_STOP },
	{ STATE_RESUMING, STATE_STOP },
};

static const char *arc_rule(char *text, size_t size, const struct arc *arc, const char *fields)
{
	snprintf(text, size, "%s->%s %s", mig_state_name(arc->from), mig_state_name(arc->to),
		 fields);
	return text;
}

#define ARC_RULE(arc, fields)	arc_rule((char[128]) {}, 128, arc, fields)

/* From RUNNING; in RESUMING the stream is there, so that it can be left. */
static int enter(struct vfio_dev *dev, unsigned int state)
{
	__u8 stream[STREAM_MAX];

	return mig_enter(dev, state, stream, stream_reset(stream, DEVICE_PORTS));
}

TEST_F(device, a_card_has_no_rules_at_first)
{
	char text[FAULT_TEXT_MAX];

	card_get(&self->mdev, "faults", text, sizeof(text));
	EXPECT_STREQ("", text);
}

TEST_F(device, an_arc_fails_once_and_leaves_the_state_and_the_session)
{
	const struct arc *arc;
	int data_fd, none;

	for (arc = arcs; arc < arcs + ARRAY_SIZE(arcs); arc++) {
		data_fd = enter(&self->dev, arc->from);
		fault_add(&self->mdev, ARC_RULE(arc, "error=EIO"));
		EXPECT_EQ(-EIO, __mig_set(&self->dev, arc->to, &none));
		EXPECT_EQ(arc->from, mig_get(&self->dev));
		EXPECT_EQ(1, fault_hits(&self->mdev, 0));
		EXPECT_EQ(0, __mig_set(&self->dev, arc->to, &none))
			TH_LOG("%s, second try", ARC_RULE(arc, ""));
		EXPECT_EQ(arc->to, mig_get(&self->dev));
		EXPECT_EQ(1, fault_hits(&self->mdev, 0));
		if (!__test_passed(_metadata))
			TH_LOG("%s", ARC_RULE(arc, "error=EIO"));
		fault_clear(&self->mdev);
		close(data_fd);
		close(none);
		vfio_reset(&self->dev);
	}
}

TEST_F(device, an_arc_on_the_way_stops_the_way_there)
{
	int none;

	fault_add(&self->mdev, "RUNNING_P2P->STOP error=ENOSPC");
	EXPECT_EQ(-ENOSPC, __mig_set(&self->dev, STATE_STOP_COPY, &none));
	EXPECT_EQ(STATE_RUNNING_P2P, mig_get(&self->dev));
	EXPECT_EQ(0, __mig_set(&self->dev, STATE_STOP_COPY, &none));
}

TEST_F(device, an_arc_that_is_not_taken_has_no_hits)
{
	fault_add(&self->mdev, "STOP->RESUMING error=EIO");
	close(mig_set(&self->dev, STATE_STOP_COPY));
	mig_set(&self->dev, STATE_RUNNING);
	EXPECT_EQ(0, fault_hits(&self->mdev, 0));
}

TEST_F(device, a_failed_arc_leaves_the_data_file_usable)
{
	__u8 stream[STREAM_MAX];
	int data_fd = mig_set(&self->dev, STATE_PRE_COPY), none;

	fault_add(&self->mdev, "PRE_COPY_P2P->STOP_COPY error=EIO");
	EXPECT_EQ(-EIO, __mig_set(&self->dev, STATE_STOP_COPY, &none));
	EXPECT_EQ(HEADER_SIZE, mig_read_all(data_fd, stream, sizeof(stream)));
	EXPECT_EQ(-ENOMSG, __mig_read(data_fd, stream, 1));
	mig_set(&self->dev, STATE_STOP_COPY);
	EXPECT_EQ(STREAM_MAX - HEADER_SIZE, mig_read_all(data_fd, stream, sizeof(stream)));
}

/* Which of ten passes fail: one letter each */
static void passes(struct vfio_dev *dev, char *seen)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		seen[i] = data_size(dev) ? 'F' : '.';
	seen[i] = 0;
}

TEST_F(device, nth_and_times_choose_the_passes)
{
	static const struct {
		const char *fields;
		const char *expected;
	} rows[] = {
		{ "", "F........." },
		{ "nth=1", "F........." },
		{ "nth=3", "..F......." },
		{ "times=1", "F........." },
		{ "times=4", "FFFF......" },
		{ "times=always", "FFFFFFFFFF" },
		{ "nth=2 times=3", ".FFF......" },
		{ "nth=8 times=always", ".......FFF" },
		{ "nth=11 times=always", ".........." },
		{ "nth=4294967295", ".........." },
		{ "times=4294967295", "FFFFFFFFFF" },
	};
	char rule[128], seen[11];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(rule, sizeof(rule), "data_size %s error=EIO", rows[i].fields);
		fault_add(&self->mdev, rule);
		passes(&self->dev, seen);
		EXPECT_STREQ(rows[i].expected, seen)
			TH_LOG("%s", rule);
		fault_clear(&self->mdev);
	}
}

TEST_F(device, passes_count_from_when_the_rule_was_written)
{
	EXPECT_EQ(0, data_size(&self->dev));
	EXPECT_EQ(0, data_size(&self->dev));
	fault_add(&self->mdev, "data_size nth=2 error=EIO");
	EXPECT_EQ(0, data_size(&self->dev));
	EXPECT_EQ(-EIO, data_size(&self->dev));
	EXPECT_EQ(0, data_size(&self->dev));
}

TEST_F(device, the_first_rule_that_matches_acts)
{
	fault_add(&self->mdev, "data_size times=2 error=EIO\n"
		  "data_size times=always error=ENOSPC\n");
	EXPECT_EQ(-EIO, data_size(&self->dev));
	EXPECT_EQ(-EIO, data_size(&self->dev));
	EXPECT_EQ(-ENOSPC, data_size(&self->dev));
	EXPECT_EQ(2, fault_hits(&self->mdev, 0));
	EXPECT_EQ(1, fault_hits(&self->mdev, 1));
}

TEST_F(device, a_rule_counts_passes_that_another_rule_affects)
{
	fault_add(&self->mdev, "data_size error=EIO\ndata_size nth=2 error=ENOSPC");
	EXPECT_EQ(-EIO, data_size(&self->dev));
	EXPECT_EQ(-ENOSPC, data_size(&self->dev));
	EXPECT_EQ(0, data_size(&self->dev));
}

TEST_F(device, an_asterisk_stands_for_any_state)
{
	static const struct {
		const char *from;
		const char *to;
		unsigned int start;
		unsigned int target;
		int ret;
	} rows[] = {
		{ "*", "STOP", STATE_RUNNING_P2P, STATE_STOP, -EIO },
		{ "*", "STOP", STATE_STOP_COPY, STATE_STOP, -EIO },
		{ "*", "STOP", STATE_RESUMING, STATE_STOP, -EIO },
		{ "*", "STOP", STATE_RUNNING, STATE_PRE_COPY_P2P, 0 },
		{ "STOP", "*", STATE_STOP, STATE_RUNNING, -EIO },
		{ "STOP", "*", STATE_STOP, STATE_STOP_COPY, -EIO },
		{ "STOP", "*", STATE_STOP, STATE_RESUMING, -EIO },
		{ "STOP", "*", STATE_RUNNING, STATE_STOP, 0 },
		{ "*", "*", STATE_RUNNING, STATE_RUNNING_P2P, -EIO },
		{ "*", "*", STATE_RESUMING, STATE_STOP, -EIO },
		{ "*", "*", STATE_RUNNING, STATE_RUNNING, 0 },
	};
	char rule[64];
	int none;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		enter(&self->dev, rows[i].start);
		snprintf(rule, sizeof(rule), "%s->%s error=EIO", rows[i].from, rows[i].to);
		fault_add(&self->mdev, rule);
		EXPECT_EQ(rows[i].ret, __mig_set(&self->dev, rows[i].target, &none))
			TH_LOG("%s, from %s to %s", rule, mig_state_name(rows[i].start),
			       mig_state_name(rows[i].target));
		fault_clear(&self->mdev);
		vfio_reset(&self->dev);
	}
}

TEST_F(device, an_error_is_known_by_name_and_by_number)
{
	static const struct {
		const char *name;
		int error;
	} rows[] = {
		{ "EPERM", EPERM }, { "EINTR", EINTR }, { "EIO", EIO }, { "EAGAIN", EAGAIN },
		{ "ENOMEM", ENOMEM }, { "EFAULT", EFAULT }, { "EBUSY", EBUSY },
		{ "ENODEV", ENODEV }, { "EINVAL", EINVAL }, { "ENOTTY", ENOTTY },
		{ "ENOSPC", ENOSPC }, { "ENOMSG", ENOMSG }, { "EOPNOTSUPP", EOPNOTSUPP },
		{ "ENOTCONN", ENOTCONN }, { "ETIMEDOUT", ETIMEDOUT },
		{ "1", EPERM }, { "5", EIO }, { "39", ENOTEMPTY }, { "110", ETIMEDOUT },
		{ "133", EHWPOISON },
	};
	char rule[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(rule, sizeof(rule), "data_size error=%s", rows[i].name);
		EXPECT_EQ(0, __card_set(&self->mdev, "faults", rule))
			TH_LOG("%s", rule);
		EXPECT_EQ(-rows[i].error, data_size(&self->dev))
			TH_LOG("%s", rule);
		fault_clear(&self->mdev);
	}
}

static void expect_only_reset_helps(struct __test_metadata *_metadata, struct vfio_dev *dev)
{
	unsigned int state;
	int none;

	EXPECT_EQ(STATE_ERROR, mig_get(dev));
	for (state = STATE_STOP; state < STATE_NR; state++) {
		EXPECT_EQ(-EINVAL, __mig_set(dev, state, &none))
			TH_LOG("to %s", mig_state_name(state));
	}
	EXPECT_EQ(STATE_ERROR, mig_get(dev));
	vfio_reset(dev);
	EXPECT_EQ(STATE_RUNNING, mig_get(dev));
	EXPECT_EQ(NULL, __uart_run_as_new(dev));
	uart_run(dev, "W3=03 W0=41 R0=41");
}

TEST_F(device, with_state_error_only_reset_helps)
{
	const struct arc *arc;
	int data_fd, none;
	__u8 byte = 0;
	ssize_t ret;

	for (arc = arcs; arc < arcs + ARRAY_SIZE(arcs); arc++) {
		data_fd = enter(&self->dev, arc->from);
		fault_add(&self->mdev, ARC_RULE(arc, "error=EIO state=ERROR"));
		EXPECT_EQ(-EIO, __mig_set(&self->dev, arc->to, &none));
		ret = arc->from == STATE_RESUMING ? __mig_write(data_fd, &byte, 1) :
						    __mig_read(data_fd, &byte, 1);
		EXPECT_EQ(data_fd >= 0 ? -ENODEV : -EBADF, ret);
		expect_only_reset_helps(_metadata, &self->dev);
		if (!__test_passed(_metadata))
			TH_LOG("%s", ARC_RULE(arc, "error=EIO state=ERROR"));
		fault_clear(&self->mdev);
		close(data_fd);
	}
}

/* As in STOP, a card in ERROR signals nothing. */
TEST_F(device, a_card_in_error_by_a_rule_is_silent)
{
	int trigger = irq_enable_new(&self->dev, IRQ_INTX), none;

	fault_add(&self->mdev, "RUNNING->RUNNING_P2P error=EIO state=ERROR");
	EXPECT_EQ(-EIO, __mig_set(&self->dev, STATE_RUNNING_P2P, &none));
	uart_raise(&self->dev);
	EXPECT_EQ(0, eventfd_take(trigger));
}

/* Calls */

TEST_F(device, an_open_fails_and_the_next_one_opens_a_new_card)
{
	uart_run(&self->dev, "W7=5A");
	vfio_close(&self->dev);
	fault_add(&self->mdev, "open times=2 error=EBUSY");
	EXPECT_EQ(-EBUSY, __vfio_open(&self->dev, self->mdev.uuid, variant->mode));
	EXPECT_EQ(-EBUSY, __vfio_open(&self->dev, self->mdev.uuid, variant->mode));
	EXPECT_EQ(2, fault_hits(&self->mdev, 0));
	/* nobody has it open */
	EXPECT_EQ(0, __card_set(&self->mdev, "migration/features", "stop-copy"));
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	EXPECT_EQ(NULL, __uart_run_as_new(&self->dev));
}

TEST_F(device, a_reset_that_fails_resets_nothing)
{
	int data_fd;
	__u8 byte;

	uart_run(&self->dev, "W7=5A");
	data_fd = mig_set(&self->dev, STATE_PRE_COPY);
	fault_add(&self->mdev, "reset error=EIO");
	EXPECT_EQ(-EIO, __vfio_reset(&self->dev));
	EXPECT_EQ(STATE_PRE_COPY, mig_get(&self->dev));
	EXPECT_EQ(1, __mig_read(data_fd, &byte, 1));
	EXPECT_EQ(NULL, __uart_run(&self->dev, "R7=5A"));
	EXPECT_EQ(0, __vfio_reset(&self->dev));
	EXPECT_EQ(NULL, __uart_run_as_new(&self->dev));
}

TEST_F(device, data_size_fails_in_any_state)
{
	unsigned int state;

	for (state = STATE_STOP; state < STATE_NR; state++) {
		enter(&self->dev, state);
		fault_add(&self->mdev, "data_size error=EIO");
		EXPECT_EQ(-EIO, data_size(&self->dev))
			TH_LOG("in %s", mig_state_name(state));
		EXPECT_EQ(0, data_size(&self->dev));
		EXPECT_EQ(state, mig_get(&self->dev));
		fault_clear(&self->mdev);
		vfio_reset(&self->dev);
	}
}

TEST_F(device, precopy_info_fails_and_takes_nothing_away)
{
	struct vfio_precopy_info info;
	int data_fd = mig_set(&self->dev, STATE_PRE_COPY);

	fault_add(&self->mdev, "precopy_info error=ENOMEM");
	EXPECT_EQ(-ENOMEM, __mig_precopy_info(data_fd, &info));
	EXPECT_EQ(0, __mig_precopy_info(data_fd, &info));
	EXPECT_EQ(HEADER_SIZE, info.initial_bytes);
	EXPECT_EQ(1, fault_hits(&self->mdev, 0));
}

/* The data file */

TEST_F(device, a_read_fails_and_loses_nothing)
{
	__u8 expected[STREAM_MAX], seen[STREAM_MAX];
	int data_fd;

	mig_save(&self->dev, expected, sizeof(expected));
	data_fd = mig_set(&self->dev, STATE_STOP_COPY);
	fault_add(&self->mdev, "read nth=2 error=EIO");
	EXPECT_EQ(40, __mig_read(data_fd, seen, 40));
	EXPECT_EQ(-EIO, __mig_read(data_fd, seen + 40, sizeof(seen) - 40));
	EXPECT_EQ(STREAM_MAX - 40, __mig_read(data_fd, seen + 40, sizeof(seen) - 40));
	EXPECT_EQ(0, memcmp(expected, seen, sizeof(expected)));
}

TEST_F(device, a_write_fails_and_takes_nothing)
{
	__u8 stream[STREAM_MAX];
	size_t size = stream_reset(stream, DEVICE_PORTS);
	int data_fd = mig_set(&self->dev, STATE_RESUMING);

	fault_add(&self->mdev, "write nth=2 error=ENOSPC");
	EXPECT_EQ(40, __mig_write(data_fd, stream, 40));
	EXPECT_EQ(-ENOSPC, __mig_write(data_fd, stream + 40, size - 40));
	EXPECT_EQ(size - 40, __mig_write(data_fd, stream + 40, size - 40));
	mig_set(&self->dev, STATE_STOP);
}

/* The number of the piece that fails first, from 0; -1: none */
static int failing_read(struct vfio_dev *dev, size_t piece)
{
	int data_fd = mig_set(dev, STATE_STOP_COPY), found = -1, i;
	__u8 bytes[STREAM_MAX];
	ssize_t ret;

	for (i = 0; (ret = __mig_read(data_fd, bytes, piece)) != 0; i++) {
		if (ret == -EIO && found < 0)
			found = i--;
		else
			CHECK(ret > 0, "read gave %zd", ret);
	}
	mig_set(dev, STATE_STOP);
	close(data_fd);
	return found;
}

static int failing_write(struct vfio_dev *dev, size_t piece)
{
	int data_fd = mig_set(dev, STATE_RESUMING), found = -1;
	__u8 stream[STREAM_MAX];
	size_t size = stream_reset(stream, DEVICE_PORTS), done = 0, len;
	ssize_t ret;

	while (done < size) {
		len = piece < size - done ? piece : size - done;
		ret = __mig_write(data_fd, stream + done, len);
		if (ret == -EIO && found < 0) {
			found = done / piece;
			continue;
		}
		CHECK(ret == (ssize_t)len, "write gave %zd", ret);
		done += len;
	}
	mig_set(dev, STATE_STOP);
	close(data_fd);
	return found;
}

static const struct offset_row {
	unsigned int offset;
	size_t piece;
	int expected;
} offset_rows[] = {
	{ 0, 1, 0 }, { 0, STREAM_MAX, 0 }, { 1, 1, 1 }, { 23, 24, 0 }, { 24, 24, 1 },
	{ 49, 10, 4 }, { 50, 10, 5 }, { 59, 10, 5 }, { 60, 10, 6 }, { 95, 1, 95 },
	{ 95, STREAM_MAX, 0 }, { 96, 7, -1 }, { 1000, STREAM_MAX, -1 },
};

static void expect_failing_piece(struct __test_metadata *_metadata,
				 const struct mdev *mdev, struct vfio_dev *dev,
				 const char *site, int (*failing)(struct vfio_dev *, size_t))
{
	const struct offset_row *row;
	char rule[64];

	for (row = offset_rows; row < offset_rows + ARRAY_SIZE(offset_rows); row++) {
		snprintf(rule, sizeof(rule), "%s offset=%u error=EIO", site, row->offset);
		fault_add(mdev, rule);
		EXPECT_EQ(row->expected, failing(dev, row->piece))
			TH_LOG("%s, in pieces of %zu", rule, row->piece);
		EXPECT_EQ(row->expected >= 0, fault_hits(mdev, 0));
		fault_clear(mdev);
	}
}

TEST_F(device, a_read_that_crosses_the_offset_fails)
{
	expect_failing_piece(_metadata, &self->mdev, &self->dev, "read", failing_read);
}

TEST_F(device, a_write_that_crosses_the_offset_fails)
{
	expect_failing_piece(_metadata, &self->mdev, &self->dev, "write", failing_write);
}

static void expect_one_wrong_bit(struct __test_metadata *_metadata, const __u8 *expected,
				 const __u8 *seen, size_t offset)
{
	size_t i;

	for (i = 0; i < STREAM_MAX; i++) {
		EXPECT_EQ(i == offset, __builtin_popcount(expected[i] ^ seen[i]))
			TH_LOG("corrupt byte %zu: byte %zu is %02x, not %02x", offset, i,
			       seen[i], expected[i]);
	}
}

TEST_F(device, corrupt_changes_one_bit_of_the_byte_once)
{
	__u8 expected[STREAM_MAX], seen[STREAM_MAX];
	char rule[64];
	size_t offset;

	mig_save(&self->dev, expected, sizeof(expected));
	for (offset = 0; offset < STREAM_MAX; offset++) {
		snprintf(rule, sizeof(rule), "read offset=%zu corrupt", offset);
		fault_add(&self->mdev, rule);
		ASSERT_EQ(STREAM_MAX, mig_save(&self->dev, seen, sizeof(seen)));
		expect_one_wrong_bit(_metadata, expected, seen, offset);
		mig_save(&self->dev, seen, sizeof(seen));
		EXPECT_EQ(0, memcmp(expected, seen, sizeof(seen)))
			TH_LOG("the next stream is damaged, too");
		fault_clear(&self->mdev);
	}
}

TEST_F(device, corrupt_finds_its_byte_in_pieces_of_any_size)
{
	static const size_t pieces[] = { 1, 7, 29, 95 };
	__u8 expected[STREAM_MAX], seen[STREAM_MAX];
	size_t i, done, len;
	int data_fd;

	mig_save(&self->dev, expected, sizeof(expected));
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		fault_add(&self->mdev, "read offset=60 corrupt");
		data_fd = mig_set(&self->dev, STATE_STOP_COPY);
		for (done = 0; done < sizeof(seen); done += len) {
			len = pieces[i] < sizeof(seen) - done ? pieces[i] : sizeof(seen) - done;
			ASSERT_EQ(len, __mig_read(data_fd, seen + done, len));
		}
		expect_one_wrong_bit(_metadata, expected, seen, 60);
		mig_set(&self->dev, STATE_STOP);
		close(data_fd);
		fault_clear(&self->mdev);
	}
}

TEST_F(device, a_corrupt_stream_is_refused_where_it_is_loaded)
{
	__u8 stream[STREAM_MAX];

	fault_add(&self->mdev, "read offset=0 corrupt");
	mig_save(&self->dev, stream, sizeof(stream));
	EXPECT_EQ(-EINVAL, __mig_load(&self->dev, stream, sizeof(stream)));
}

/* Dirty logging */

#define PAGE	4096
#define LENGTH	(256 * PAGE)

static int log_start(struct vfio_dev *dev)
{
	struct vfio_device_feature_dma_logging_range range = { .length = LENGTH, };
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = PAGE, .num_ranges = 1, .ranges = (__u64)(uintptr_t)&range,
	};

	return __vfio_feature(dev, VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
			      &control, sizeof(control));
}

static int log_read(struct vfio_dev *dev)
{
	__u64 bitmap[LENGTH / PAGE / 64] = {};
	struct vfio_device_feature_dma_logging_report args = {
		.length = LENGTH, .page_size = PAGE, .bitmap = (__u64)(uintptr_t)bitmap,
	};

	return __vfio_feature(dev, VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
			      &args, sizeof(args));
}

static bool has_logging(struct vfio_dev *dev)
{
	return __vfio_feature(dev, VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_PROBE |
			      VFIO_DEVICE_FEATURE_DMA_LOGGING_START, NULL, 0) == 0;
}

#define NO_LOGGING	"dirty logging is not offered on this kernel"

TEST_F(device, logging_that_fails_to_start_is_off)
{
	if (!has_logging(&self->dev))
		SKIP(return, NO_LOGGING);
	fault_add(&self->mdev, "log_start error=ENOMEM");
	EXPECT_EQ(-ENOMEM, log_start(&self->dev));
	EXPECT_EQ(-EINVAL, log_read(&self->dev));
	EXPECT_EQ(0, log_start(&self->dev));
	EXPECT_EQ(0, log_read(&self->dev));
	EXPECT_EQ(1, fault_hits(&self->mdev, 0));
}

TEST_F(device, a_report_that_fails_leaves_logging_on)
{
	if (!has_logging(&self->dev))
		SKIP(return, NO_LOGGING);
	fault_add(&self->mdev, "log_read error=EIO");
	EXPECT_EQ(0, log_start(&self->dev));
	EXPECT_EQ(-EIO, log_read(&self->dev));
	EXPECT_EQ(0, log_read(&self->dev));
}

/* Interrupts */

/* A signal that is lost is one that the card believes to have given. */
TEST_F(device, a_dropped_intx_is_lost_and_the_next_one_comes)
{
	int trigger = irq_enable_new(&self->dev, IRQ_INTX);

	fault_add(&self->mdev, "irq drop");
	uart_raise(&self->dev);
	EXPECT_EQ(0, eventfd_take(trigger));
	EXPECT_EQ(1, fault_hits(&self->mdev, 0));
	uart_lower(&self->dev);
	uart_raise(&self->dev);
	EXPECT_EQ(0, eventfd_take(trigger))
		TH_LOG("the lost signal has not masked INTx");
	irq_unmask(&self->dev);
	EXPECT_EQ(1, eventfd_take(trigger));
}

TEST_F(device, a_dropped_msi_is_lost_and_the_next_one_comes)
{
	int trigger = irq_enable_new(&self->dev, IRQ_MSI);

	fault_add(&self->mdev, "irq nth=2 drop");
	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(trigger));
	uart_lower(&self->dev);
	uart_raise(&self->dev);
	EXPECT_EQ(0, eventfd_take(trigger));
	uart_lower(&self->dev);
	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(trigger));
	EXPECT_EQ(1, fault_hits(&self->mdev, 0));
}

/* Delays */

TEST_F(device, a_short_delay_lets_the_call_go_on)
{
	int none;

	fault_add(&self->mdev, "RUNNING->RUNNING_P2P delay=1\nreset delay=1\nread delay=1\n"
		  "data_size delay=1 error=EIO");
	EXPECT_EQ(0, __mig_set(&self->dev, STATE_RUNNING_P2P, &none));
	EXPECT_EQ(STATE_RUNNING_P2P, mig_get(&self->dev));
	EXPECT_EQ(0, __vfio_reset(&self->dev));
	EXPECT_EQ(HEADER_SIZE, __mig_read(mig_set(&self->dev, STATE_PRE_COPY),
					  (__u8[HEADER_SIZE]) {}, HEADER_SIZE));
	EXPECT_EQ(-EIO, data_size(&self->dev));
}

/* What a child does at the site of a rule; @data_fd: a data file, for those that need one */
struct victim {
	struct vfio_dev *dev;
	const char *uuid;
	enum vfio_mode mode;
	int data_fd;
};

static long change_state(void *data)
{
	struct victim *victim = data;
	int none;

	return __mig_set(victim->dev, STATE_RUNNING_P2P, &none);
}

static long reset_card(void *data)
{
	struct victim *victim = data;

	return __vfio_reset(victim->dev);
}

static long get_data_size(void *data)
{
	struct victim *victim = data;

	return data_size(victim->dev);
}

static long start_log(void *data)
{
	struct victim *victim = data;

	return log_start(victim->dev);
}

static long read_log(void *data)
{
	struct victim *victim = data;

	return log_read(victim->dev);
}

static long read_data(void *data)
{
	struct victim *victim = data;

	return __mig_read(victim->data_fd, (__u8[8]) {}, 8);
}

static long write_data(void *data)
{
	struct victim *victim = data;
	__u8 stream[STREAM_MAX];

	stream_reset(stream, DEVICE_PORTS);
	return __mig_write(victim->data_fd, stream, 8);
}

static long get_precopy_info(void *data)
{
	struct victim *victim = data;
	struct vfio_precopy_info info;

	return __mig_precopy_info(victim->data_fd, &info);
}

static void victim_init(struct victim *victim, struct vfio_dev *dev, const struct mdev *mdev,
			enum vfio_mode mode)
{
	*victim = (struct victim){ dev, mdev->uuid, mode, -1, };
}

TEST_F_TIMEOUT(device, whoever_waits_for_a_delay_can_be_killed, TIMEOUT)
{
	static const struct {
		const char *rule;
		long (*call)(void *data);
		unsigned int state;
		bool logging;
	} rows[] = {
		{ "RUNNING->RUNNING_P2P " LONG_DELAY, change_state, STATE_RUNNING },
		{ "reset " LONG_DELAY, reset_card, STATE_RUNNING },
		{ "data_size " LONG_DELAY, get_data_size, STATE_RUNNING },
		{ "read " LONG_DELAY, read_data, STATE_PRE_COPY },
		{ "write " LONG_DELAY, write_data, STATE_RESUMING },
		{ "precopy_info " LONG_DELAY, get_precopy_info, STATE_PRE_COPY },
		{ "log_start " LONG_DELAY, start_log, STATE_RUNNING, true },
		{ "log_read " LONG_DELAY, read_log, STATE_RUNNING, true },
	};
	bool logging = has_logging(&self->dev);
	struct victim victim;
	int watch;
	pid_t pid;
	size_t i;

	victim_init(&victim, &self->dev, &self->mdev, variant->mode);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].logging && !logging)
			continue;
		victim.data_fd = mig_set(&self->dev, rows[i].state);
		fault_add(&self->mdev, rows[i].rule);
		watch = fault_watch(&self->mdev);
		pid = child_start(rows[i].call, &victim);
		fault_wait(watch);
		child_kill(pid);
		EXPECT_EQ(rows[i].state, mig_get(&self->dev))
			TH_LOG("%s", rows[i].rule);
		fault_clear(&self->mdev);
		close(watch);
		close(victim.data_fd);
		vfio_reset(&self->dev);
	}
}

static long open_card(void *data)
{
	struct victim *victim = data;
	struct vfio_dev dev;

	return __vfio_open(&dev, victim->uuid, victim->mode);
}

TEST_F_TIMEOUT(device, whoever_waits_to_open_can_be_killed, TIMEOUT)
{
	struct victim victim;
	int watch;
	pid_t pid;

	vfio_close(&self->dev);
	victim_init(&victim, &self->dev, &self->mdev, variant->mode);
	fault_add(&self->mdev, "open " LONG_DELAY);
	watch = fault_watch(&self->mdev);
	pid = child_start(open_card, &victim);
	fault_wait(watch);
	child_kill(pid);
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	EXPECT_EQ(NULL, __uart_run_as_new(&self->dev));
}

/* Starts a state change that waits, and returns when it does. */
static pid_t start_waiting(const struct mdev *mdev, struct victim *victim)
{
	int watch;
	pid_t pid;

	fault_add(mdev, "RUNNING->RUNNING_P2P " LONG_DELAY);
	watch = fault_watch(mdev);
	pid = child_start(change_state, victim);
	fault_wait(watch);
	close(watch);
	return pid;
}

TEST_F_TIMEOUT(device, whoever_waits_behind_a_delay_can_be_killed, TIMEOUT)
{
	long (*const calls[])(void *) = { change_state, reset_card, get_data_size, };
	struct victim victim;
	pid_t first, second;
	size_t i;

	victim_init(&victim, &self->dev, &self->mdev, variant->mode);
	first = start_waiting(&self->mdev, &victim);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		second = child_start(calls[i], &victim);
		child_wait_asleep(second, SYS_ioctl, self->dev.fd);
		child_kill(second);
	}
	child_kill(first);
	EXPECT_EQ(STATE_RUNNING, mig_get(&self->dev));
}

TEST_F_TIMEOUT(device, registers_and_interrupts_do_not_wait_for_a_delay, TIMEOUT)
{
	int trigger = irq_enable_new(&self->dev, IRQ_INTX);
	struct victim victim;
	pid_t pid;

	victim_init(&victim, &self->dev, &self->mdev, variant->mode);
	pid = start_waiting(&self->mdev, &victim);
	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(trigger));
	uart_lower(&self->dev);
	irq_unmask(&self->dev);
	child_kill(pid);
}

TEST_F_TIMEOUT(device, a_reset_gets_through_when_the_waiter_is_killed, TIMEOUT)
{
	struct victim victim;
	struct task reset;
	pid_t pid;

	victim_init(&victim, &self->dev, &self->mdev, variant->mode);
	pid = start_waiting(&self->mdev, &victim);
	task_start(&reset, reset_card, &victim);
	task_wait_asleep(&reset, SYS_ioctl, self->dev.fd);
	child_kill(pid);
	EXPECT_EQ(0, task_join(&reset));
	EXPECT_EQ(STATE_RUNNING, mig_get(&self->dev));
}

TEST_F_TIMEOUT(device, a_card_can_be_closed_and_opened_when_the_waiter_is_killed, TIMEOUT)
{
	struct victim victim;
	pid_t pid;

	victim_init(&victim, &self->dev, &self->mdev, variant->mode);
	pid = start_waiting(&self->mdev, &victim);
	vfio_close(&self->dev);
	child_kill(pid);
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	EXPECT_EQ(STATE_RUNNING, mig_get(&self->dev));
}

static long remove_card(void *data)
{
	return __mdev_remove(data);
}

/* The removal waits for the child, which is the last to have the card open. */
TEST_F_TIMEOUT(device, a_card_can_be_removed_when_the_waiter_is_killed, TIMEOUT)
{
	struct victim victim;
	struct task removal;
	pid_t pid;

	victim_init(&victim, &self->dev, &self->mdev, variant->mode);
	pid = start_waiting(&self->mdev, &victim);
	vfio_close(&self->dev);
	task_start(&removal, remove_card, &self->mdev);
	child_kill(pid);
	EXPECT_EQ(0, task_join(&removal));
	EXPECT_EQ(0, self->mdev.uuid[0]);
}

/* The session's end wakes those who wait for a delay of its file. */
TEST_F_TIMEOUT(device, a_delayed_read_ends_with_its_session, TIMEOUT)
{
	struct victim victim;
	struct task reader;
	int watch;

	victim_init(&victim, &self->dev, &self->mdev, variant->mode);
	victim.data_fd = mig_set(&self->dev, STATE_PRE_COPY);
	fault_add(&self->mdev, "read " LONG_DELAY);
	watch = fault_watch(&self->mdev);
	task_start(&reader, read_data, &victim);
	fault_wait(watch);
	mig_set(&self->dev, STATE_RUNNING);
	EXPECT_EQ(-ENODEV, task_join(&reader));
}

/* The attribute */

static long wait_for_hit(void *data)
{
	fault_wait(*(int *)data);
	return 0;
}

TEST_F(device, poll_wakes_up_at_a_hit)
{
	int trigger = irq_enable_new(&self->dev, IRQ_INTX), watch;
	struct task waiter;

	fault_add(&self->mdev, "data_size error=EIO\nirq drop");
	watch = fault_watch(&self->mdev);
	task_start(&waiter, wait_for_hit, &watch);
	task_wait_asleep(&waiter, SYS_poll, ANY_FD);
	EXPECT_EQ(-EIO, data_size(&self->dev));
	EXPECT_EQ(0, task_join(&waiter));
	EXPECT_EQ(1, fault_hits(&self->mdev, 0));

	uart_raise(&self->dev);
	fault_wait(watch);
	EXPECT_EQ(1, fault_hits(&self->mdev, 1));
	EXPECT_EQ(0, eventfd_take(trigger));
}

static int polled(int watch)
{
	struct pollfd poll_fd = { .fd = watch, .events = POLLPRI, };

	CHECK(poll(&poll_fd, 1, 0) >= 0, "cannot poll faults");
	return poll_fd.revents & POLLPRI;
}

TEST_F(device, poll_stays_silent_without_a_hit)
{
	int watch;

	fault_add(&self->mdev, "data_size nth=2 error=EIO");
	watch = fault_watch(&self->mdev);
	EXPECT_EQ(0, data_size(&self->dev));
	EXPECT_EQ(0, polled(watch));
	EXPECT_EQ(-EIO, data_size(&self->dev));
	fault_wait(watch);
	EXPECT_EQ(0, data_size(&self->dev));
	EXPECT_EQ(0, polled(watch));
}

TEST_F(device, a_bad_rule_is_refused_and_adds_nothing)
{
	static const char * const bad[] = {
		"", "\n", " ", "STOP", "STOP->", "->STOP", "STOP->STOP_COPY", "STOP>STOP_COPY",
		"stop->stop_copy error=EIO", "STOP -> STOP_COPY error=EIO",
		"STOP->RUNNING_P3P error=EIO", "STOP->STOP error=EIO",
		"STOP_COPY->PRE_COPY error=EIO", "ERROR->RUNNING error=EIO",
		"RUNNING->ERROR error=EIO", "*->ERROR error=EIO",
		"close error=EIO", "OPEN error=EIO", "open", "open nth=2", "open times=always",
		"open error=", "open error", "open error=EFOO", "open error=0", "open error=-5",
		"open error=512", "open error=4095", "open error=eio", "open error=5x",
		"open error=EIO nth=0", "open error=EIO nth=-1", "open error=EIO nth=x",
		"open error=EIO nth=4294967296", "open error=EIO nth=", "open error=EIO nth",
		"open error=EIO times=0", "open error=EIO times=never", "open error=EIO times=",
		"open error=EIO times=-1", "open error=EIO often", "open error=EIO nth = 2",
		"open delay=0", "open delay=60001", "open delay=-1", "open delay=1s", "open delay=",
		"open error=EIO state=ERROR", "reset error=EIO state=ERROR",
		"STOP->STOP_COPY state=ERROR", "STOP->STOP_COPY error=EIO state=STOP",
		"STOP->STOP_COPY error=EIO offset=1", "data_size error=EIO offset=1",
		"precopy_info error=EIO offset=1", "read offset=1", "read error=EIO offset=",
		"read error=EIO offset=-1", "read error=EIO offset=x", "write offset=1 corrupt",
		"open corrupt", "STOP->STOP_COPY corrupt", "read corrupt=1", "read corrupt",
		"read drop", "open drop", "STOP->STOP_COPY drop", "irq", "irq error=EIO",
		"irq delay=1", "irq drop=1", "irq drop offset=1", "irq drop error=EIO",
		"open error=EIO hits=x", "clear open", "open error=EIO\nclear",
	};
	char text[FAULT_TEXT_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		/* an empty write does not reach the card */
		EXPECT_EQ(bad[i][0] ? -EINVAL : 0, __card_set(&self->mdev, "faults", bad[i]))
			TH_LOG("\"%s\"", bad[i]);
		card_get(&self->mdev, "faults", text, sizeof(text));
		EXPECT_STREQ("", text)
			TH_LOG("after \"%s\"", bad[i]);
	}
}

TEST_F(device, rules_of_one_write_are_added_together_or_not_at_all)
{
	EXPECT_EQ(-EINVAL, __card_set(&self->mdev, "faults",
				      "open error=EIO\nreset error=EIO\nclose error=EIO\n"));
	EXPECT_EQ(0, fault_count(&self->mdev));
	EXPECT_EQ(0, __card_set(&self->mdev, "faults",
				"open error=EIO\nreset error=EIO\n\nread error=EIO"));
	EXPECT_EQ(3, fault_count(&self->mdev));
	fault_add(&self->mdev, "write error=EIO");
	EXPECT_EQ(4, fault_count(&self->mdev));
}

TEST_F(device, clear_removes_all_rules)
{
	fault_add(&self->mdev, "data_size times=always error=EIO\nreset error=EIO");
	EXPECT_EQ(-EIO, data_size(&self->dev));
	fault_clear(&self->mdev);
	EXPECT_EQ(0, fault_count(&self->mdev));
	EXPECT_EQ(0, data_size(&self->dev));
	EXPECT_EQ(0, __vfio_reset(&self->dev));
	EXPECT_EQ(0, __card_set(&self->mdev, "faults", "clear\n"));
}

static void many_rules(char *text, unsigned int count)
{
	*text = 0;
	while (count--)
		strcat(text, "log_start error=EIO\n");
}

TEST_F(device, a_card_holds_sixteen_rules)
{
	char rules[FAULT_TEXT_MAX];

	many_rules(rules, FAULT_RULES + 1);
	EXPECT_EQ(-ENOSPC, __card_set(&self->mdev, "faults", rules));
	EXPECT_EQ(0, fault_count(&self->mdev));
	many_rules(rules, FAULT_RULES - 2);
	EXPECT_EQ(0, __card_set(&self->mdev, "faults", rules));
	many_rules(rules, 3);
	EXPECT_EQ(-ENOSPC, __card_set(&self->mdev, "faults", rules));
	EXPECT_EQ(FAULT_RULES - 2, fault_count(&self->mdev));
	many_rules(rules, 2);
	EXPECT_EQ(0, __card_set(&self->mdev, "faults", rules));
	EXPECT_EQ(FAULT_RULES, fault_count(&self->mdev));
	EXPECT_EQ(-ENOSPC, __card_set(&self->mdev, "faults", "open error=EIO"));
	fault_clear(&self->mdev);
	EXPECT_EQ(0, __card_set(&self->mdev, "faults", "open error=EIO"));
}

#define ALL_FIELDS							\
	"RUNNING->RUNNING_P2P nth=2 times=3 error=EIO state=ERROR delay=5\n" \
	"*->STOP_COPY times=always error=133\n"				\
	"STOP->* error=ETIMEDOUT\n"					\
	"open delay=60000\n"						\
	"read offset=123456789012 corrupt\n"				\
	"write nth=4294967295 offset=10 error=ENOSPC\n"			\
	"data_size error=39\n"						\
	"irq times=2 drop\n"

TEST_F(device, what_is_read_can_be_written_back)
{
	char first[FAULT_TEXT_MAX], second[FAULT_TEXT_MAX];

	fault_add(&self->mdev, ALL_FIELDS);
	card_get(&self->mdev, "faults", first, sizeof(first));
	EXPECT_EQ(8, fault_count(&self->mdev));
	fault_clear(&self->mdev);
	EXPECT_EQ(0, __card_set(&self->mdev, "faults", first));
	card_get(&self->mdev, "faults", second, sizeof(second));
	EXPECT_STREQ(first, second);
}

TEST_F(device, what_is_written_back_counts_anew)
{
	char text[FAULT_TEXT_MAX];

	fault_add(&self->mdev, "data_size error=EIO");
	EXPECT_EQ(-EIO, data_size(&self->dev));
	EXPECT_EQ(1, fault_hits(&self->mdev, 0));
	card_get(&self->mdev, "faults", text, sizeof(text));
	fault_clear(&self->mdev);
	fault_add(&self->mdev, text);
	EXPECT_EQ(0, fault_hits(&self->mdev, 0));
	EXPECT_EQ(-EIO, data_size(&self->dev));
	EXPECT_EQ(0, data_size(&self->dev));
}

TEST_F(device, rules_outlive_reset_close_and_open)
{
	char before[FAULT_TEXT_MAX], after[FAULT_TEXT_MAX];

	fault_add(&self->mdev, "data_size times=2 error=EIO\nRUNNING->PRE_COPY error=EIO");
	EXPECT_EQ(-EIO, data_size(&self->dev));
	card_get(&self->mdev, "faults", before, sizeof(before));
	vfio_reset(&self->dev);
	vfio_close(&self->dev);
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	card_get(&self->mdev, "faults", after, sizeof(after));
	EXPECT_STREQ(before, after);
	EXPECT_EQ(-EIO, data_size(&self->dev));
	EXPECT_EQ(0, data_size(&self->dev));
}

TEST_F(device, another_card_is_not_affected)
{
	__u8 stream[STREAM_MAX];
	char text[FAULT_TEXT_MAX];

	vfio_open_new(&self->other, &self->other_mdev, "mtty-2", variant->mode);
	fault_add(&self->mdev, "*->* times=always error=EIO\ndata_size times=always error=EIO\n"
		  "read times=always error=EIO\nreset times=always error=EIO");
	EXPECT_EQ(0, data_size(&self->other));
	EXPECT_EQ(STREAM_MAX, mig_save(&self->other, stream, sizeof(stream)));
	EXPECT_EQ(0, __vfio_reset(&self->other));
	card_get(&self->other_mdev, "faults", text, sizeof(text));
	EXPECT_STREQ("", text);
	EXPECT_EQ(-EIO, data_size(&self->dev));
}

TEST_HARNESS_MAIN
