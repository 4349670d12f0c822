// SPDX-License-Identifier: GPL-2.0-only
/* Fault rules: their text, and which passes they affect */
#include <kunit/test.h>

#include "../mtty_fault_rule.c"

#define RUNNING		VFIO_DEVICE_STATE_RUNNING
#define STOP		VFIO_DEVICE_STATE_STOP
#define ANY		MTTY_FAULT_ANY_STATE

static int parse(struct mtty_fault_rule *rule, const char *text)
{
	return mtty_fault_rule_parse(rule, text, strlen(text));
}

static struct mtty_fault_rule parsed(struct kunit *test, const char *text)
{
	struct mtty_fault_rule rule = {};

	KUNIT_ASSERT_EQ_MSG(test, parse(&rule, text), 0, "\"%s\"", text);
	return rule;
}

static void expect_rule(struct kunit *test, const char *text,
			const struct mtty_fault_rule *seen,
			const struct mtty_fault_rule *expected)
{
	KUNIT_EXPECT_EQ_MSG(test, seen->site, expected->site, "\"%s\"", text);
	if (expected->site == MTTY_FAULT_ARC) {
		KUNIT_EXPECT_EQ_MSG(test, seen->from, expected->from, "\"%s\"", text);
		KUNIT_EXPECT_EQ_MSG(test, seen->to, expected->to, "\"%s\"", text);
	}
	KUNIT_EXPECT_EQ_MSG(test, seen->nth, expected->nth, "\"%s\"", text);
	KUNIT_EXPECT_EQ_MSG(test, seen->times, expected->times, "\"%s\"", text);
	KUNIT_EXPECT_EQ_MSG(test, seen->action.delay, expected->action.delay, "\"%s\"", text);
	KUNIT_EXPECT_EQ_MSG(test, seen->action.error, expected->action.error, "\"%s\"", text);
	KUNIT_EXPECT_EQ_MSG(test, seen->action.error_state, expected->action.error_state,
			    "\"%s\"", text);
	KUNIT_EXPECT_EQ_MSG(test, seen->action.corrupt, expected->action.corrupt, "\"%s\"",
			    text);
	KUNIT_EXPECT_EQ_MSG(test, seen->action.drop, expected->action.drop, "\"%s\"", text);
	KUNIT_EXPECT_EQ_MSG(test, seen->action.offset, expected->action.offset, "\"%s\"", text);
	KUNIT_EXPECT_EQ_MSG(test, seen->passes, 0, "\"%s\"", text);
	KUNIT_EXPECT_EQ_MSG(test, seen->hits, 0, "\"%s\"", text);
}

#define NONE	MTTY_FAULT_NO_OFFSET

