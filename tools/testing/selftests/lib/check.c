// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

void check_failed(const char *file, int line, const char *what, const char *fmt, ...)
{
	int saved_errno = errno;
	va_list args;

	fprintf(stderr, "# %s:%d: check failed: %s\n# ", file, line, what);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, " (errno %d: %s)\n", saved_errno, strerror(saved_errno));
	_exit(KSFT_FAIL);
}
