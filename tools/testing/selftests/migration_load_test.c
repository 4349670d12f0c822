// SPDX-License-Identifier: GPL-2.0-only
/* The resuming side: the state that a stream restores, and streams that are refused. */
#include "device_fixture.h"

/*
 * A state that shows in many registers, and what must be left of it after a refused
 * load. The check only reads, because a stopped device may ignore writes.
 */
#define BUSY		"W3=83 W0=34 W1=12 W3=03 W2=81 W1=0D W4=0B R6=BB W7=5A W0=[41-43]"
#define STILL_BUSY	"R3=03 R1=0D R4=0B R7=5A R5=61 R6=B0"

static void expect_loaded(struct __test_metadata *_metadata, struct vfio_dev *dev,
			  const char *accesses)
{
	const char *failed;

	mig_set(dev, STATE_RUNNING);
	failed = __uart_run(dev, accesses);
	EXPECT_EQ(NULL, failed)
		TH_LOG("after the load, \"%s\" fails from here on: %s", accesses, failed);
}

/* The second accesses see what the first ones left, after a load into a reset device. */
static const struct {
	const char *before;
	const char *after;
} round_trips[] = {
	{ "W3=9B W7=5A", "R3=9B R7=5A" },
	{ "W3=80 W0=34 W1=12 W3=03", "W3=83 R0=34 R1=12" },
	{ "W1=0D W4=1F", "R1=0D R4=1F I=1" },
	{ "W3=03 W0=41", "R5=61 R0=41 R5=60" },
	{ "W3=03 W0=41 W0=42", "R5=63 R0=42" },
	{ "W3=03 W2=81 W1=01 W0=[41-47]", "I=1 R2=CC W0=48 R2=C4 R0=[41-48] R2=C1 I=0" },
	{ "W3=03 W2=01 W0=[41-4A] R0=[41-4A] W0=[41-50]", "R5=61 W0=FF R5=63 R0=[41-50] R5=60" },
	{ "W3=03 W2=01 W0=[41-51]", "R5=63 R0=[41-50]" },
	{ "W1=02", "I=1 R2=02 I=0 R2=01" },
	{ "W1=02 R2=02", "I=0 R2=01" },
	{ "W3=03 W2=01 W1=06 W0=[00-10] R0=[00-0F]", "R2=C6 R5=62 R2=C2 R2=C1" },
	{ "W1=08 W4=02", "I=1 R2=00 R6=11 I=0 R6=10" },
	{ "W4=14 W4=10", "R6=04 R6=00" },
	{ "W3=03 W2=81 W0=[41-42] W3=43 W3=03", "R5=E1 R0=[41-42] R5=F1 R5=61 R0=00 R5=60" },
	{ "W3=03 W2=01 W3=43", "R5=F1 W3=43 R0=00 R5=60 W3=03 W3=43 R5=F1" },
	{ "W3=03 W2=01 W3=43 W3=03 R0=00", "R5=70 R5=60" },
	{ "W3=03 W2=01 W0=[41-4E] R0=[41-4D] W3=43 W3=03 W0=50 W3=43 W3=03",
	  "R0=4E R5=F1 R0=00 R0=50 R5=F1 R0=00 R5=60" },
	{ "W3=02 W0=FF", "R0=7F W0=FF R0=7F" },
};

TEST_F(device, saved_state_is_there_after_the_load)
{
	__u8 stream[STREAM_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(round_trips); i++) {
		vfio_reset(&self->dev);
		uart_run(&self->dev, round_trips[i].before);
		mig_save(&self->dev, stream, sizeof(stream));
		vfio_reset(&self->dev);
		mig_load(&self->dev, stream, sizeof(stream));
		expect_loaded(_metadata, &self->dev, round_trips[i].after);
	}
}

TEST_F(device, loaded_state_is_saved_again)
{
	__u8 first[STREAM_MAX], second[STREAM_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(round_trips); i++) {
		vfio_reset(&self->dev);
		uart_run(&self->dev, round_trips[i].before);
		mig_save(&self->dev, first, sizeof(first));
		vfio_reset(&self->dev);
		mig_load(&self->dev, first, sizeof(first));
		mig_save(&self->dev, second, sizeof(second));
		EXPECT_EQ(0, memcmp(first, second, HEADER_SIZE));
		EXPECT_EQ(-1, stream_record_differs(stream_record(first, 0),
						    stream_record(second, 0)))
			TH_LOG("after %s", round_trips[i].before);
	}
}

