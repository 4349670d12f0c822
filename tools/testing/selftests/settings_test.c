// SPDX-License-Identifier: GPL-2.0-only
/* Settings in a card's sysfs directory: what they change for the user, and when they can change. */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>

#include "device_fixture.h"

#define DEBUGFS	"/sys/kernel/debug/vfio"
#define ALL	(VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P | VFIO_MIGRATION_PRE_COPY)

static void read_line(struct mdev *mdev, const char *name, char *line, size_t size)
{
	sysfs_read(CARD_PATH(mdev, name), line, size);
}

/* A device that nobody has opened */
FIXTURE(closed) {
	struct mdev mdev;
	struct vfio_dev dev;
};

FIXTURE_VARIANT(closed) {
	enum vfio_mode mode;
};

FIXTURE_VARIANT_ADD(closed, group) {
	.mode = VFIO_MODE_GROUP,
};

FIXTURE_VARIANT_ADD(closed, cdev) {
	.mode = VFIO_MODE_CDEV,
};

FIXTURE_SETUP(closed)
{
	const char *missing = vfio_mode_missing(variant->mode);

	if (missing)
		SKIP(return, "%s", missing);
	mdev_create(&self->mdev, "mtty-2");
}

FIXTURE_TEARDOWN_PARENT(closed)
{
	mdev_remove(&self->mdev);
}

/* The flags of VFIO_DEVICE_FEATURE_MIGRATION, or a negative errno */
static long migration_flags(struct vfio_dev *dev)
{
	struct vfio_device_feature_migration migration = {};
	int ret = __vfio_feature(dev, VFIO_DEVICE_FEATURE_MIGRATION | VFIO_DEVICE_FEATURE_GET,
				 &migration, sizeof(migration));

	return ret ?: (long)migration.flags;
}

TEST_F(closed, a_card_that_nobody_has_configured_offers_everything)
{
	char line[64];

	read_line(&self->mdev, "migration/features", line, sizeof(line));
	EXPECT_STREQ("stop-copy p2p pre-copy", line);
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	EXPECT_EQ(ALL, migration_flags(&self->dev));
}

/* Each way to stop, copy and go on again, by states that the card offers */
static void migrate(struct vfio_dev *dev, unsigned int flags)
{
	__u8 stream[STREAM_MAX], again[STREAM_MAX];
	size_t size;
	int data_fd;

	uart_run(dev, "W7=5a");
	if (flags & VFIO_MIGRATION_PRE_COPY) {
		data_fd = mig_set(dev, STATE_PRE_COPY);
		CHECK(mig_set(dev, STATE_RUNNING) < 0, "a session for RUNNING");
		close(data_fd);
		data_fd = mig_set(dev, STATE_PRE_COPY);
		CHECK(mig_read_all(data_fd, stream, sizeof(stream)) == 24, "not the header");
		mig_set(dev, STATE_STOP_COPY);
		mig_read_all(data_fd, stream, sizeof(stream));
		close(data_fd);
		mig_set(dev, STATE_RUNNING);
	}
	size = mig_save(dev, stream, sizeof(stream));
	vfio_reset(dev);
	mig_load(dev, stream, size);
	CHECK(mig_save(dev, again, sizeof(again)) == size, "another length");
	CHECK(!memcmp(stream, again, size), "another stream");
	mig_set(dev, STATE_RUNNING);
	uart_run(dev, "R7=5a");
}

TEST_F(closed, features_are_those_that_the_user_is_offered)
{
	static const struct {
		const char *text;
		unsigned int flags;
	} rows[] = {
		{ "stop-copy", VFIO_MIGRATION_STOP_COPY },
		{ "stop-copy p2p", VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P },
		{ "stop-copy pre-copy", VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_PRE_COPY },
		{ "stop-copy p2p pre-copy", ALL },
	};
	char line[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ASSERT_EQ(0, __card_set(&self->mdev, "migration/features", rows[i].text));
		read_line(&self->mdev, "migration/features", line, sizeof(line));
		EXPECT_STREQ(rows[i].text, line);
		vfio_open(&self->dev, self->mdev.uuid, variant->mode);
		EXPECT_EQ(rows[i].flags, migration_flags(&self->dev));
		migrate(&self->dev, rows[i].flags);
		vfio_close(&self->dev);
	}
}