/* Text, the same as it is read, and what it means */
static const struct meaning {
	const char *text;
	const char *read;
	struct mtty_fault_rule rule;
} meanings[] = {
	{ "open error=EIO", "open error=EIO hits=0",
	  { .site = MTTY_FAULT_OPEN, .nth = 1, .times = 1,
	    .action = { .error = -EIO, .offset = NONE } } },
	{ "reset delay=10", "reset delay=10 hits=0",
	  { .site = MTTY_FAULT_RESET, .nth = 1, .times = 1,
	    .action = { .delay = 10, .offset = NONE } } },
	{ "read nth=3 times=4 error=ENOMEM delay=60000 offset=1K corrupt",
	  "read nth=3 times=4 error=ENOMEM delay=60000 offset=1024 corrupt hits=0",
	  { .site = MTTY_FAULT_READ, .nth = 3, .times = 4,
	    .action = { .error = -ENOMEM, .delay = 60000, .offset = 1024, .corrupt = true } } },
	{ "read corrupt offset=0", "read offset=0 corrupt hits=0",
	  { .site = MTTY_FAULT_READ, .nth = 1, .times = 1,
	    .action = { .offset = 0, .corrupt = true } } },
	{ "write times=always offset=5G error=ENOSPC",
	  "write times=always error=ENOSPC offset=5368709120 hits=0",
	  { .site = MTTY_FAULT_WRITE, .nth = 1, .times = 0,
	    .action = { .error = -ENOSPC, .offset = 5ULL << 30 } } },
	{ "precopy_info error=5", "precopy_info error=EIO hits=0",
	  { .site = MTTY_FAULT_PRECOPY_INFO, .nth = 1, .times = 1,
	    .action = { .error = -EIO, .offset = NONE } } },
	{ "data_size error=44", "data_size error=44 hits=0",
	  { .site = MTTY_FAULT_DATA_SIZE, .nth = 1, .times = 1,
	    .action = { .error = -44, .offset = NONE } } },
	{ "log_start error=EOPNOTSUPP delay=0", "log_start error=EOPNOTSUPP hits=0",
	  { .site = MTTY_FAULT_LOG_START, .nth = 1, .times = 1,
	    .action = { .error = -EOPNOTSUPP, .offset = NONE } } },
	{ "log_read nth=4294967295 times=4294967295 error=EFAULT",
	  "log_read nth=4294967295 times=4294967295 error=EFAULT hits=0",
	  { .site = MTTY_FAULT_LOG_READ, .nth = U32_MAX, .times = U32_MAX,
	    .action = { .error = -EFAULT, .offset = NONE } } },
	{ "irq times=always drop", "irq times=always drop hits=0",
	  { .site = MTTY_FAULT_IRQ, .nth = 1, .times = 0,
	    .action = { .drop = true, .offset = NONE } } },
	{ "STOP->STOP_COPY nth=2 error=EIO", "STOP->STOP_COPY nth=2 error=EIO hits=0",
	  { .site = MTTY_FAULT_ARC, .from = STOP, .to = VFIO_DEVICE_STATE_STOP_COPY,
	    .nth = 2, .times = 1, .action = { .error = -EIO, .offset = NONE } } },
	{ "*->ERROR delay=1", "*->ERROR delay=1 hits=0",
	  { .site = MTTY_FAULT_ARC, .from = ANY, .to = VFIO_DEVICE_STATE_ERROR, .nth = 1,
	    .times = 1, .action = { .delay = 1, .offset = NONE } } },
	{ "\t RUNNING->*  state=ERROR \t error=EINTR hits=7 ",
	  "RUNNING->* error=EINTR state=ERROR hits=0",
	  { .site = MTTY_FAULT_ARC, .from = RUNNING, .to = ANY, .nth = 1, .times = 1,
	    .action = { .error = -EINTR, .error_state = true, .offset = NONE } } },
};