TEST_F(device, another_device_takes_over_both_ports)
{
	__u8 stream[STREAM_MAX];

	uart_run(&self->dev, "0:W3=03 0:W2=01 0:W0=[41-43] 1:W3=03 1:W0=61 1:W7=22");
	mig_save(&self->dev, stream, sizeof(stream));
	vfio_open_new(&self->other, &self->other_mdev, "mtty-2", variant->mode);
	mig_load(&self->other, stream, sizeof(stream));
	expect_loaded(_metadata, &self->other, "0:R0=[41-43] 0:R5=60 1:R0=61 1:R7=22 1:R5=60");
}

TEST_F(device, a_one_port_device_takes_its_stream)
{
	__u8 stream[STREAM_MAX];
	size_t size;

	vfio_open_new(&self->other, &self->other_mdev, "mtty-1", variant->mode);
	uart_run(&self->other, "W3=03 W2=01 W0=[41-43]");
	size = mig_save(&self->other, stream, sizeof(stream));
	EXPECT_EQ(stream_size(1), size);
	vfio_reset(&self->other);
	mig_load(&self->other, stream, size);
	expect_loaded(_metadata, &self->other, "R0=[41-43] R5=60");
}

TEST_F(device, nothing_changes_before_resuming_is_left)
{
	__u8 stream[STREAM_MAX];
	ssize_t size = stream_reset(stream, 2);
	int data_fd;

	uart_run(&self->dev, BUSY);
	data_fd = mig_set(&self->dev, STATE_RESUMING);
	EXPECT_EQ(size, __mig_write(data_fd, stream, size));
	EXPECT_EQ(NULL, __uart_run(&self->dev, STILL_BUSY));
	mig_set(&self->dev, STATE_STOP);
	EXPECT_EQ(NULL, __uart_run(&self->dev, "R3=00 R1=00 R4=00 R7=00 R5=60"));
}

TEST_F(device, the_configuration_space_is_not_in_the_stream)
{
	__u8 stream[STREAM_MAX], before[CONFIG_SIZE], after[CONFIG_SIZE];
	size_t size = stream_reset(stream, 2);

	config_write32(&self->dev, 0x10, 0xc150);
	config_write16(&self->dev, 4, 5);
	config_read(&self->dev, 0, before, sizeof(before));
	mig_load(&self->dev, stream, size);
	config_read(&self->dev, 0, after, sizeof(after));
	EXPECT_EQ(0, memcmp(before, after, sizeof(before)));
}

/* A record changed by hand: its fields, and what the device must show after the load. */
struct record_row {
	const char *what;
	struct {
		__u8 offset;
		__u8 value;
	} fields[8];
	__u8 count;
	bool sealed;
	const char *after;
};

