/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that the module builds for (6.8 and later),
 * found by feature: Kbuild greps the headers for what they do not announce by a
 * macro of their own.
 */
#ifndef MTTY_COMPAT_H
#define MTTY_COMPAT_H

#include <linux/debugfs.h>
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/vfio.h>

/*
 * With IOMMUFD_DRIVER off, the kernel's dirty bitmap is a stub that fails every
 * report, after probe and start have succeeded. QEMU then aborts the migration,
 * so dirty logging must not be offered there.
 */
#define MTTY_HAVE_DIRTY_BITMAP	IS_ENABLED(CONFIG_IOMMUFD_DRIVER)

/*
 * Since 7.1 a user can ask for defined flags in struct vfio_precopy_info. Without that, flags
 * are handed back as they came.
 */
static inline void mtty_precopy_info_flags(const struct vfio_device *vdev,
					   struct vfio_precopy_info *info, bool reinit)
{
#ifdef VFIO_PRECOPY_INFO_REINIT
	if (vdev->precopy_info_v2)
		info->flags = reinit ? VFIO_PRECOPY_INFO_REINIT : 0;
#endif
}

/*
 * The core makes a debugfs directory for a device that can migrate, and looks into mig_ops
 * without asking whether they are still there.
 */
static inline void mtty_remove_debugfs(struct vfio_device *vdev)
{
#ifdef CONFIG_VFIO_DEBUGFS
	if (vdev->debug_root)
		debugfs_lookup_and_remove("migration", vdev->debug_root);
#endif
}

/* VFIO_VIRQFD is a hidden symbol that only other VFIO drivers select. */
static inline int mtty_virqfd_enable(void *opaque,
				     void (*thread)(void *opaque, void *unused),
				     struct virqfd **virqfd, int fd)
{
	if (!IS_ENABLED(CONFIG_VFIO_VIRQFD))
		return -ENOTTY;
	return vfio_virqfd_enable(opaque, NULL, thread, NULL, virqfd, fd);
}

static inline void mtty_virqfd_disable(struct virqfd **virqfd)
{
	if (IS_ENABLED(CONFIG_VFIO_VIRQFD))
		vfio_virqfd_disable(virqfd);
}

#endif /* MTTY_COMPAT_H */