static void meaning_describe(const struct meaning *meaning, char *desc)
{
	strscpy(desc, meaning->read, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(meaning, meanings, meaning_describe);

static void a_rule_means_what_it_says(struct kunit *test)
{
	const struct meaning *meaning = test->param_value;
	const struct mtty_fault_rule rule = parsed(test, meaning->text);

	expect_rule(test, meaning->text, &rule, &meaning->rule);
}

static void a_rule_can_be_written_as_it_is_read(struct kunit *test)
{
	const struct meaning *meaning = test->param_value;
	struct mtty_fault_rule rule = parsed(test, meaning->text);
	char line[MTTY_FAULT_LINE_MAX];

	KUNIT_EXPECT_EQ(test, mtty_fault_rule_show(&rule, line, sizeof(line)),
			strlen(meaning->read));
	KUNIT_EXPECT_STREQ(test, line, meaning->read);
	rule = parsed(test, line);
	expect_rule(test, line, &rule, &meaning->rule);
}

static const char * const states[] = {
	[VFIO_DEVICE_STATE_ERROR] = "ERROR",
	[VFIO_DEVICE_STATE_STOP] = "STOP",
	[VFIO_DEVICE_STATE_RUNNING] = "RUNNING",
	[VFIO_DEVICE_STATE_STOP_COPY] = "STOP_COPY",
	[VFIO_DEVICE_STATE_RESUMING] = "RESUMING",
	[VFIO_DEVICE_STATE_RUNNING_P2P] = "RUNNING_P2P",
	[VFIO_DEVICE_STATE_PRE_COPY] = "PRE_COPY",
	[VFIO_DEVICE_STATE_PRE_COPY_P2P] = "PRE_COPY_P2P",
	[ANY] = "*",
};

static void any_arc_can_be_named_and_no_other_is_meant(struct kunit *test)
{
	unsigned int from, to, state;
	struct mtty_fault_rule rule;
	char text[64], line[64];

	for (from = 0; from <= ANY; from++) {
		for (to = 0; to <= ANY; to++) {
			snprintf(text, sizeof(text), "%s->%s error=EIO", states[from],
				 states[to]);
			rule = parsed(test, text);
			KUNIT_EXPECT_EQ_MSG(test, rule.site, MTTY_FAULT_ARC, "\"%s\"", text);
			strcat(text, " hits=0");
			mtty_fault_rule_show(&rule, line, sizeof(line));
			KUNIT_EXPECT_STREQ(test, line, text);
			for (state = 0; state < ANY; state++) {
				KUNIT_EXPECT_EQ_MSG(test,
						    mtty_fault_rule_names_arc(&rule, state, STOP),
						    (from == ANY || from == state) &&
						    (to == ANY || to == STOP),
						    "\"%s\": %s->STOP", text, states[state]);
				KUNIT_EXPECT_EQ_MSG(test,
						    mtty_fault_rule_names_arc(&rule, STOP, state),
						    (from == ANY || from == STOP) &&
						    (to == ANY || to == state),
						    "\"%s\": STOP->%s", text, states[state]);
			}
		}
	}
}

/* Those that VFIO calls return, and what a test may want instead */
static const struct error {
	const char *name;
	int error;
} errors[] = {
	{ "EPERM", EPERM }, { "EINTR", EINTR }, { "EIO", EIO }, { "ENXIO", ENXIO },
	{ "EAGAIN", EAGAIN }, { "ENOMEM", ENOMEM }, { "EFAULT", EFAULT }, { "EBUSY", EBUSY },
	{ "ENODEV", ENODEV }, { "EINVAL", EINVAL }, { "ENOTTY", ENOTTY }, { "ENOSPC", ENOSPC },
	{ "EPIPE", EPIPE }, { "ENOMSG", ENOMSG }, { "EPROTO", EPROTO }, { "EBADMSG", EBADMSG },
	{ "EOPNOTSUPP", EOPNOTSUPP }, { "ENOBUFS", ENOBUFS }, { "ETIMEDOUT", ETIMEDOUT },
	{ "ECANCELED", ECANCELED },
};

static void an_error_is_a_name_or_a_number(struct kunit *test)
{
	struct mtty_fault_rule rule;
	unsigned int i;
	char text[32];

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		snprintf(text, sizeof(text), "open error=%s", errors[i].name);
		rule = parsed(test, text);
		KUNIT_EXPECT_EQ_MSG(test, rule.action.error, -errors[i].error, "\"%s\"", text);
		snprintf(text, sizeof(text), "open error=%d", errors[i].error);
		rule = parsed(test, text);
		KUNIT_EXPECT_EQ_MSG(test, rule.action.error, -errors[i].error, "\"%s\"", text);
	}
}

static const char * const no_rules[] = {
	"", " ", "\t", "clear", "error=EIO", "error=EIO open", "open", "close error=EIO",
	"Open error=EIO", "openx error=EIO", "ope error=EIO", "open,error=EIO", "arc error=EIO",
	/* Arcs */
	"STOP error=EIO", "* error=EIO", "STOP-> error=EIO", "->STOP error=EIO", "-> error=EIO",
	"STOP->STOP->STOP error=EIO", "stop->STOP_COPY error=EIO", "STOP ->STOP_COPY error=EIO",
	"STOP->STOP_COPYX error=EIO", "STOP-STOP_COPY error=EIO", "**->STOP error=EIO",
	/* Rules that do nothing */
	"open nth=2", "open delay=0", "read offset=5", "irq times=always", "STOP->RUNNING hits=1",
	"STOP->RUNNING state=ERROR", "STOP->RUNNING state=ERROR delay=5", "read corrupt",
	/* Words */
	"open error=EIO twice", "open error=EIO error", "open error=EIO =", "open error =EIO",
	"open error= EIO", "open error=", "open error=EFOO", "open error=eio", "open error=IO",
	"open error=EIO=5", "open ERROR=EIO", "irq drop=1", "irq drop=", "read corrupt=1 offset=0",
	"STOP->STOP_COPY error=EIO state=STOP", "STOP->STOP_COPY error=EIO state=",
	"STOP->STOP_COPY error=EIO state", "open error=EIO nth", "open error=EIO times",
	"open delay", "read error=EIO offset", "open error=EIO hits",
	/* Numbers */
	"open error=0", "open error=-5", "open error=512", "open error=4096", "open error=5x",
	"open error=EIO nth=0", "open error=EIO nth=-1", "open error=EIO nth=4294967296",
	"open error=EIO nth=always", "open error=EIO nth=1K", "open error=EIO nth=0x1",
	"open error=EIO nth=", "open error=EIO times=0", "open error=EIO times=-1",
	"open error=EIO times=4294967296", "open error=EIO times=never", "open error=EIO times=",
	"open delay=60001", "open delay=-1", "open delay=4294967297", "open delay=1s",
	"open delay=", "read error=EIO offset=-1", "read error=EIO offset=2T",
	"read error=EIO offset=", "read error=EIO offset=18446744073709551615",
	"open error=EIO hits=", "open error=EIO hits=x", "open error=EIO hits=-1",
};

static void any_other_text_is_refused(struct kunit *test)
{
	struct mtty_fault_rule rule;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(no_rules); i++)
		KUNIT_EXPECT_EQ_MSG(test, parse(&rule, no_rules[i]), -EINVAL, "\"%s\"",
				    no_rules[i]);
}

