// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "fail.h"
#include "sysfs.h"

#define FAIL_NTH	"/proc/self/fail-nth"
#define SLAB		"/sys/kernel/debug/failslab/"
#define PAGES		"/sys/kernel/debug/fail_page_alloc/"
#define USERCOPY	"/sys/kernel/debug/fail_usercopy/"
/* A fault is injected only if the call stack holds an address in this range. */
#define START		"require-start"
#define END		"require-end"

static const struct {
	const char *path;
	const char *value;
} fail_knobs[FAIL_KNOBS] = {
	{ SLAB "ignore-gfp-wait", "N" },
	{ SLAB "times", "-1" },
	{ SLAB "verbose", "0" },
	{ SLAB START, "0" },
	{ SLAB END, "0xffffffffffffffff" },
	{ PAGES "ignore-gfp-wait", "N" },
	{ PAGES "min-order", "0" },
	{ PAGES "times", "-1" },
	{ PAGES "verbose", "0" },
	{ PAGES START, "0" },
	{ PAGES END, "0xffffffffffffffff" },
	{ USERCOPY "times", "-1" },
	{ USERCOPY "verbose", "0" },
	{ USERCOPY START, "0" },
	{ USERCOPY END, "0xffffffffffffffff" },
};

static int fail_nth = -1;

const char *fail_missing(void)
{
	size_t i;

	if (!sysfs_exists(FAIL_NTH))
		return "no " FAIL_NTH ": this kernel cannot inject faults";
	for (i = 0; i < FAIL_KNOBS; i++) {
		if (!sysfs_exists(fail_knobs[i].path))
			return "this kernel cannot inject every kind of fault";
	}
	return NULL;
}

static void write_path(const char *path, const char *value)
{
	int ret = __sysfs_write(path, value);

	CHECK(ret == 0, "%s rejects %s: %d", path, value, ret);
}

static void write_knob(unsigned int knob, const char *value)
{
	write_path(fail_knobs[knob].path, value);
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

static unsigned long first_behind(FILE *symbols, unsigned long address)
{
	unsigned long next, found = ULONG_MAX;

	rewind(symbols);
	while (fscanf(symbols, "%lx %*[^\n]", &next) == 1) {
		if (next > address && next < found)
			found = next;
	}
	return found;
}

static unsigned long address_of(FILE *symbols, const char *function)
{
	unsigned long address;
	char name[64];

	while (fscanf(symbols, "%lx %*c %63s%*[^\n]", &address, name) == 2) {
		if (!strcmp(name, function))
			return address;
	}
	CHECK(false, "this kernel has no %s", function);
	return 0;
}

void fail_only_below(const char *function)
{
	static const char * const attrs[] = { SLAB, PAGES, USERCOPY };
	FILE *symbols = fopen("/proc/kallsyms", "re");
	unsigned long start, end;
	char text[24];
	size_t i;

	CHECK(symbols, "cannot read the kernel's symbols");
	start = address_of(symbols, function);
	end = first_behind(symbols, start);
	fclose(symbols);
	for (i = 0; i < ARRAY_SIZE(attrs); i++) {
		snprintf(text, sizeof(text), "%#lx", start);
		write_path(SYSFS_PATH("%s" START, attrs[i]), text);
		snprintf(text, sizeof(text), "%#lx", end);
		write_path(SYSFS_PATH("%s" END, attrs[i]), text);
	}
}

/* The file belongs to the task that opens it, so each child opens its own. */
void fail_arm(unsigned int n)
{
	char text[16];
	int len;

	if (fail_nth < 0)
		fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	len = snprintf(text, sizeof(text), "%u", n);
	CHECK(pwrite(fail_nth, text, len, 0) == len, FAIL_NTH " rejects %u", n);
}

/*
 * Reading and clearing the number are system calls like any other. They count its places
 * too, so a fault that is still armed hits them instead.
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
