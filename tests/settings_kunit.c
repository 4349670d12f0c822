// SPDX-License-Identifier: GPL-2.0-only
/* Settings: what text they take and give */
#include <kunit/test.h>

#include "../mtty_settings.c"

#define ALL	(VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P | VFIO_MIGRATION_PRE_COPY)

/* A card about which everything has been chosen, nothing of it as it is by default */
static const struct mtty_settings chosen = {
	.features = VFIO_MIGRATION_STOP_COPY,
	.state_size = 4 * SZ_1K,
	.precopy_size = SZ_1K,
	.dirty_rate = 77,
	.bandwidth = 99,
};

/* Settings that are a number of bytes, perhaps a second */
static const struct number {
	const char *name;
	const struct mtty_setting *setting;
	size_t offset;
	bool at_any_time;
} numbers[] = {
	{ "state_size", &mtty_setting_state_size,
	  offsetof(struct mtty_settings, state_size) },
	{ "precopy_size", &mtty_setting_precopy_size,
	  offsetof(struct mtty_settings, precopy_size) },
	{ "dirty_rate", &mtty_setting_dirty_rate,
	  offsetof(struct mtty_settings, dirty_rate), true },
	{ "bandwidth", &mtty_setting_bandwidth,
	  offsetof(struct mtty_settings, bandwidth), true },
};

static void number_describe(const struct number *number, char *desc)
{
	strscpy(desc, number->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(number, numbers, number_describe);

static u64 *member(struct mtty_settings *settings, const struct number *number)
{
	return (u64 *)((u8 *)settings + number->offset);
}

struct features_text {
	const char *written;
	const char *read;
	unsigned int features;
};

static const struct features_text valid[] = {
	{ "none\n", "none\n", 0 },
	{ "stop-copy", "stop-copy\n", VFIO_MIGRATION_STOP_COPY },
	{ "p2p stop-copy\n", "stop-copy p2p\n",
	  VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P },
	{ "stop-copy pre-copy\n", "stop-copy pre-copy\n",
	  VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_PRE_COPY },
	{ "  pre-copy\tp2p   stop-copy p2p\n", "stop-copy p2p pre-copy\n", ALL },
};

static const char * const invalid[] = {
	"", "\n", "p2p", "pre-copy p2p", "none stop-copy", "stop-copy none", "Stop-Copy",
	"stop-copy,p2p", "stop-copy rdma", "stop", "stop-copyx",
	"stop-copy stop-copy stop-copy stop-copy stop-copy stop-copy stop-copy",
};

/* sysfs gives a page to write to. */
static char *page(struct kunit *test)
{
	char *page = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	return page;
}

static void expect_read(struct kunit *test, const struct mtty_settings *settings,
			const struct mtty_setting *setting, const char *text)
{
	char *buf = page(test);

	KUNIT_EXPECT_EQ(test, setting->show(settings, setting, buf), strlen(text));
	KUNIT_EXPECT_STREQ(test, buf, text);
}

static void features_are_read_as_they_can_be_written(struct kunit *test)
{
	struct mtty_settings settings = {};
	const char *text;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(valid); i++) {
		text = valid[i].written;
		KUNIT_EXPECT_EQ_MSG(test, mtty_settings_parse(&settings, &mtty_setting_features,
							      text), 0, "\"%s\"", text);
		KUNIT_EXPECT_EQ_MSG(test, settings.features, valid[i].features, "\"%s\"", text);
		text = valid[i].read;
		expect_read(test, &settings, &mtty_setting_features, text);
		KUNIT_EXPECT_EQ_MSG(test, mtty_settings_parse(&settings, &mtty_setting_features,
							      text), 0, "\"%s\"", text);
		KUNIT_EXPECT_EQ_MSG(test, settings.features, valid[i].features, "\"%s\"", text);
	}
}

static void invalid_features_are_refused_and_change_nothing(struct kunit *test)
{
	struct mtty_settings settings = chosen;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(invalid); i++) {
		KUNIT_EXPECT_EQ_MSG(test, mtty_settings_parse(&settings, &mtty_setting_features,
							      invalid[i]),
				    -EINVAL, "\"%s\"", invalid[i]);
		KUNIT_EXPECT_MEMEQ(test, &settings, &chosen, sizeof(chosen));
	}
}