static const char * const sites[] = {
	"STOP->STOP_COPY", "open", "reset", "read", "write", "precopy_info", "data_size",
	"log_start", "log_read", "irq",
};

#define CALLS \
	"STOP->STOP_COPY open reset read write precopy_info data_size log_start log_read"

/* A field, the sites that can have it, and what makes a rule with it useful there */
static const struct field {
	const char *text;
	const char *sites;
} fields[] = {
	{ "error=EIO", CALLS },
	{ "delay=7", CALLS },
	{ "error=EIO state=ERROR", "STOP->STOP_COPY" },
	{ "error=EIO offset=5", "read write" },
	{ "delay=5 offset=5", "read write" },
	{ "offset=5 corrupt", "read" },
	{ "drop", "irq" },
	{ "drop nth=2 times=2 hits=3", "irq" },
	{ "drop offset=5", "" },
	{ "drop error=EIO", "" },
	{ "drop delay=5", "" },
	{ "drop state=ERROR", "" },
	{ "drop corrupt", "" },
};

/* @words has @word. */
static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	const char *at = words;

	for (; (at = strstr(at, word)); at += len)
		if ((at == words || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

static void a_site_has_only_its_fields(struct kunit *test)
{
	struct mtty_fault_rule rule;
	unsigned int i, site;
	char text[64];

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		for (site = 0; site < ARRAY_SIZE(sites); site++) {
			snprintf(text, sizeof(text), "%s %s", sites[site], fields[i].text);
			KUNIT_EXPECT_EQ_MSG(test, parse(&rule, text),
					    has_word(fields[i].sites, sites[site]) ? 0 : -EINVAL,
					    "\"%s\"", text);
		}
	}
}

static void too_long_a_line_is_refused(struct kunit *test)
{
	char line[2 * MTTY_FAULT_LINE_MAX];
	struct mtty_fault_rule rule;
	size_t len;

	memset(line, ' ', sizeof(line));
	memcpy(line, "open error=EIO", strlen("open error=EIO"));
	for (len = 14; len <= sizeof(line); len++)
		KUNIT_EXPECT_EQ_MSG(test, mtty_fault_rule_parse(&rule, line, len),
				    len < MTTY_FAULT_LINE_MAX ? 0 : -EINVAL, "%zu bytes", len);
}

static void text_behind_the_line_is_not_looked_at(struct kunit *test)
{
	struct mtty_fault_rule rule;

	KUNIT_EXPECT_EQ(test, mtty_fault_rule_parse(&rule, "open error=E2BIG", 14), -EINVAL);
	KUNIT_EXPECT_EQ(test, mtty_fault_rule_parse(&rule, "open error=55x", 13), 0);
	KUNIT_EXPECT_EQ(test, rule.action.error, -55);
}

/* The longest of all, with room for the largest number of hits */
static void the_longest_rule_fits_into_a_line(struct kunit *test)
{
	static const char * const longest[] = {
		"PRE_COPY_P2P->PRE_COPY_P2P nth=4294967295 times=4294967295 error=ECONNRESET state=ERROR delay=60000 hits=4294967295",
		"read nth=4294967295 times=4294967295 error=ECONNRESET delay=60000 offset=1099511627776 corrupt hits=4294967295",
	};
	char line[MTTY_FAULT_LINE_MAX];
	struct mtty_fault_rule rule;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(longest); i++) {
		rule = parsed(test, longest[i]);
		rule.hits = U32_MAX;
		mtty_fault_rule_show(&rule, line, sizeof(line));
		KUNIT_EXPECT_STREQ(test, line, longest[i]);
	}
}

