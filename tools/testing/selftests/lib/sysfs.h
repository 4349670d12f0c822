/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MTTY_LIB_SYSFS_H
#define MTTY_LIB_SYSFS_H

#include <stdbool.h>
#include <stddef.h>

#include "kselftest.h"

#define SYSFS_PATH_MAX	512

/* A path formatted as by printf(), valid until the end of the enclosing block. */
#define SYSFS_PATH(...)	__sysfs_path((char[SYSFS_PATH_MAX]) {}, __VA_ARGS__)
const char *__sysfs_path(char *path, const char *fmt, ...) __printf(2, 3);

bool sysfs_exists(const char *path);

/* The first line of the attribute, without its newline. */
int __sysfs_read(const char *path, char *line, size_t size);
void sysfs_read(const char *path, char *line, size_t size);
long sysfs_read_number(const char *path);

int __sysfs_write(const char *path, const char *value);

/* The last component of the symbolic link's target. */
void sysfs_link_name(const char *path, char *name, size_t size);

#endif /* MTTY_LIB_SYSFS_H */