static const struct record_row record_rows[] = {
	{ "bits that IER has not", { { RECORD_IER, 0xfd } }, 0, true, "R1=0D" },
	{ "bits that MCR has not", { { RECORD_MCR, 0xeb } }, 0, true, "R4=0B R6=B0" },
	{ "every bit of LCR", { { RECORD_LCR, 0xbf }, { RECORD_DLAB, 1 } }, 0, true, "R3=BF" },
	{ "FIFO resets in FCR", { { RECORD_FCR, 0x87 }, { RECORD_FIFO_SIZE, 16 },
		{ RECORD_LCR, 3 }, { RECORD_IER, 1 } }, 5, true, "R2=CC R0=[41-45] R5=60" },
	{ "a FIFO that is off and holds five", { { RECORD_LCR, 3 }, { RECORD_IER, 1 } }, 5, true,
	  "R2=04 R5=61 R0=[41-45] R5=60 R2=01" },
	{ "a FIFO that is off and full", { { RECORD_LCR, 3 } }, 16, true,
	  "R5=61 R0=[41-50] R5=60" },
	{ "a trigger level of 0", { { RECORD_TRIGGER, 0 } }, 0, true, "R2=01 R5=60" },
	{ "a trigger level that FCR contradicts", { { RECORD_FCR, 0x81 }, { RECORD_TRIGGER, 1 },
		{ RECORD_FIFO_SIZE, 16 }, { RECORD_IER, 1 } }, 7, true, "R2=CC W0=48 R2=C4" },
	{ "a FIFO size that FCR contradicts", { { RECORD_FCR, 0x01 }, { RECORD_FIFO_SIZE, 1 },
		{ RECORD_LCR, 3 } }, 2, true, "R2=C1 W0=43 R5=61 R0=[41-43]" },
	{ "marks at slots that hold nothing", { { RECORD_FCR, 0x01 }, { RECORD_FIFO_SIZE, 16 },
		{ RECORD_MARKS_LOW, 0xff }, { RECORD_MARKS_HIGH, 0xff } }, 0, true, "R5=60" },
	/* saved by the kernel's sample, or by us and passed through it: the rest is derived */
	{ "no extra state", { { RECORD_EXTRA, 0 }, { RECORD_ERRORS, 0x1c }, { RECORD_DELTAS, 0x0f },
		{ RECORD_MARKS_LOW, 0xff }, { RECORD_FCR, 0x01 } }, 3, true, "R5=61 R6=00" },
	{ "no extra state but overrun", { { RECORD_EXTRA, 0 }, { RECORD_OVERRUN, 1 } }, 0, true,
	  "R5=62 R5=60" },
	{ "no extra state, THRE enabled and empty", { { RECORD_EXTRA, 0 }, { RECORD_IER, 2 } }, 0,
	  true, "I=1 R2=02 R2=01" },
	{ "no extra state, THRE enabled and not empty", { { RECORD_EXTRA, 0 }, { RECORD_IER, 2 } },
	  1, true, "I=1 R2=02 R2=01" },
	{ "a check that does not fit", { { RECORD_ERRORS, 0x10 }, { RECORD_DELTAS, 0x0f },
		{ RECORD_MARKS_LOW, 0xff }, { RECORD_FCR, 0x01 } }, 3, false, "R5=61 R6=00" },
	{ "a check that does not fit, THRE enabled", { { RECORD_IER, 2 } }, 0, false, "I=1 R2=02" },
	{ "a check that does not fit, THRE enabled and not empty", { { RECORD_IER, 2 } }, 1,
	  false, "I=1 R2=02" },
	{ "a check that does not fit, held break", { { RECORD_EXTRA, EXTRA_VALID | EXTRA_BRKD },
		{ RECORD_FCR, 0x01 } }, 0, false, "W3=43 R5=F1" },
};

static void build_record(__u8 *record, const struct record_row *row)
{
	unsigned int i;

	stream_reset_record(record);
	stream_fill(record, 12, (const __u8 *)"ABCDEFGHIJKLMNOP", row->count);
	for (i = 0; row->fields[i].offset; i++)
		record[row->fields[i].offset] = row->fields[i].value;
	stream_seal(record);
	if (!row->sealed)
		record[RECORD_CHECK] ^= 0x55;
}

TEST_F(device, records_of_other_writers_load_as_documented)
{
	const struct record_row *row;
	__u8 stream[STREAM_MAX];
	const char *failed;

	for (row = record_rows; row < record_rows + ARRAY_SIZE(record_rows); row++) {
		stream_reset(stream, 2);
		build_record(stream_record(stream, 0), row);
		vfio_reset(&self->dev);
		uart_run(&self->dev, BUSY);
		mig_load(&self->dev, stream, sizeof(stream));
		mig_set(&self->dev, STATE_RUNNING);
		failed = __uart_run(&self->dev, row->after);
		EXPECT_EQ(NULL, failed)
			TH_LOG("%s: \"%s\" fails from here on: %s", row->what, row->after, failed);
	}
}

TEST_F(device, a_fifo_that_is_off_and_full_takes_another_byte_unharmed)
{
	static const struct record_row full = { .fields = { { RECORD_LCR, 3 } }, .count = 16,
						.sealed = true, };
	__u8 stream[STREAM_MAX];

	stream_reset(stream, 2);
	build_record(stream_record(stream, 0), &full);
	mig_load(&self->dev, stream, sizeof(stream));
	expect_loaded(_metadata, &self->dev, "W0=5A R5=63");
	EXPECT_EQ(NULL, __uart_run(&self->dev, "W2=01 R5=60 W0=[00-0F] R0=[00-0F] R5=60"));
}

static void expect_usable_again(struct __test_metadata *_metadata, struct vfio_dev *dev)
{
	EXPECT_EQ(STATE_ERROR, mig_get(dev));
	EXPECT_EQ(NULL, __uart_run(dev, STILL_BUSY));
	vfio_reset(dev);
	EXPECT_EQ(STATE_RUNNING, mig_get(dev));
	EXPECT_EQ(NULL, __uart_run(dev, "R1=00 R3=00 W3=03 W0=41 R0=41"));
}

