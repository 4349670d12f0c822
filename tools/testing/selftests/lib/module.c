// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "module.h"

const char *module_path(void)
{
	return getenv("MTTY_KO");
}

int module_load(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0))
		ret = -errno;
	if (fd >= 0)
		close(fd);
	return ret;
}

int module_unload(void)
{
	return syscall(SYS_delete_module, "mtty", O_NONBLOCK) ? -errno : 0;
}
