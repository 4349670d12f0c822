// SPDX-License-Identifier: GPL-2.0-only
/* The fault rules of a card: their list, and what they do to a pass */
/* The tracepoints are mtty.ko's. */
#define NOTRACE

#include "kunit_card.h"

#include "../mtty_fault.c"

static bool arc_exists(const struct mtty_fault_rule *rule)
{
	return rule->from != VFIO_DEVICE_STATE_ERROR;
}

static int add(struct mtty_faults *faults, const char *text)
{
	return mtty_faults_add(faults, text, arc_exists);
}

/* The rules are what is read, and as many are counted. */
static void expect_rules(struct kunit *test, struct mtty_faults *faults, const char *expected)
{
	char *buf = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	unsigned int lines = 0;
	const char *at;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (at = expected; (at = strchr(at, '\n')); at++)
		lines++;
	KUNIT_EXPECT_EQ(test, mtty_faults_show(faults, buf), strlen(expected));
	KUNIT_EXPECT_STREQ(test, buf, expected);
	KUNIT_EXPECT_EQ(test, faults->nr_rules, lines);
}

static struct mtty_fault_action pass_site(struct mtty_faults *faults,
					  enum mtty_fault_site site)
{
	const struct mtty_fault_pass pass = { .site = site };
	struct mtty_fault_action action;

	memset(&action, 0xa5, sizeof(action));
	mtty_faults_pass(faults, &pass, &action);
	return action;
}

static void rules_are_read_in_the_order_they_were_written(struct kunit *test)
{
	struct mtty_faults *faults = faults_new(test);

	expect_rules(test, faults, "");
	KUNIT_EXPECT_EQ(test, add(faults, "reset error=EIO\n"), 0);
	KUNIT_EXPECT_EQ(test, add(faults, "\n\nopen error=EIO\nSTOP->STOP_COPY delay=3"), 0);
	KUNIT_EXPECT_EQ(test, add(faults, "irq drop\n\n"), 0);
	expect_rules(test, faults,
		     "reset error=EIO hits=0\n"
		     "open error=EIO hits=0\n"
		     "STOP->STOP_COPY delay=3 hits=0\n"
		     "irq drop hits=0\n");
}

static void rules_are_read_as_they_can_be_written(struct kunit *test)
{
	struct mtty_faults *faults = faults_new(test), *others = faults_new(test);
	char *buf = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_EXPECT_EQ(test, add(faults, "open error=EIO\nirq nth=2 drop\n"), 0);
	mtty_faults_show(faults, buf);
	KUNIT_EXPECT_EQ(test, add(others, buf), 0);
	expect_rules(test, others, buf);
}

static void text_without_a_rule_is_refused(struct kunit *test)
{
	struct mtty_faults *faults = faults_new(test);

	KUNIT_EXPECT_EQ(test, add(faults, ""), -EINVAL);
	KUNIT_EXPECT_EQ(test, add(faults, "\n\n"), -EINVAL);
	KUNIT_EXPECT_EQ(test, add(faults, "\t\n"), -EINVAL);
	expect_rules(test, faults, "");
}

static void a_bad_line_among_good_ones_adds_nothing(struct kunit *test)
{
	static const char * const texts[] = {
		"open\nreset error=EIO\nirq drop\n",
		"reset error=EIO\nopen\nirq drop\n",
		"reset error=EIO\nirq drop\nopen",
		"reset error=EIO\nERROR->STOP error=EIO\n",
	};
	struct mtty_faults *faults = faults_new(test);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, add(faults, "open delay=1\n"), 0);
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		KUNIT_EXPECT_EQ_MSG(test, add(faults, texts[i]), -EINVAL, "\"%s\"", texts[i]);
		expect_rules(test, faults, "open delay=1 hits=0\n");
	}
}

