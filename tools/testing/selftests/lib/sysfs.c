// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "sysfs.h"

const char *__sysfs_path(char *path, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(path, SYSFS_PATH_MAX, fmt, args);
	va_end(args);
	return path;
}

bool sysfs_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

int __sysfs_read(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, line, size - 1);
	close(fd);
	if (len < 0)
		return -errno;
	line[len] = 0;
	line[strcspn(line, "\n")] = 0;
	return 0;
}

void sysfs_read(const char *path, char *line, size_t size)
{
	int ret = __sysfs_read(path, line, size);

	CHECK(ret == 0, "cannot read %s: %d", path, ret);
}

long sysfs_read_number(const char *path)
{
	char line[32];

	sysfs_read(path, line, sizeof(line));
	return strtol(line, NULL, 0);
}

int __sysfs_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

void sysfs_link_name(const char *path, char *name, size_t size)
{
	char target[PATH_MAX] = "";

	CHECK(readlink(path, target, sizeof(target) - 1) > 0, "cannot follow %s", path);
	snprintf(name, size, "%s", basename(target));
}
