// SPDX-License-Identifier: GPL-2.0-only
/* Fault rules: their text, and which passes of a site they affect. */
#include "mtty_fault_rule.h"

#include <linux/array_size.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "mtty_settings.h"

#define MTTY_FAULT_BLANKS	" \t"
#define MTTY_FAULT_ANY_SITE	(BIT(MTTY_FAULT_NR_SITES) - 1)
/* An interrupt is signalled under a spinlock by whoever causes it: no call can fail or wait. */
#define MTTY_FAULT_CALLS	(MTTY_FAULT_ANY_SITE & ~BIT(MTTY_FAULT_IRQ))

/* An arc is named by its states. */
static const char * const mtty_fault_sites[MTTY_FAULT_NR_SITES] = {
	[MTTY_FAULT_OPEN] = "open",
	[MTTY_FAULT_RESET] = "reset",
	[MTTY_FAULT_READ] = "read",
	[MTTY_FAULT_WRITE] = "write",
	[MTTY_FAULT_PRECOPY_INFO] = "precopy_info",
	[MTTY_FAULT_DATA_SIZE] = "data_size",
	[MTTY_FAULT_LOG_START] = "log_start",
	[MTTY_FAULT_LOG_READ] = "log_read",
	[MTTY_FAULT_IRQ] = "irq",
};

static const char * const mtty_fault_states[] = {
	[VFIO_DEVICE_STATE_ERROR] = "ERROR",
	[VFIO_DEVICE_STATE_STOP] = "STOP",
	[VFIO_DEVICE_STATE_RUNNING] = "RUNNING",
	[VFIO_DEVICE_STATE_STOP_COPY] = "STOP_COPY",
	[VFIO_DEVICE_STATE_RESUMING] = "RESUMING",
	[VFIO_DEVICE_STATE_RUNNING_P2P] = "RUNNING_P2P",
	[VFIO_DEVICE_STATE_PRE_COPY] = "PRE_COPY",
	[VFIO_DEVICE_STATE_PRE_COPY_P2P] = "PRE_COPY_P2P",
	[MTTY_FAULT_ANY_STATE] = "*",
};

/* errname() is not in every kernel. These are errors that a driver's calls return. */
static const struct {
	const char *name;
	int error;
} mtty_fault_errors[] = {
	{ "EPERM", EPERM }, { "ENOENT", ENOENT }, { "EINTR", EINTR }, { "EIO", EIO },
	{ "ENXIO", ENXIO }, { "E2BIG", E2BIG }, { "EBADF", EBADF }, { "EAGAIN", EAGAIN },
	{ "ENOMEM", ENOMEM }, { "EACCES", EACCES }, { "EFAULT", EFAULT }, { "EBUSY", EBUSY },
	{ "EEXIST", EEXIST }, { "ENODEV", ENODEV }, { "EINVAL", EINVAL },
	{ "ENFILE", ENFILE }, { "EMFILE", EMFILE }, { "ENOTTY", ENOTTY },
	{ "EFBIG", EFBIG }, { "ENOSPC", ENOSPC }, { "EPIPE", EPIPE }, { "ERANGE", ERANGE },
	{ "ENOMSG", ENOMSG }, { "ENODATA", ENODATA }, { "ETIME", ETIME },
	{ "EPROTO", EPROTO }, { "EBADMSG", EBADMSG }, { "EOVERFLOW", EOVERFLOW },
	{ "EILSEQ", EILSEQ }, { "EMSGSIZE", EMSGSIZE }, { "EOPNOTSUPP", EOPNOTSUPP },
	{ "ENOBUFS", ENOBUFS }, { "ENOTCONN", ENOTCONN }, { "ETIMEDOUT", ETIMEDOUT },
	{ "ECONNRESET", ECONNRESET }, { "EALREADY", EALREADY }, { "ESTALE", ESTALE },
	{ "EREMOTEIO", EREMOTEIO }, { "ECANCELED", ECANCELED }, { "EHWPOISON", EHWPOISON },
};

/* Numbers above belong to the kernel itself. */
#define MTTY_FAULT_ERROR_MAX	EHWPOISON

static int mtty_fault_parse_number(const char *value, u32 min, u32 max, u32 *number)
{
	return kstrtou32(value, 10, number) || *number < min || *number > max ? -EINVAL : 0;
}

static int mtty_fault_parse_nth(struct mtty_fault_rule *rule, const char *value)
{
	return mtty_fault_parse_number(value, 1, U32_MAX, &rule->nth);
}

static int mtty_fault_parse_times(struct mtty_fault_rule *rule, const char *value)
{
	if (!strcmp(value, "always")) {
		rule->times = 0;
		return 0;
	}
	return mtty_fault_parse_number(value, 1, U32_MAX, &rule->times);
}