TEST_F(closed, a_state_that_is_not_offered_is_refused)
{
	ASSERT_EQ(0, __card_set(&self->mdev, "migration/features", "stop-copy"));
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	EXPECT_EQ(-EINVAL, __mig_set(&self->dev, STATE_RUNNING_P2P, &(int) { 0 }));
	EXPECT_EQ(-EINVAL, __mig_set(&self->dev, STATE_PRE_COPY, &(int) { 0 }));
	EXPECT_EQ(-EINVAL, __mig_set(&self->dev, STATE_PRE_COPY_P2P, &(int) { 0 }));
	EXPECT_EQ(STATE_RUNNING, mig_get(&self->dev));
}

TEST_F(closed, without_features_there_is_no_migration)
{
	ASSERT_EQ(0, __card_set(&self->mdev, "migration/features", "none"));
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	EXPECT_EQ(-ENOTTY, migration_flags(&self->dev));
	EXPECT_EQ(-ENOTTY, __mig_set(&self->dev, STATE_STOP, &(int) { 0 }));
	uart_run(&self->dev, "W3=03 W0=41 R0=41");
	vfio_reset(&self->dev);
	vfio_close(&self->dev);

	ASSERT_EQ(0, __card_set(&self->mdev, "migration/features", "stop-copy p2p pre-copy"));
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	EXPECT_EQ(ALL, migration_flags(&self->dev));
}

TEST_F(closed, dirty_tracking_off_offers_no_dirty_logging)
{
	__u32 probe = VFIO_DEVICE_FEATURE_DMA_LOGGING_START | VFIO_DEVICE_FEATURE_SET |
		      VFIO_DEVICE_FEATURE_PROBE;
	char line[64];
	int offered;

	read_line(&self->mdev, "migration/dirty_tracking", line, sizeof(line));
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	offered = __vfio_feature(&self->dev, probe, NULL, 0);
	EXPECT_STREQ(offered == 0 ? "on" : "off", line);
	vfio_close(&self->dev);

	ASSERT_EQ(0, __card_set(&self->mdev, "migration/dirty_tracking", "off"));
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	EXPECT_EQ(-ENOTTY, __vfio_feature(&self->dev, probe, NULL, 0));
	EXPECT_EQ(ALL, migration_flags(&self->dev));
	vfio_close(&self->dev);

	EXPECT_EQ(offered == 0 ? 0 : -EOPNOTSUPP,
		  __card_set(&self->mdev, "migration/dirty_tracking", "on"));
}

TEST_F(closed, a_bad_value_is_refused_and_changes_nothing)
{
	static const char * const bad[] = { "p2p", "stop-copy rdma", "none p2p", " " };
	char line[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, __card_set(&self->mdev, "migration/features", bad[i]))
			TH_LOG("%s", bad[i]);
	}
	read_line(&self->mdev, "migration/features", line, sizeof(line));
	EXPECT_STREQ("stop-copy p2p pre-copy", line);
	EXPECT_EQ(-EINVAL, __card_set(&self->mdev, "migration/dirty_tracking", "perhaps"));
}

TEST_F(closed, settings_outlive_open_reset_and_close)
{
	char line[64];

	ASSERT_EQ(0, __card_set(&self->mdev, "migration/features", "stop-copy"));
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	vfio_reset(&self->dev);
	EXPECT_EQ(VFIO_MIGRATION_STOP_COPY, migration_flags(&self->dev));
	vfio_close(&self->dev);
	read_line(&self->mdev, "migration/features", line, sizeof(line));
	EXPECT_STREQ("stop-copy", line);
}

