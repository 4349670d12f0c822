/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault injection into one system call of this task: the n-th place where the kernel
 * allocates memory, or copies from or to user space, fails.
 */
#ifndef MTTY_LIB_FAIL_H
#define MTTY_LIB_FAIL_H

#include <stdbool.h>

#define FAIL_KNOBS	15

/* The previous values of the knobs; empty for a knob that has not been changed. */
struct fail_knobs {
	char saved[FAIL_KNOBS][24];
};

/* Why this kernel cannot inject faults; NULL if it can. */
const char *fail_missing(void);

/* Lets faults hit every allocation, and keeps the kernel from logging each one. */
void fail_knobs_set(struct fail_knobs *knobs);
void fail_knobs_restore(struct fail_knobs *knobs);

/* After fail_knobs_set(): count only places that this kernel function has called. */
void fail_only_below(const char *function);

/* The next call is the one to fail, then fail_disarm(); fail_arm(0) makes none fail. */
void fail_arm(unsigned int n);
/* Whether the call reached its n-th place, which then failed. */
bool fail_disarm(void);

#endif /* MTTY_LIB_FAIL_H */
