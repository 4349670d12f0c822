/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fault rules of a card. Whoever can be made to fail asks them one question: what
 * happens to this pass?
 */
#ifndef MTTY_FAULT_H
#define MTTY_FAULT_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>

#include "mtty_fault_rule.h"

#define MTTY_FAULT_MAX_RULES	16

struct device;
struct kernfs_node;

/**
 * struct mtty_faults - the rules of a card
 */
struct mtty_faults {
	/** @dev: the card's device, for its name; constant */
	const struct device *dev;
	/** @lock: protects all that follows; innermost of all, inside the card's */
	spinlock_t lock;
	/** @rules: struct mtty_fault_rule, in the order of being written; protected by @lock */
	struct list_head rules;
	/** @nr_rules: their number; written under @lock, also read without it */
	unsigned int nr_rules;
	/** @attr: sysfs file to notify of hits, or NULL; protected by @lock */
	struct kernfs_node *attr;
};

void mtty_faults_init(struct mtty_faults *faults, const struct device *dev);
void mtty_faults_destroy(struct mtty_faults *faults);
void mtty_faults_notify(struct mtty_faults *faults, struct kernfs_node *attr);
int mtty_faults_add(struct mtty_faults *faults, const char *text,
		    bool (*arc_exists)(const struct mtty_fault_rule *rule));
void mtty_faults_clear(struct mtty_faults *faults);
int mtty_faults_show(struct mtty_faults *faults, char *buf);
void __mtty_faults_pass(struct mtty_faults *faults, const struct mtty_fault_pass *pass,
			struct mtty_fault_action *action);
int mtty_faults_call(struct mtty_faults *faults, enum mtty_fault_site site);
int mtty_fault_wait(u32 delay);

/**
 * mtty_faults_any() - find out if there are rules
 * @faults: the rules
 *
 * A rule that is just being added may come too late for the caller.
 *
 * Return: true if there are
 */
static inline bool mtty_faults_any(const struct mtty_faults *faults)
{
	return READ_ONCE(faults->nr_rules);
}

/**
 * mtty_faults_pass() - find out what happens to a pass
 * @faults: the rules
 * @pass: what comes past
 * @action: where to put what the first rule does that affects it, or nothing
 *
 * Never sleeps, so that the caller can release its locks before it waits.
 */
static inline void mtty_faults_pass(struct mtty_faults *faults,
				    const struct mtty_fault_pass *pass,
				    struct mtty_fault_action *action)
{
	*action = (struct mtty_fault_action){};
	action->offset = MTTY_FAULT_NO_OFFSET;
	if (mtty_faults_any(faults))
		__mtty_faults_pass(faults, pass, action);
}

#endif /* MTTY_FAULT_H */