static int read_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char text[256];
	int fd;

	if (type != FTW_F)
		return 0;
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	while (read(fd, text, sizeof(text)) > 0)
		;
	close(fd);
	return 0;
}

/* The core's files look at what the settings take away; the kernel log tells. */
TEST_F(closed, debugfs_can_be_read_whatever_is_set)
{
	static const char * const rows[] = { "stop-copy", "none", "stop-copy p2p pre-copy" };
	size_t i;

	if (!sysfs_exists(DEBUGFS))
		SKIP(return, "this kernel has no " DEBUGFS);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ASSERT_EQ(0, __card_set(&self->mdev, "migration/features", rows[i]));
		ASSERT_EQ(0, nftw(DEBUGFS, read_file, 16, FTW_PHYS));
	}
}

TEST_F(device, an_open_device_cannot_be_configured)
{
	EXPECT_EQ(-EBUSY, __card_set(&self->mdev, "migration/features", "none"));
	EXPECT_EQ(-EBUSY, __card_set(&self->mdev, "migration/dirty_tracking", "off"));
	EXPECT_EQ(ALL, migration_flags(&self->dev));
	vfio_close(&self->dev);
	EXPECT_EQ(0, __card_set(&self->mdev, "migration/features", "none"));
}

/* Settings that are numbers, and whether they can change while the card is open */
static const struct {
	const char *name;
	bool at_any_time;
} numbers[] = {
	{ "migration/state_size", false },
	{ "migration/precopy_size", false },
	{ "migration/dirty_rate", true },
	{ "migration/bandwidth", true },
};

static void expect_setting(struct __test_metadata *_metadata, struct mdev *mdev,
			   const char *name, const char *expected)
{
	char text[64];

	card_get(mdev, name, text, sizeof(text));
	text[strcspn(text, "\n")] = 0;
	EXPECT_STREQ(expected, text)
		TH_LOG("%s", name);
}

TEST_F(closed, numbers_are_zero_at_first)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		expect_setting(_metadata, &self->mdev, numbers[i].name, "0");
}

TEST_F(closed, numbers_take_units_and_are_read_as_bytes)
{
	static const struct {
		const char *text;
		const char *bytes;
	} rows[] = {
		{ "1", "1" }, { "4096\n", "4096" }, { "1K", "1024" }, { "1k", "1024" },
		{ "3M", "3145728" }, { "3m\n", "3145728" }, { "2G", "2147483648" },
		{ "5g", "5368709120" }, { "1T", "1099511627776" }, { "1t", "1099511627776" },
		{ "1024G", "1099511627776" }, { "1099511627776", "1099511627776" },
		{ "0", "0" }, { "0T", "0" },
	};
	size_t i, j;

	for (j = 0; j < ARRAY_SIZE(rows); j++) {
		/* so that any precopy_size is allowed */
		card_set(&self->mdev, "migration/precopy_size", "0");
		card_set(&self->mdev, "migration/state_size", "1T");
		for (i = ARRAY_SIZE(numbers); i--;) {
			if (numbers[i].name == numbers[0].name)
				card_set(&self->mdev, "migration/precopy_size", "0");
			EXPECT_EQ(0, __card_set(&self->mdev, numbers[i].name, rows[j].text))
				TH_LOG("%s: %s", numbers[i].name, rows[j].text);
			expect_setting(_metadata, &self->mdev, numbers[i].name, rows[j].bytes);
		}
	}
}

