/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults that the kernel injects into one call of this task: the n-th place where
 * it allocates memory, or copies from or to the user, fails.
 */
#ifndef MTTY_LIB_FAIL_H
#define MTTY_LIB_FAIL_H

#include <stdbool.h>

#define FAIL_KNOBS	15

/* What the knobs were set to before; empty if they are as they were. */
struct fail_knobs {
	char saved[FAIL_KNOBS][24];
};

/* Why this kernel injects no faults; NULL if it does. */
const char *fail_missing(void);

/* Lets faults reach every allocation, and the kernel not tell of each. */
void fail_knobs_set(struct fail_knobs *knobs);
void fail_knobs_restore(struct fail_knobs *knobs);

/* Once the knobs are set: only places count that this function of the kernel has called. */
void fail_only_below(const char *function);

/* Only the call to fail may come in between; none fails after fail_arm(0). */
void fail_arm(unsigned int n);
/* Whether the call came as far as its n-th place, which then failed. */
bool fail_disarm(void);

#endif /* MTTY_LIB_FAIL_H */