static int mtty_fault_parse_error(struct mtty_fault_rule *rule, const char *value)
{
	unsigned int i;
	u32 error;

	for (i = 0; i < ARRAY_SIZE(mtty_fault_errors); i++) {
		if (!strcmp(value, mtty_fault_errors[i].name)) {
			rule->action.error = -mtty_fault_errors[i].error;
			return 0;
		}
	}
	if (mtty_fault_parse_number(value, 1, MTTY_FAULT_ERROR_MAX, &error))
		return -EINVAL;
	rule->action.error = -(int)error;
	return 0;
}

static int mtty_fault_parse_state(struct mtty_fault_rule *rule, const char *value)
{
	rule->action.error_state = !strcmp(value, "ERROR");
	return rule->action.error_state ? 0 : -EINVAL;
}

static int mtty_fault_parse_delay(struct mtty_fault_rule *rule, const char *value)
{
	return mtty_fault_parse_number(value, 0, MTTY_FAULT_DELAY_MAX, &rule->action.delay);
}

static int mtty_fault_parse_offset(struct mtty_fault_rule *rule, const char *value)
{
	return mtty_settings_parse_bytes(value, &rule->action.offset);
}

static int mtty_fault_parse_corrupt(struct mtty_fault_rule *rule, const char *value)
{
	rule->action.corrupt = true;
	return 0;
}

static int mtty_fault_parse_drop(struct mtty_fault_rule *rule, const char *value)
{
	rule->action.drop = true;
	return 0;
}

/* A rule that is written back counts anew. */
static int mtty_fault_parse_hits(struct mtty_fault_rule *rule, const char *value)
{
	u32 hits;

	return mtty_fault_parse_number(value, 0, U32_MAX, &hits);
}

static const struct mtty_fault_field {
	const char *name;
	bool has_value;
	unsigned long sites;
	int (*parse)(struct mtty_fault_rule *rule, const char *value);
} mtty_fault_fields[] = {
	{ "nth", true, MTTY_FAULT_ANY_SITE, mtty_fault_parse_nth },
	{ "times", true, MTTY_FAULT_ANY_SITE, mtty_fault_parse_times },
	{ "error", true, MTTY_FAULT_CALLS, mtty_fault_parse_error },
	{ "state", true, BIT(MTTY_FAULT_ARC), mtty_fault_parse_state },
	{ "delay", true, MTTY_FAULT_CALLS, mtty_fault_parse_delay },
	{ "offset", true, BIT(MTTY_FAULT_READ) | BIT(MTTY_FAULT_WRITE),
	  mtty_fault_parse_offset },
	{ "corrupt", false, BIT(MTTY_FAULT_READ), mtty_fault_parse_corrupt },
	{ "drop", false, BIT(MTTY_FAULT_IRQ), mtty_fault_parse_drop },
	{ "hits", true, MTTY_FAULT_ANY_SITE, mtty_fault_parse_hits },
};

static int mtty_fault_parse_field(struct mtty_fault_rule *rule, char *word)
{
	char *value = word, *name = strsep(&value, "=");
	const struct mtty_fault_field *field;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mtty_fault_fields); i++) {
		field = &mtty_fault_fields[i];
		if (!strcmp(name, field->name)) {
			if (!(field->sites & BIT(rule->site)) || field->has_value != !!value)
				return -EINVAL;
			return field->parse(rule, value);
		}
	}
	return -EINVAL;
}

static int mtty_fault_parse_arc(struct mtty_fault_rule *rule, char *from, char *to)
{
	int from_state = match_string(mtty_fault_states, ARRAY_SIZE(mtty_fault_states), from);
	int to_state = match_string(mtty_fault_states, ARRAY_SIZE(mtty_fault_states), to);

	if (from_state < 0 || to_state < 0)
		return -EINVAL;
	rule->site = MTTY_FAULT_ARC;
	rule->from = from_state;
	rule->to = to_state;
	return 0;
}

static int mtty_fault_parse_site(struct mtty_fault_rule *rule, char *word)
{
	char *arrow = strstr(word, "->");
	unsigned int i;

	if (arrow) {
		*arrow = '\0';
		return mtty_fault_parse_arc(rule, word, arrow + strlen("->"));
	}
	for (i = MTTY_FAULT_ARC + 1; i < MTTY_FAULT_NR_SITES; i++) {
		if (!strcmp(word, mtty_fault_sites[i])) {
			rule->site = i;
			return 0;
		}
	}
	return -EINVAL;
}

static bool mtty_fault_rule_complete(const struct mtty_fault_rule *rule)
{
	const struct mtty_fault_action *action = &rule->action;

	if (action->error_state && !action->error)
		return false;
	if (action->corrupt && action->offset == MTTY_FAULT_NO_OFFSET)
		return false;
	return action->error || action->delay || action->corrupt || action->drop;
}

/**
 * mtty_fault_rule_parse() - make a rule from text
 * @rule: where to put it
 * @line: the text: a site, then fields
 * @len: its length
 *
 * Whether there is such an arc is for the caller to check.
 *
 * Return: 0, or -EINVAL for any other text, or a rule that lacks what it does
 */