/* What of eight passes is affected: x */
static const struct affected {
	const char *text;
	const char *expected;
} affecteds[] = {
	{ "open error=EIO", "x-------" },
	{ "open error=EIO nth=3", "--x-----" },
	{ "open error=EIO times=2", "xx------" },
	{ "open error=EIO nth=3 times=4", "--xxxx--" },
	{ "open error=EIO times=always", "xxxxxxxx" },
	{ "open error=EIO nth=8 times=always", "-------x" },
	{ "open error=EIO nth=9", "--------" },
	{ "open error=EIO nth=4294967295 times=4294967295", "--------" },
	{ "open error=EIO nth=2 times=4294967295", "-xxxxxxx" },
};

static void affected_describe(const struct affected *affected, char *desc)
{
	strscpy(desc, affected->text, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(affected, affecteds, affected_describe);

/* Other sites come past in between, and do not count. */
static void passes_are_affected_by_their_number(struct kunit *test)
{
	const struct affected *affected = test->param_value;
	struct mtty_fault_rule rule = parsed(test, affected->text);
	struct mtty_fault_pass pass = {};
	char seen[9] = "";
	unsigned int i;

	for (i = 0; i < 8; i++) {
		for (pass.site = 0; pass.site < MTTY_FAULT_NR_SITES; pass.site++)
			if (pass.site != MTTY_FAULT_OPEN)
				KUNIT_EXPECT_FALSE_MSG(test, mtty_fault_rule_pass(&rule, &pass),
						       "site %u", pass.site);
		pass.site = MTTY_FAULT_OPEN;
		seen[i] = mtty_fault_rule_pass(&rule, &pass) ? 'x' : '-';
	}
	KUNIT_EXPECT_STREQ(test, seen, affected->expected);
}

static void an_arc_counts_only_if_the_rule_names_it(struct kunit *test)
{
	struct mtty_fault_pass pass = { .site = MTTY_FAULT_ARC, .from = STOP, .to = RUNNING };
	struct mtty_fault_rule rule = parsed(test, "STOP->* nth=2 error=EIO");

	KUNIT_EXPECT_FALSE(test, mtty_fault_rule_pass(&rule, &pass));
	pass.from = RUNNING;
	pass.to = STOP;
	KUNIT_EXPECT_FALSE(test, mtty_fault_rule_pass(&rule, &pass));
	pass.from = STOP;
	pass.to = VFIO_DEVICE_STATE_RESUMING;
	KUNIT_EXPECT_TRUE(test, mtty_fault_rule_pass(&rule, &pass));
	KUNIT_EXPECT_FALSE(test, mtty_fault_rule_pass(&rule, &pass));
}

struct crossing {
	u64 pos, count, offset;
	bool expected;
};

static const struct crossing crossings[] = {
	{ 0, 1, 0, true },
	{ 0, 0, 0, false },
	{ 0, 10, 9, true },
	{ 0, 10, 10, false },
	{ 10, 10, 9, false },
	{ 10, 10, 10, true },
	{ 10, 10, 19, true },
	{ 10, 10, 20, false },
	{ 10, 0, 10, false },
	{ 1ULL << 32, 4096, (1ULL << 32) + 4095, true },
	{ 1ULL << 32, 4096, 4095, false },
	{ (1ULL << 40) - 1, 2, 1ULL << 40, true },
};

/* Only what crosses the byte is a pass. */
static void a_rule_with_an_offset_affects_what_crosses_it(struct kunit *test)
{
	struct mtty_fault_pass pass = {};
	struct mtty_fault_rule rule;
	unsigned int i;
	char text[64];

	for (i = 0; i < ARRAY_SIZE(crossings); i++) {
		for (pass.site = MTTY_FAULT_READ; pass.site <= MTTY_FAULT_WRITE; pass.site++) {
			snprintf(text, sizeof(text), "%s error=EIO offset=%llu",
				 pass.site == MTTY_FAULT_READ ? "read" : "write",
				 crossings[i].offset);
			rule = parsed(test, text);
			pass.pos = crossings[i].pos;
			pass.count = crossings[i].count;
			KUNIT_EXPECT_EQ_MSG(test, mtty_fault_rule_pass(&rule, &pass),
					    crossings[i].expected, "\"%s\", %llu bytes at %llu",
					    text, pass.count, pass.pos);
			KUNIT_EXPECT_EQ_MSG(test, rule.passes, crossings[i].expected, "\"%s\"",
					    text);
		}
	}
}

static void without_an_offset_every_read_is_a_pass(struct kunit *test)
{
	struct mtty_fault_rule rule = parsed(test, "read error=EIO times=always");
	struct mtty_fault_pass pass = { .site = MTTY_FAULT_READ };

	KUNIT_EXPECT_TRUE(test, mtty_fault_rule_pass(&rule, &pass));
	pass.pos = 1ULL << 33;
	pass.count = 5;
	KUNIT_EXPECT_TRUE(test, mtty_fault_rule_pass(&rule, &pass));
}

static struct kunit_case fault_rule_cases[] = {
	KUNIT_CASE_PARAM(a_rule_means_what_it_says, meaning_gen_params),
	KUNIT_CASE_PARAM(a_rule_can_be_written_as_it_is_read, meaning_gen_params),
	KUNIT_CASE(any_arc_can_be_named_and_no_other_is_meant),
	KUNIT_CASE(an_error_is_a_name_or_a_number),
	KUNIT_CASE(any_other_text_is_refused),
	KUNIT_CASE(a_site_has_only_its_fields),
	KUNIT_CASE(too_long_a_line_is_refused),
	KUNIT_CASE(text_behind_the_line_is_not_looked_at),
	KUNIT_CASE(the_longest_rule_fits_into_a_line),
	KUNIT_CASE_PARAM(passes_are_affected_by_their_number, affected_gen_params),
	KUNIT_CASE(an_arc_counts_only_if_the_rule_names_it),
	KUNIT_CASE(a_rule_with_an_offset_affects_what_crosses_it),
	KUNIT_CASE(without_an_offset_every_read_is_a_pass),
	{}
};

static struct kunit_suite fault_rule_suite = {
	.name = "mtty_fault_rule",
	.test_cases = fault_rule_cases,
};

kunit_test_suite(fault_rule_suite);