static void a_new_card_has_all_features_and_no_payload(struct kunit *test)
{
	struct mtty_settings settings = {};

	mtty_settings_init(&settings);
	KUNIT_EXPECT_EQ(test, settings.features, ALL);
	KUNIT_EXPECT_EQ(test, settings.dirty_tracking, MTTY_HAVE_DIRTY_BITMAP);
	KUNIT_EXPECT_EQ(test, settings.state_size, 0);
	KUNIT_EXPECT_EQ(test, settings.precopy_size, 0);
	KUNIT_EXPECT_EQ(test, settings.dirty_rate, 0);
	KUNIT_EXPECT_EQ(test, settings.bandwidth, 0);
}

static void dirty_tracking_is_on_or_off(struct kunit *test)
{
	const struct mtty_setting *setting = &mtty_setting_dirty_tracking;
	struct mtty_settings settings = { .dirty_tracking = true };

	KUNIT_EXPECT_EQ(test, mtty_settings_parse(&settings, setting, "off\n"), 0);
	KUNIT_EXPECT_FALSE(test, settings.dirty_tracking);
	expect_read(test, &settings, setting, "off\n");
	KUNIT_EXPECT_EQ(test, mtty_settings_parse(&settings, setting, "maybe\n"), -EINVAL);
	KUNIT_EXPECT_EQ(test, mtty_settings_parse(&settings, setting, "\n"), -EINVAL);
	KUNIT_EXPECT_FALSE(test, settings.dirty_tracking);
	KUNIT_EXPECT_EQ(test, mtty_settings_parse(&settings, setting, "on\n"),
			MTTY_HAVE_DIRTY_BITMAP ? 0 : -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, settings.dirty_tracking, MTTY_HAVE_DIRTY_BITMAP);
	expect_read(test, &settings, setting, MTTY_HAVE_DIRTY_BITMAP ? "on\n" : "off\n");
}

struct bytes_text {
	const char *written;
	const char *read;
	u64 bytes;
};

static const struct bytes_text sizes[] = {
	{ "0", "0\n", 0 },
	{ "1\n", "1\n", 1 },
	{ "4096\n", "4096\n", 4096 },
	{ "1K", "1024\n", 1024 },
	{ "1k\n", "1024\n", 1024 },
	{ "3M\n", "3145728\n", 3145728 },
	{ "2G\n", "2147483648\n", 1ULL << 31 },
	{ "5g\n", "5368709120\n", 5ULL << 30 },
	{ "0T\n", "0\n", 0 },
	{ "1T\n", "1099511627776\n", 1ULL << 40 },
	{ "1024G\n", "1099511627776\n", 1ULL << 40 },
	{ "1048576M\n", "1099511627776\n", 1ULL << 40 },
	{ "1073741824K\n", "1099511627776\n", 1ULL << 40 },
	{ "1099511627776\n", "1099511627776\n", 1ULL << 40 },
};

static const char * const no_sizes[] = {
	"", "\n", "-1", "-0", "0x", "0x10", "1.5G", "one", "K", "T\n", "1KK", "1KM", "1B", "1P",
	"1KB", "1 2", "1K 2", "1 K", "1K 2K\n", "1\n2", "1\nK", "1K\n2", "1,000",
	/* Just above a terabyte */
	"1099511627777", "1073741825K", "1048577M", "1025G", "2T",
	/* 2^64 - 1, 2^64, and what is 0 or 1 K after an overflow */
	"18446744073709551615", "18446744073709551616", "18446744073709552640",
	"18014398509481984K", "17592186044416M", "17179869184G", "16777216T",
	"18014398509481985K", "100000000000000000000000000000000",
};

static void a_number_of_bytes_is_read_as_it_can_be_written(struct kunit *test)
{
	const struct number *number = test->param_value;
	struct mtty_settings settings = {};
	const char *text;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		settings.state_size = SZ_1T;
		text = sizes[i].written;
		KUNIT_EXPECT_EQ_MSG(test, mtty_settings_parse(&settings, number->setting, text),
				    0, "\"%s\"", text);
		KUNIT_EXPECT_EQ_MSG(test, *member(&settings, number), sizes[i].bytes, "\"%s\"",
				    text);
		text = sizes[i].read;
		expect_read(test, &settings, number->setting, text);
		KUNIT_EXPECT_EQ_MSG(test, mtty_settings_parse(&settings, number->setting, text),
				    0, "\"%s\"", text);
		KUNIT_EXPECT_EQ_MSG(test, *member(&settings, number), sizes[i].bytes, "\"%s\"",
				    text);
	}
}