TEST_F(closed, a_bad_number_is_refused_and_changes_nothing)
{
	static const char * const bad[] = {
		"-1", "+1", "x", "K", "1X", "1KB", "1 K", "1.5M", "0x10", "1K1", "1 2", " ", "\n",
		"1025G", "2T", "1099511627777", "18446744073709551616", "16777216T",
		"99999999999999999999999", "1,000",
	};
	size_t i, j;

	card_set(&self->mdev, "migration/state_size", "10000");
	card_set(&self->mdev, "migration/precopy_size", "1234");
	card_set(&self->mdev, "migration/dirty_rate", "1234");
	card_set(&self->mdev, "migration/bandwidth", "1234");
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		for (j = 0; j < ARRAY_SIZE(bad); j++) {
			EXPECT_EQ(-EINVAL, __card_set(&self->mdev, numbers[i].name, bad[j]))
				TH_LOG("%s: \"%s\"", numbers[i].name, bad[j]);
			expect_setting(_metadata, &self->mdev, numbers[i].name,
				       i ? "1234" : "10000");
		}
	}
}

TEST_F(closed, precopy_size_is_at_most_state_size)
{
	EXPECT_EQ(-EINVAL, __card_set(&self->mdev, "migration/precopy_size", "1"));
	card_set(&self->mdev, "migration/state_size", "1000");
	EXPECT_EQ(-EINVAL, __card_set(&self->mdev, "migration/precopy_size", "1001"));
	EXPECT_EQ(0, __card_set(&self->mdev, "migration/precopy_size", "1000"));
	EXPECT_EQ(-EINVAL, __card_set(&self->mdev, "migration/state_size", "999"));
	expect_setting(_metadata, &self->mdev, "migration/state_size", "1000");
	expect_setting(_metadata, &self->mdev, "migration/precopy_size", "1000");
	EXPECT_EQ(0, __card_set(&self->mdev, "migration/state_size", "1001"));
}

TEST_F(device, rates_change_at_any_time_and_sizes_do_not)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		EXPECT_EQ(numbers[i].at_any_time ? 0 : -EBUSY,
			  __card_set(&self->mdev, numbers[i].name, "1000"))
			TH_LOG("%s", numbers[i].name);
		expect_setting(_metadata, &self->mdev, numbers[i].name,
			       numbers[i].at_any_time ? "1000" : "0");
	}
	vfio_close(&self->dev);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		EXPECT_EQ(0, __card_set(&self->mdev, numbers[i].name, "1000"));
}

/* P4: neither open, reset nor close ends them, and each card has its own. */
TEST_F(device, numbers_outlive_open_reset_and_close)
{
	size_t i;

	vfio_close(&self->dev);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		card_set(&self->mdev, numbers[i].name, "1000");
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	vfio_reset(&self->dev);
	vfio_close(&self->dev);
	vfio_open_new(&self->other, &self->other_mdev, "mtty-2", variant->mode);
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		expect_setting(_metadata, &self->mdev, numbers[i].name, "1000");
		expect_setting(_metadata, &self->other_mdev, numbers[i].name, "0");
	}
}

TEST_F(device, a_trigger_signals_the_interrupt_that_it_names)
{
	int err = irq_enable_new(&self->dev, IRQ_ERR);
	int req = irq_enable_new(&self->dev, IRQ_REQ);

	EXPECT_EQ(0, __card_set(&self->mdev, "trigger", "err"));
	EXPECT_EQ(1, eventfd_take(err));
	EXPECT_EQ(0, eventfd_take(req));
	EXPECT_EQ(0, __card_set(&self->mdev, "trigger", "req\n"));
	EXPECT_EQ(0, eventfd_take(err));
	EXPECT_EQ(1, eventfd_take(req));
}

TEST_F(device, a_trigger_that_reaches_nobody_says_so)
{
	EXPECT_EQ(-ENOTCONN, __card_set(&self->mdev, "trigger", "err"));
	EXPECT_EQ(-ENOTCONN, __card_set(&self->mdev, "trigger", "req"));
	EXPECT_EQ(-EINVAL, __card_set(&self->mdev, "trigger", "nmi"));
	EXPECT_EQ(-EINVAL, __card_set(&self->mdev, "trigger", " "));
}

TEST_HARNESS_MAIN
