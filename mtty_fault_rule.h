/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fault rule: what goes wrong, where, and how often. Pure functions on text and values.
 */
#ifndef MTTY_FAULT_RULE_H
#define MTTY_FAULT_RULE_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/vfio.h>

/* Longest delay, in milliseconds */
#define MTTY_FAULT_DELAY_MAX	60000
/* Longest line that a rule can be, with its zero */
#define MTTY_FAULT_LINE_MAX	192
/* struct mtty_fault_rule.from and .to: any state */
#define MTTY_FAULT_ANY_STATE	VFIO_DEVICE_STATE_NR

enum mtty_fault_site {
	MTTY_FAULT_ARC,
	MTTY_FAULT_OPEN,
	MTTY_FAULT_RESET,
	MTTY_FAULT_READ,
	MTTY_FAULT_WRITE,
	MTTY_FAULT_PRECOPY_INFO,
	MTTY_FAULT_DATA_SIZE,
	MTTY_FAULT_LOG_START,
	MTTY_FAULT_LOG_READ,
	MTTY_FAULT_IRQ,
	MTTY_FAULT_NR_SITES
};

/**
 * struct mtty_fault_pass - something comes past a site
 * @site: the site
 * @from: MTTY_FAULT_ARC: state that is left
 * @to: MTTY_FAULT_ARC: state that is entered
 * @pos: MTTY_FAULT_READ and MTTY_FAULT_WRITE: position in the stream
 * @count: likewise, number of bytes
 */
struct mtty_fault_pass {
	enum mtty_fault_site site;
	enum vfio_device_mig_state from;
	enum vfio_device_mig_state to;
	u64 pos;
	u64 count;
};

/**
 * struct mtty_fault_action - what a rule does
 * @delay: wait so long, in milliseconds
 * @error: then fail with this negative errno; 0: do not
 * @error_state: enter ERROR, too
 * @corrupt: one bit of the byte at @offset is wrong
 * @offset: position in the stream, or MTTY_FAULT_NO_OFFSET
 * @drop: the signal is lost
 */
struct mtty_fault_action {
	u32 delay;
	int error;
	bool error_state;
	bool corrupt;
	bool drop;
	u64 offset;
};

#define MTTY_FAULT_NO_OFFSET	U64_MAX

/**
 * struct mtty_fault_rule - a rule
 * @list: the card's rules
 * @site: where
 * @from: MTTY_FAULT_ARC: state that is left, or MTTY_FAULT_ANY_STATE
 * @to: MTTY_FAULT_ARC: state that is entered, or MTTY_FAULT_ANY_STATE
 * @nth: the pass that is the first to be affected, from 1
 * @times: how many passes are affected; 0: all that follow
 * @action: what happens to them
 * @passes: how many there were
 * @hits: how many were affected
 */
struct mtty_fault_rule {
	struct list_head list;
	enum mtty_fault_site site;
	enum vfio_device_mig_state from;
	enum vfio_device_mig_state to;
	u32 nth;
	u32 times;
	struct mtty_fault_action action;
	u32 passes;
	u32 hits;
};

int mtty_fault_rule_parse(struct mtty_fault_rule *rule, const char *line, size_t len);
int mtty_fault_rule_show(const struct mtty_fault_rule *rule, char *buf, size_t size);
bool mtty_fault_rule_names_arc(const struct mtty_fault_rule *rule,
			       enum vfio_device_mig_state from,
			       enum vfio_device_mig_state to);
bool mtty_fault_rule_pass(struct mtty_fault_rule *rule, const struct mtty_fault_pass *pass);

#endif /* MTTY_FAULT_RULE_H */