static void any_other_number_is_refused_and_changes_nothing(struct kunit *test)
{
	const struct number *number = test->param_value;
	struct mtty_settings settings = chosen;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(no_sizes); i++) {
		KUNIT_EXPECT_EQ_MSG(test, mtty_settings_parse(&settings, number->setting,
							      no_sizes[i]),
				    -EINVAL, "\"%s\"", no_sizes[i]);
		KUNIT_EXPECT_MEMEQ(test, &settings, &chosen, sizeof(chosen));
	}
}

static void a_setting_changes_no_other(struct kunit *test)
{
	const struct number *number = test->param_value;
	struct mtty_settings settings = chosen, expected = chosen;

	*member(&expected, number) = 2048;
	KUNIT_EXPECT_EQ(test, mtty_settings_parse(&settings, number->setting, "2K\n"), 0);
	KUNIT_EXPECT_MEMEQ(test, &settings, &expected, sizeof(expected));
}

static void only_rates_can_change_while_the_card_is_open(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		KUNIT_EXPECT_EQ_MSG(test, numbers[i].setting->at_any_time,
				    numbers[i].at_any_time, "%s", numbers[i].name);
	KUNIT_EXPECT_FALSE(test, mtty_setting_features.at_any_time);
	KUNIT_EXPECT_FALSE(test, mtty_setting_dirty_tracking.at_any_time);
}

static void precopy_size_is_at_most_state_size(struct kunit *test)
{
	static const struct step {
		const struct mtty_setting *setting;
		const char *text;
		int expected;
		u64 state_size, precopy_size;
	} steps[] = {
		{ &mtty_setting_precopy_size, "1", -EINVAL, 0, 0 },
		{ &mtty_setting_precopy_size, "0", 0, 0, 0 },
		{ &mtty_setting_state_size, "4K", 0, 4096, 0 },
		{ &mtty_setting_precopy_size, "4097", -EINVAL, 4096, 0 },
		{ &mtty_setting_precopy_size, "4096", 0, 4096, 4096 },
		{ &mtty_setting_state_size, "4095", -EINVAL, 4096, 4096 },
		{ &mtty_setting_state_size, "0", -EINVAL, 4096, 4096 },
		{ &mtty_setting_precopy_size, "0", 0, 4096, 0 },
		{ &mtty_setting_state_size, "0", 0, 0, 0 },
	};
	struct mtty_settings settings = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		KUNIT_EXPECT_EQ_MSG(test, mtty_settings_parse(&settings, steps[i].setting,
							      steps[i].text),
				    steps[i].expected, "step %u", i);
		KUNIT_EXPECT_EQ_MSG(test, settings.state_size, steps[i].state_size, "step %u",
				    i);
		KUNIT_EXPECT_EQ_MSG(test, settings.precopy_size, steps[i].precopy_size,
				    "step %u", i);
	}
}

static struct kunit_case settings_cases[] = {
	KUNIT_CASE(features_are_read_as_they_can_be_written),
	KUNIT_CASE(invalid_features_are_refused_and_change_nothing),
	KUNIT_CASE(a_new_card_has_all_features_and_no_payload),
	KUNIT_CASE(dirty_tracking_is_on_or_off),
	KUNIT_CASE_PARAM(a_number_of_bytes_is_read_as_it_can_be_written, number_gen_params),
	KUNIT_CASE_PARAM(any_other_number_is_refused_and_changes_nothing, number_gen_params),
	KUNIT_CASE_PARAM(a_setting_changes_no_other, number_gen_params),
	KUNIT_CASE(only_rates_can_change_while_the_card_is_open),
	KUNIT_CASE(precopy_size_is_at_most_state_size),
	{}
};

static struct kunit_suite settings_suite = {
	.name = "mtty_settings",
	.test_cases = settings_cases,
};

kunit_test_suite(settings_suite);
