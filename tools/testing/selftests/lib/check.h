/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the library fails: x() prints what went wrong, where and why, and ends the
 * test. __x() returns a negative errno instead, for callers that expect errors.
 */
#ifndef MTTY_LIB_CHECK_H
#define MTTY_LIB_CHECK_H

#include "kselftest.h"

void __noreturn __printf(4, 5) check_failed(const char *file, int line, const char *what,
					    const char *fmt, ...);

#define CHECK(cond, ...) do {						\
	if (!(cond))							\
		check_failed(__FILE__, __LINE__, #cond, __VA_ARGS__);	\
} while (0)

#endif /* MTTY_LIB_CHECK_H */