/* Damage to one byte of a stream, in the header or in either record. */
struct damage_row {
	const char *what;
	__u8 offset;
	__u8 value;
};

static const struct damage_row header_damage[] = {
	{ "first byte of the magic", HEADER_MAGIC, 0 },
	{ "last byte of the magic", HEADER_MAGIC + 7, 0 },
	{ "major version 0", HEADER_MAJOR, 0 },
	{ "major version 2", HEADER_MAJOR, 2 },
	{ "high byte of the major version", HEADER_MAJOR + 3, 1 },
	{ "minor version 2", HEADER_MINOR, 2 },
	{ "high byte of the minor version", HEADER_MINOR + 3, 0x80 },
	{ "no port", HEADER_PORTS, 0 },
	{ "one port", HEADER_PORTS, 1 },
	{ "three ports", HEADER_PORTS, 3 },
	{ "2 + 2^24 ports", HEADER_PORTS + 3, 1 },
	{ "lowest flag", HEADER_FLAGS, 1 },
	{ "highest flag", HEADER_FLAGS + 3, 0x80 },
};

static const struct damage_row record_damage[] = {
	{ "head 16", RECORD_HEAD, 16 },
	{ "head 255", RECORD_HEAD, 255 },
	{ "tail 16", RECORD_TAIL, 16 },
	{ "tail 255", RECORD_TAIL, 255 },
	{ "count 17", RECORD_COUNT, 17 },
	{ "count 32", RECORD_COUNT, 32 },
	{ "count 255", RECORD_COUNT, 255 },
	{ "count 1 with head on tail", RECORD_COUNT, 1 },
	{ "head ahead of tail with nothing held", RECORD_HEAD, 1 },
	{ "tail ahead of head with nothing held", RECORD_TAIL, 15 },
	{ "dlab 1 without LCR", RECORD_DLAB, 1 },
	{ "dlab 2", RECORD_DLAB, 2 },
	{ "LCR without dlab", RECORD_LCR, 0x80 },
	{ "overrun 2", RECORD_OVERRUN, 2 },
	{ "overrun 255", RECORD_OVERRUN, 255 },
	{ "FIFO size 0", RECORD_FIFO_SIZE, 0 },
	{ "FIFO size 2", RECORD_FIFO_SIZE, 2 },
	{ "FIFO size 15", RECORD_FIFO_SIZE, 15 },
	{ "FIFO size 17", RECORD_FIFO_SIZE, 17 },
	{ "FIFO size 255", RECORD_FIFO_SIZE, 255 },
	{ "trigger 2", RECORD_TRIGGER, 2 },
	{ "trigger 13", RECORD_TRIGGER, 13 },
	{ "trigger 15", RECORD_TRIGGER, 15 },
	{ "trigger 255", RECORD_TRIGGER, 255 },
};

static void expect_refused(struct __test_metadata *_metadata, struct vfio_dev *dev,
			   const __u8 *stream, size_t size, const char *what)
{
	int data_fd, none;
	ssize_t ret;

	vfio_reset(dev);
	uart_run(dev, BUSY);
	data_fd = mig_set(dev, STATE_RESUMING);
	ret = __mig_write(data_fd, stream, size);
	if (ret != (ssize_t)size) {
		EXPECT_EQ(-EINVAL, ret)
			TH_LOG("%s: write", what);
	}
	EXPECT_EQ(-EINVAL, __mig_set(dev, STATE_STOP, &none))
		TH_LOG("%s: leaving RESUMING", what);
	EXPECT_EQ(-ENODEV, __mig_write(data_fd, stream, 1))
		TH_LOG("%s: the data file must be dead", what);
	expect_usable_again(_metadata, dev);
	close(data_fd);
}

TEST_F(device, damaged_headers_are_refused_while_they_are_written)
{
	const struct damage_row *row;
	__u8 stream[STREAM_MAX];
	int data_fd;

	for (row = header_damage; row < header_damage + ARRAY_SIZE(header_damage); row++) {
		stream_reset(stream, 2);
		stream[row->offset] = row->value;
		vfio_reset(&self->dev);
		data_fd = mig_set(&self->dev, STATE_RESUMING);
		EXPECT_EQ(-EINVAL, __mig_write(data_fd, stream, sizeof(stream)))
			TH_LOG("%s", row->what);
		EXPECT_GT(0, __mig_write(data_fd, stream, 1))
			TH_LOG("%s: later writes", row->what);
		close(data_fd);
		expect_refused(_metadata, &self->dev, stream, sizeof(stream), row->what);
	}
}