static void a_seventeenth_rule_is_refused(struct kunit *test)
{
	struct mtty_faults *faults = faults_new(test);
	char text[17 * 16 + 1] = "", read[17 * 24] = "";
	unsigned int i;

	for (i = 0; i < 16; i++) {
		strcat(text, "open delay=1\n");
		strcat(read, "open delay=1 hits=0\n");
	}
	KUNIT_EXPECT_EQ(test, add(faults, text), 0);
	expect_rules(test, faults, read);
	KUNIT_EXPECT_EQ(test, add(faults, "open delay=2\n"), -ENOSPC);
	expect_rules(test, faults, read);

	mtty_faults_clear(faults);
	KUNIT_EXPECT_EQ(test, add(faults, "open delay=2\n"), 0);
	KUNIT_EXPECT_EQ(test, add(faults, text), -ENOSPC);
	expect_rules(test, faults, "open delay=2 hits=0\n");

	mtty_faults_clear(faults);
	strcat(text, "open delay=1\n");
	KUNIT_EXPECT_EQ(test, add(faults, text), -ENOSPC);
	expect_rules(test, faults, "");
}

static void sixteen_of_the_longest_rules_can_be_read(struct kunit *test)
{
	static const char longest[] = {
		"PRE_COPY_P2P->PRE_COPY_P2P nth=4294967295 times=4294967295 error=ECONNRESET state=ERROR delay=60000 hits=0\n"
	};
	struct mtty_faults *faults = faults_new(test);
	char *expected = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, expected);
	for (i = 0; i < 16; i++) {
		KUNIT_EXPECT_EQ(test, add(faults, longest), 0);
		strcat(expected, longest);
	}
	expect_rules(test, faults, expected);
}

static void clear_removes_all_rules(struct kunit *test)
{
	struct mtty_faults *faults = faults_new(test);

	KUNIT_EXPECT_EQ(test, add(faults, "open error=EIO\nreset error=EIO\n"), 0);
	mtty_faults_clear(faults);
	expect_rules(test, faults, "");
	KUNIT_EXPECT_EQ(test, mtty_faults_call(faults, MTTY_FAULT_OPEN), 0);
	mtty_faults_clear(faults);
	KUNIT_EXPECT_EQ(test, add(faults, "irq drop"), 0);
	expect_rules(test, faults, "irq drop hits=0\n");
}

static void without_a_matching_rule_nothing_happens(struct kunit *test)
{
	struct mtty_faults *faults = faults_new(test);
	struct mtty_fault_action action;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		action = pass_site(faults, MTTY_FAULT_READ);
		KUNIT_EXPECT_EQ(test, action.delay, 0);
		KUNIT_EXPECT_EQ(test, action.error, 0);
		KUNIT_EXPECT_FALSE(test, action.error_state);
		KUNIT_EXPECT_FALSE(test, action.corrupt);
		KUNIT_EXPECT_FALSE(test, action.drop);
		KUNIT_EXPECT_EQ(test, action.offset, MTTY_FAULT_NO_OFFSET);
		KUNIT_EXPECT_EQ(test, add(faults, "write error=EIO times=always"), 0);
	}
}

static void the_first_rule_that_matches_acts_alone(struct kunit *test)
{
	struct mtty_faults *faults = faults_new(test);

	KUNIT_EXPECT_EQ(test, add(faults,
				  "open error=EPERM nth=2\n"
				  "reset error=EIO times=always\n"
				  "open error=EBUSY times=2\n"
				  "open error=ENOMEM times=always\n"), 0);
	KUNIT_EXPECT_EQ(test, pass_site(faults, MTTY_FAULT_OPEN).error, -EBUSY);
	KUNIT_EXPECT_EQ(test, pass_site(faults, MTTY_FAULT_OPEN).error, -EPERM);
	KUNIT_EXPECT_EQ(test, pass_site(faults, MTTY_FAULT_OPEN).error, -ENOMEM);
	expect_rules(test, faults,
		     "open nth=2 error=EPERM hits=1\n"
		     "reset times=always error=EIO hits=0\n"
		     "open times=2 error=EBUSY hits=1\n"
		     "open times=always error=ENOMEM hits=1\n");
}

/* Also those that do not act, because another did. */
static void each_rule_counts_from_when_it_was_written(struct kunit *test)
{
	struct mtty_faults *faults = faults_new(test);

	KUNIT_EXPECT_EQ(test, add(faults, "open error=EIO times=2\nopen error=EPERM nth=3\n"), 0);
	KUNIT_EXPECT_EQ(test, pass_site(faults, MTTY_FAULT_OPEN).error, -EIO);
	KUNIT_EXPECT_EQ(test, add(faults, "open error=ENOMEM nth=3\n"), 0);
	KUNIT_EXPECT_EQ(test, pass_site(faults, MTTY_FAULT_OPEN).error, -EIO);
	KUNIT_EXPECT_EQ(test, pass_site(faults, MTTY_FAULT_OPEN).error, -EPERM);
	KUNIT_EXPECT_EQ(test, pass_site(faults, MTTY_FAULT_OPEN).error, -ENOMEM);
	KUNIT_EXPECT_EQ(test, pass_site(faults, MTTY_FAULT_OPEN).error, 0);
}