int mtty_fault_rule_parse(struct mtty_fault_rule *rule, const char *line, size_t len)
{
	char buf[MTTY_FAULT_LINE_MAX], *words = buf, *word;
	bool have_site = false;
	int ret;

	if (len >= sizeof(buf))
		return -EINVAL;
	memcpy(buf, line, len);
	buf[len] = '\0';
	*rule = (struct mtty_fault_rule){
		.nth = 1,
		.times = 1,
		.action.offset = MTTY_FAULT_NO_OFFSET,
	};
	while ((word = strsep(&words, MTTY_FAULT_BLANKS))) {
		if (!*word)
			continue;
		ret = have_site ? mtty_fault_parse_field(rule, word) :
				  mtty_fault_parse_site(rule, word);
		if (ret)
			return ret;
		have_site = true;
	}
	return have_site && mtty_fault_rule_complete(rule) ? 0 : -EINVAL;
}

static int mtty_fault_show_site(const struct mtty_fault_rule *rule, char *buf, size_t size)
{
	if (rule->site == MTTY_FAULT_ARC)
		return scnprintf(buf, size, "%s->%s", mtty_fault_states[rule->from],
				 mtty_fault_states[rule->to]);
	return scnprintf(buf, size, "%s", mtty_fault_sites[rule->site]);
}

static int mtty_fault_show_error(int error, char *buf, size_t size)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mtty_fault_errors); i++)
		if (mtty_fault_errors[i].error == -error)
			return scnprintf(buf, size, " error=%s", mtty_fault_errors[i].name);
	return scnprintf(buf, size, " error=%d", -error);
}

static int mtty_fault_show_action(const struct mtty_fault_action *action, char *buf,
				  size_t size)
{
	int len = 0;

	if (action->error)
		len += mtty_fault_show_error(action->error, buf + len, size - len);
	if (action->error_state)
		len += scnprintf(buf + len, size - len, " state=ERROR");
	if (action->delay)
		len += scnprintf(buf + len, size - len, " delay=%u", action->delay);
	if (action->offset != MTTY_FAULT_NO_OFFSET)
		len += scnprintf(buf + len, size - len, " offset=%llu", action->offset);
	if (action->corrupt)
		len += scnprintf(buf + len, size - len, " corrupt");
	if (action->drop)
		len += scnprintf(buf + len, size - len, " drop");
	return len;
}

/**
 * mtty_fault_rule_show() - a rule as text
 * @rule: the rule
 * @buf: where to put it, with a zero at its end
 * @size: bytes there; MTTY_FAULT_LINE_MAX are enough
 *
 * Return: length of the text, which mtty_fault_rule_parse() accepts
 */
int mtty_fault_rule_show(const struct mtty_fault_rule *rule, char *buf, size_t size)
{
	int len = mtty_fault_show_site(rule, buf, size);

	if (rule->nth != 1)
		len += scnprintf(buf + len, size - len, " nth=%u", rule->nth);
	if (!rule->times)
		len += scnprintf(buf + len, size - len, " times=always");
	else if (rule->times != 1)
		len += scnprintf(buf + len, size - len, " times=%u", rule->times);
	len += mtty_fault_show_action(&rule->action, buf + len, size - len);
	return len + scnprintf(buf + len, size - len, " hits=%u", rule->hits);
}

static bool mtty_fault_state_matches(enum vfio_device_mig_state wanted,
				     enum vfio_device_mig_state state)
{
	return wanted == MTTY_FAULT_ANY_STATE || wanted == state;
}

/**
 * mtty_fault_rule_names_arc() - find out if a rule is for an arc
 * @rule: rule whose site is MTTY_FAULT_ARC
 * @from: state that is left
 * @to: state that is entered
 *
 * Return: true if it is
 */
bool mtty_fault_rule_names_arc(const struct mtty_fault_rule *rule,
			       enum vfio_device_mig_state from,
			       enum vfio_device_mig_state to)
{
	return mtty_fault_state_matches(rule->from, from) &&
	       mtty_fault_state_matches(rule->to, to);
}

static bool mtty_fault_rule_matches(const struct mtty_fault_rule *rule,
				    const struct mtty_fault_pass *pass)
{
	u64 offset = rule->action.offset;

	if (rule->site != pass->site)
		return false;
	if (rule->site == MTTY_FAULT_ARC)
		return mtty_fault_rule_names_arc(rule, pass->from, pass->to);
	return offset == MTTY_FAULT_NO_OFFSET ||
	       (offset >= pass->pos && offset - pass->pos < pass->count);
}

/**
 * mtty_fault_rule_pass() - count a pass
 * @rule: the rule
 * @pass: what comes past
 *
 * Return: true if the rule affects it
 */
bool mtty_fault_rule_pass(struct mtty_fault_rule *rule, const struct mtty_fault_pass *pass)
{
	if (!mtty_fault_rule_matches(rule, pass))
		return false;
	if (rule->passes < U32_MAX)
		rule->passes++;
	return rule->passes >= rule->nth &&
	       (!rule->times || rule->passes - rule->nth < rule->times);
}
