// SPDX-License-Identifier: GPL-2.0-only
/* The fault rules of a card: their list, and what they do to a pass */
#include "mtty_fault.h"

#include <linux/compiler.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "mtty_trace.h"

static_assert(MTTY_TRACE_RULE_LEN >= MTTY_FAULT_LINE_MAX);

/**
 * mtty_faults_init() - initialise a card's rules
 * @faults: the rules, of which there are none yet
 * @dev: the card's device
 */
void mtty_faults_init(struct mtty_faults *faults, const struct device *dev)
{
	faults->dev = dev;
	spin_lock_init(&faults->lock);
	INIT_LIST_HEAD(&faults->rules);
}

static void mtty_faults_free(struct list_head *rules)
{
	struct mtty_fault_rule *rule, *next;

	list_for_each_entry_safe(rule, next, rules, list)
		kfree(rule);
}

/**
 * mtty_faults_destroy() - undo mtty_faults_init()
 * @faults: rules of a card that nobody else knows any more
 */
void mtty_faults_destroy(struct mtty_faults *faults)
{
	mtty_faults_free(&faults->rules);
	sysfs_put(faults->attr);
}

/**
 * mtty_faults_notify() - choose the sysfs file that is notified of hits
 * @faults: the rules
 * @attr: the file, with a reference that this takes over; or NULL
 */
void mtty_faults_notify(struct mtty_faults *faults, struct kernfs_node *attr)
{
	spin_lock(&faults->lock);
	swap(faults->attr, attr);
	spin_unlock(&faults->lock);
	sysfs_put(attr);
}

/**
 * mtty_faults_clear() - remove all rules
 * @faults: the rules
 */
void mtty_faults_clear(struct mtty_faults *faults)
{
	LIST_HEAD(rules);

	spin_lock(&faults->lock);
	list_splice_init(&faults->rules, &rules);
	WRITE_ONCE(faults->nr_rules, 0);
	spin_unlock(&faults->lock);
	mtty_faults_free(&rules);
}

static int mtty_faults_check_arc(const struct mtty_fault_rule *rule,
				 bool (*arc_exists)(const struct mtty_fault_rule *rule))
{
	if (rule->site == MTTY_FAULT_ARC && !arc_exists(rule))
		return -EINVAL;
	return 0;
}

static int mtty_faults_parse_line(struct list_head *rules, const char *line, size_t len,
				  bool (*arc_exists)(const struct mtty_fault_rule *rule))
{
	struct mtty_fault_rule *rule = kmalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!rule)
		return -ENOMEM;
	ret = mtty_fault_rule_parse(rule, line, len) ?:
	      mtty_faults_check_arc(rule, arc_exists);
	if (ret) {
		kfree(rule);
		return ret;
	}
	list_add_tail(&rule->list, rules);
	return 0;
}

/* Number of rules, or a negative errno */
static int mtty_faults_parse(struct list_head *rules, const char *text,
			     bool (*arc_exists)(const struct mtty_fault_rule *rule))
{
	int nr_rules = 0;
	size_t len;
	int ret;

	for (; *text; text += len) {
		text += strspn(text, "\n");
		len = strcspn(text, "\n");
		if (!len)
			break;
		if (++nr_rules > MTTY_FAULT_MAX_RULES)
			return -ENOSPC;
		ret = mtty_faults_parse_line(rules, text, len, arc_exists);
		if (ret)
			return ret;
	}
	return nr_rules ?: -EINVAL;
}

static int mtty_faults_append_locked(struct mtty_faults *faults, struct list_head *rules,
				     unsigned int nr_rules)
{
	lockdep_assert_held(&faults->lock);
	if (faults->nr_rules + nr_rules > MTTY_FAULT_MAX_RULES)
		return -ENOSPC;
	list_splice_tail_init(rules, &faults->rules);
	WRITE_ONCE(faults->nr_rules, faults->nr_rules + nr_rules);
	return 0;
}