/* The error comes when the header is complete at the latest, however it was written. */
TEST_F(device, damaged_headers_are_refused_byte_by_byte)
{
	const struct damage_row *row;
	__u8 stream[STREAM_MAX];
	ssize_t ret = 0;
	int i, data_fd;

	for (row = header_damage; row < header_damage + ARRAY_SIZE(header_damage); row++) {
		stream_reset(stream, 2);
		stream[row->offset] = row->value;
		vfio_reset(&self->dev);
		data_fd = mig_set(&self->dev, STATE_RESUMING);
		for (i = 0; i < HEADER_SIZE; i++) {
			ret = __mig_write(data_fd, stream + i, 1);
			if (ret != 1)
				break;
		}
		EXPECT_EQ(-EINVAL, ret)
			TH_LOG("%s: byte %d", row->what, i);
		EXPECT_LE(row->offset, i)
			TH_LOG("%s: refused too early", row->what);
		close(data_fd);
	}
}

TEST_F(device, damaged_records_are_refused)
{
	const struct damage_row *row;
	__u8 stream[STREAM_MAX];
	unsigned int port;

	for (row = record_damage; row < record_damage + ARRAY_SIZE(record_damage); row++) {
		for (port = 0; port < DEVICE_PORTS; port++) {
			stream_reset(stream, 2);
			stream_record(stream, port)[row->offset] = row->value;
			stream_seal(stream_record(stream, port));
			expect_refused(_metadata, &self->dev, stream, sizeof(stream), row->what);
		}
	}
}

TEST_F(device, damaged_records_of_the_kernels_sample_are_refused)
{
	const struct damage_row *row;
	__u8 stream[STREAM_MAX];

	for (row = record_damage; row < record_damage + ARRAY_SIZE(record_damage); row++) {
		stream_reset(stream, 2);
		stream_record(stream, 0)[RECORD_EXTRA] = 0;
		stream_record(stream, 0)[row->offset] = row->value;
		expect_refused(_metadata, &self->dev, stream, sizeof(stream), row->what);
	}
}

TEST_F(device, short_streams_are_refused_at_every_length)
{
	__u8 stream[STREAM_MAX];
	size_t size;

	stream_reset(stream, 2);
	for (size = 1; size < sizeof(stream); size++)
		expect_refused(_metadata, &self->dev, stream, size, "short stream");
}

TEST_F(device, leaving_resuming_without_a_stream_is_an_error)
{
	uart_run(&self->dev, BUSY);
	EXPECT_EQ(-EINVAL, __mig_load(&self->dev, NULL, 0));
	expect_usable_again(_metadata, &self->dev);
}

TEST_F(device, a_stream_one_byte_too_long_is_refused_at_once)
{
	__u8 stream[STREAM_MAX + 1] = {};

	stream_reset(stream, 2);
	expect_refused(_metadata, &self->dev, stream, sizeof(stream), "long stream");
}

TEST_F(device, a_byte_after_the_stream_is_refused_when_it_comes)
{
	__u8 stream[STREAM_MAX];
	ssize_t size = stream_reset(stream, 2);
	int data_fd, none;

	uart_run(&self->dev, BUSY);
	data_fd = mig_set(&self->dev, STATE_RESUMING);
	EXPECT_EQ(size, __mig_write(data_fd, stream, size));
	EXPECT_EQ(-EINVAL, __mig_write(data_fd, stream, 1));
	EXPECT_GT(0, __mig_write(data_fd, stream, 1));
	EXPECT_EQ(-EINVAL, __mig_set(&self->dev, STATE_STOP, &none));
	expect_usable_again(_metadata, &self->dev);
}

TEST_F(device, streams_of_the_other_type_are_refused)
{
	__u8 one[STREAM_MAX], two[STREAM_MAX];

	stream_reset(one, 1);
	stream_reset(two, 2);
	expect_refused(_metadata, &self->dev, one, stream_size(1), "one-port stream");
	vfio_open_new(&self->other, &self->other_mdev, "mtty-1", variant->mode);
	expect_refused(_metadata, &self->other, two, stream_size(2), "two-port stream");
	two[HEADER_PORTS] = 1;
	expect_refused(_metadata, &self->other, two, stream_size(2), "two records for one port");
}

