// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "fail.h"
#include "sysfs.h"

#define FAIL_NTH	"/proc/self/fail-nth"

static const struct {
	const char *path;
	const char *value;
} fail_knobs[FAIL_KNOBS] = {
	{ "/sys/kernel/debug/failslab/ignore-gfp-wait", "N" },
	{ "/sys/kernel/debug/failslab/times", "-1" },
	{ "/sys/kernel/debug/failslab/verbose", "0" },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N" },
	{ "/sys/kernel/debug/fail_page_alloc/min-order", "0" },
	{ "/sys/kernel/debug/fail_page_alloc/times", "-1" },
	{ "/sys/kernel/debug/fail_page_alloc/verbose", "0" },
	{ "/sys/kernel/debug/fail_usercopy/times", "-1" },
	{ "/sys/kernel/debug/fail_usercopy/verbose", "0" },
};

static int fail_nth = -1;

const char *fail_missing(void)
{
	size_t i;

	if (!sysfs_exists(FAIL_NTH))
		return "no " FAIL_NTH ": this kernel injects no faults";
	for (i = 0; i < FAIL_KNOBS; i++) {
		if (!sysfs_exists(fail_knobs[i].path))
			return "this kernel cannot inject every kind of fault";
	}
	return NULL;
}

static void write_knob(unsigned int knob, const char *value)
{
	int ret = __sysfs_write(fail_knobs[knob].path, value);

	CHECK(ret == 0, "%s does not take %s: %d", fail_knobs[knob].path, value, ret);
}

void fail_knobs_set(struct fail_knobs *knobs)
{
	unsigned int i;

	for (i = 0; i < FAIL_KNOBS; i++) {
		sysfs_read(fail_knobs[i].path, knobs->saved[i], sizeof(knobs->saved[i]));
		write_knob(i, fail_knobs[i].value);
	}
}

void fail_knobs_restore(struct fail_knobs *knobs)
{
	unsigned int i;

	for (i = 0; i < FAIL_KNOBS; i++) {
		if (knobs->saved[i][0])
			write_knob(i, knobs->saved[i]);
		knobs->saved[i][0] = 0;
	}
}

/* The file is of the task that opens it, which a child does for itself. */
void fail_arm(unsigned int n)
{
	char text[16];
	int len;

	if (fail_nth < 0)
		fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	len = snprintf(text, sizeof(text), "%u", n);
	CHECK(pwrite(fail_nth, text, len, 0) == len, FAIL_NTH " does not take %u", n);
}

/*
 * To read the number and to clear it are calls like any other: they count, and
 * whatever is left then fails in them instead.
 */
bool fail_disarm(void)
{
	char text[16] = "";
	ssize_t len = pread(fail_nth, text, sizeof(text) - 1, 0);

	CHECK(len > 0 || errno == EFAULT, "cannot read " FAIL_NTH);
	CHECK(pwrite(fail_nth, "0", 1, 0) == 1 || errno == EFAULT,
	      "cannot clear " FAIL_NTH);
	return len > 0 && text[0] == '0';
}