static int mtty_faults_append(struct mtty_faults *faults, struct list_head *rules,
			      unsigned int nr_rules)
{
	int ret;

	spin_lock(&faults->lock);
	ret = mtty_faults_append_locked(faults, rules, nr_rules);
	spin_unlock(&faults->lock);
	return ret;
}

/**
 * mtty_faults_add() - add rules
 * @faults: the rules
 * @text: one rule a line
 * @arc_exists: whether a device can walk an arc that a rule names
 *
 * Return: 0; if nothing was added, -EINVAL for a text that is no rule, -ENOSPC for too many,
 * or -ENOMEM
 */
int mtty_faults_add(struct mtty_faults *faults, const char *text,
		    bool (*arc_exists)(const struct mtty_fault_rule *rule))
{
	LIST_HEAD(rules);
	int ret;

	ret = mtty_faults_parse(&rules, text, arc_exists);
	if (ret > 0)
		ret = mtty_faults_append(faults, &rules, ret);
	mtty_faults_free(&rules);
	return ret;
}

/**
 * mtty_faults_show() - list the rules
 * @faults: the rules
 * @buf: where to put their text, a page
 *
 * Return: length of the text, one rule a line, which mtty_faults_add() accepts
 */
int mtty_faults_show(struct mtty_faults *faults, char *buf)
{
	char line[MTTY_FAULT_LINE_MAX];
	struct mtty_fault_rule *rule;
	int len = 0;

	spin_lock(&faults->lock);
	list_for_each_entry(rule, &faults->rules, list) {
		mtty_fault_rule_show(rule, line, sizeof(line));
		len += sysfs_emit_at(buf, len, "%s\n", line);
	}
	spin_unlock(&faults->lock);
	return len;
}

static void mtty_faults_hit(struct mtty_faults *faults, struct mtty_fault_rule *rule)
{
	lockdep_assert_held(&faults->lock);
	if (rule->hits < U32_MAX)
		rule->hits++;
	if (trace_fault_enabled()) {
		char line[MTTY_FAULT_LINE_MAX];

		mtty_fault_rule_show(rule, line, sizeof(line));
		trace_fault(dev_name(faults->dev), line);
	}
	if (faults->attr)
		sysfs_notify_dirent(faults->attr);
}

/**
 * __mtty_faults_pass() - mtty_faults_pass(), if there are rules
 * @faults: the rules
 * @pass: what comes past
 * @action: where to put what the first rule does that affects it; else left alone
 */
void __mtty_faults_pass(struct mtty_faults *faults, const struct mtty_fault_pass *pass,
			struct mtty_fault_action *action)
{
	struct mtty_fault_rule *rule;
	bool hit = false;

	spin_lock(&faults->lock);
	list_for_each_entry(rule, &faults->rules, list) {
		if (!mtty_fault_rule_pass(rule, pass) || hit)
			continue;
		hit = true;
		*action = rule->action;
		mtty_faults_hit(faults, rule);
	}
	spin_unlock(&faults->lock);
}

/**
 * mtty_fault_wait() - wait, unless the caller is killed
 * @delay: milliseconds
 *
 * Return: 0, or -EINTR
 */
int mtty_fault_wait(u32 delay)
{
	if (!delay)
		return 0;
	schedule_timeout_killable(msecs_to_jiffies(delay));
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/**
 * mtty_faults_call() - let a call pass a site
 * @faults: the rules
 * @site: a site that is neither an arc nor has a position
 *
 * Return: 0 if the call may go on, perhaps after a delay; what it is to fail with; or -EINTR
 */
int mtty_faults_call(struct mtty_faults *faults, enum mtty_fault_site site)
{
	const struct mtty_fault_pass pass = { .site = site, };
	struct mtty_fault_action action;

	mtty_faults_pass(faults, &pass, &action);
	return mtty_fault_wait(action.delay) ?: action.error;
}