static void expect_error_after_leaving_for(struct __test_metadata *_metadata,
					   struct vfio_dev *dev, unsigned int state)
{
	int data_fd;

	vfio_reset(dev);
	mig_set(dev, STATE_RESUMING);
	EXPECT_EQ(-EINVAL, __mig_set(dev, state, &data_fd));
	EXPECT_EQ(-1, data_fd);
	EXPECT_EQ(STATE_ERROR, mig_get(dev))
		TH_LOG("on the way to %s", mig_state_name(state));
}

TEST_F(device, every_way_out_of_resuming_checks_the_stream)
{
	static const unsigned int states[] = {
		STATE_STOP, STATE_RUNNING, STATE_STOP_COPY, STATE_RUNNING_P2P,
		STATE_PRE_COPY, STATE_PRE_COPY_P2P,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++)
		expect_error_after_leaving_for(_metadata, &self->dev, states[i]);
}

static void write_pieces(int data_fd, const __u8 *stream, size_t size, size_t piece)
{
	size_t done, now;

	for (done = 0; done < size; done += now) {
		now = piece < size - done ? piece : size - done;
		CHECK(__mig_write(data_fd, stream + done, now) == (ssize_t)now,
		      "a piece of %zu bytes at %zu was not accepted", now, done);
	}
}

TEST_F(device, pieces_of_any_size_load_the_same_state)
{
	__u8 stream[STREAM_MAX], again[STREAM_MAX];
	size_t piece;
	int data_fd;

	uart_run(&self->dev, BUSY);
	mig_save(&self->dev, stream, sizeof(stream));
	for (piece = 1; piece < sizeof(stream); piece++) {
		vfio_reset(&self->dev);
		data_fd = mig_set(&self->dev, STATE_RESUMING);
		write_pieces(data_fd, stream, sizeof(stream), piece);
		mig_set(&self->dev, STATE_STOP);
		close(data_fd);
		mig_save(&self->dev, again, sizeof(again));
		EXPECT_EQ(0, memcmp(stream, again, sizeof(stream)))
			TH_LOG("pieces of %zu", piece);
	}
}

TEST_F(device, a_stream_split_anywhere_loads_the_same_state)
{
	__u8 stream[STREAM_MAX], again[STREAM_MAX];
	size_t split;
	int data_fd;

	uart_run(&self->dev, BUSY);
	mig_save(&self->dev, stream, sizeof(stream));
	for (split = 1; split < sizeof(stream); split++) {
		vfio_reset(&self->dev);
		data_fd = mig_set(&self->dev, STATE_RESUMING);
		write_pieces(data_fd, stream, split, split);
		write_pieces(data_fd, stream + split, sizeof(stream) - split, sizeof(stream));
		mig_set(&self->dev, STATE_STOP);
		close(data_fd);
		mig_save(&self->dev, again, sizeof(again));
		EXPECT_EQ(0, memcmp(stream, again, sizeof(stream)))
			TH_LOG("split after %zu", split);
	}
}

TEST_F(device, a_faulting_write_takes_nothing)
{
	__u8 stream[STREAM_MAX];
	int data_fd;

	uart_run(&self->dev, BUSY);
	mig_save(&self->dev, stream, sizeof(stream));
	vfio_reset(&self->dev);
	data_fd = mig_set(&self->dev, STATE_RESUMING);
	EXPECT_EQ(-EFAULT, __mig_write(data_fd, NOWHERE, 10));
	write_pieces(data_fd, stream, 30, 30);
	EXPECT_EQ(-EFAULT, __mig_write(data_fd, NOWHERE, 10));
	write_pieces(data_fd, stream + 30, sizeof(stream) - 30, sizeof(stream));
	mig_set(&self->dev, STATE_STOP);
	EXPECT_EQ(NULL, __uart_run(&self->dev, STILL_BUSY));
}

TEST_F(device, a_closed_data_file_keeps_what_was_written)
{
	__u8 stream[STREAM_MAX];
	int data_fd;

	uart_run(&self->dev, BUSY);
	mig_save(&self->dev, stream, sizeof(stream));
	vfio_reset(&self->dev);
	data_fd = mig_set(&self->dev, STATE_RESUMING);
	write_pieces(data_fd, stream, sizeof(stream), sizeof(stream));
	close(data_fd);
	mig_set(&self->dev, STATE_STOP);
	EXPECT_EQ(NULL, __uart_run(&self->dev, STILL_BUSY));
}

TEST_HARNESS_MAIN