static void a_call_fails_as_the_rule_says(struct kunit *test)
{
	struct mtty_faults *faults = faults_new(test);

	KUNIT_EXPECT_EQ(test, add(faults, "reset error=ENXIO nth=2 delay=1\nopen delay=1\n"), 0);
	KUNIT_EXPECT_EQ(test, mtty_faults_call(faults, MTTY_FAULT_RESET), 0);
	KUNIT_EXPECT_EQ(test, mtty_faults_call(faults, MTTY_FAULT_OPEN), 0);
	KUNIT_EXPECT_EQ(test, mtty_faults_call(faults, MTTY_FAULT_RESET), -ENXIO);
	KUNIT_EXPECT_EQ(test, mtty_faults_call(faults, MTTY_FAULT_RESET), 0);
	expect_rules(test, faults,
		     "reset nth=2 error=ENXIO delay=1 hits=1\n"
		     "open delay=1 hits=1\n");
}

static void a_delay_lasts_as_long_as_the_rule_says(struct kunit *test)
{
	unsigned long begin = jiffies;

	KUNIT_EXPECT_EQ(test, mtty_fault_wait(0), 0);
	KUNIT_EXPECT_EQ(test, mtty_fault_wait(50), 0);
	KUNIT_EXPECT_GE(test, jiffies_to_msecs(jiffies - begin), 50);
}

static void an_action_is_the_whole_of_its_rule(struct kunit *test)
{
	const struct mtty_fault_pass arc = {
		.site = MTTY_FAULT_ARC,
		.from = VFIO_DEVICE_STATE_STOP,
		.to = VFIO_DEVICE_STATE_STOP_COPY,
	};
	const struct mtty_fault_pass read = { .site = MTTY_FAULT_READ, .pos = 5, .count = 5 };
	struct mtty_faults *faults = faults_new(test);
	struct mtty_fault_action action;

	KUNIT_EXPECT_EQ(test, add(faults, "STOP->* error=EIO state=ERROR delay=9"), 0);
	mtty_faults_pass(faults, &arc, &action);
	KUNIT_EXPECT_EQ(test, action.error, -EIO);
	KUNIT_EXPECT_TRUE(test, action.error_state);
	KUNIT_EXPECT_EQ(test, action.delay, 9);
	KUNIT_EXPECT_EQ(test, add(faults, "read offset=9 corrupt"), 0);
	mtty_faults_pass(faults, &read, &action);
	KUNIT_EXPECT_TRUE(test, action.corrupt);
	KUNIT_EXPECT_EQ(test, action.offset, 9);
	KUNIT_EXPECT_EQ(test, action.error, 0);
}

static struct kunit_case fault_cases[] = {
	KUNIT_CASE(rules_are_read_in_the_order_they_were_written),
	KUNIT_CASE(rules_are_read_as_they_can_be_written),
	KUNIT_CASE(text_without_a_rule_is_refused),
	KUNIT_CASE(a_bad_line_among_good_ones_adds_nothing),
	KUNIT_CASE(a_seventeenth_rule_is_refused),
	KUNIT_CASE(sixteen_of_the_longest_rules_can_be_read),
	KUNIT_CASE(clear_removes_all_rules),
	KUNIT_CASE(without_a_matching_rule_nothing_happens),
	KUNIT_CASE(the_first_rule_that_matches_acts_alone),
	KUNIT_CASE(each_rule_counts_from_when_it_was_written),
	KUNIT_CASE(a_call_fails_as_the_rule_says),
	KUNIT_CASE(a_delay_lasts_as_long_as_the_rule_says),
	KUNIT_CASE(an_action_is_the_whole_of_its_rule),
	{}
};

static struct kunit_suite fault_suite = {
	.name = "mtty_fault",
	.test_cases = fault_cases,
};

kunit_test_suite(fault_suite);
