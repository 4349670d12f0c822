// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtty: a PCI serial card that exists only in software, as a mediated device.
 *
 * This file owns the module, the parent device with its two types, and the way of
 * VFIO's calls to the parts of a device.
 */
#include "mtty.h"

#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/mdev.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/nospec.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#include "mtty_migration.h"

#define MTTY_NAME		"mtty"

/* A region's offset in the device file is its index, so high that none overlap. */
#define MTTY_REGION_SHIFT	40
#define MTTY_REGION_MASK	((1ULL << MTTY_REGION_SHIFT) - 1)

/* Bounce buffer for configuration space, so that nothing faults under a lock */
#define MTTY_CONFIG_CHUNK	16

/**
 * struct mtty_type - a type of device that can be created
 * @type: what the mdev core knows of it
 * @nr_ports: ports of such a device
 */
struct mtty_type {
	struct mdev_type type;
	unsigned int nr_ports;
};

static struct mtty_type mtty_types[] = {
	{ { .sysfs_name = "1", .pretty_name = "Single port serial" }, 1 },
	{ { .sysfs_name = "2", .pretty_name = "Dual port serial" }, 2 },
};

static struct mdev_type *mtty_mdev_types[] = { &mtty_types[0].type, &mtty_types[1].type };

static struct class mtty_class = { .name = MTTY_NAME };
static struct device *mtty_parent_dev;
static struct mdev_parent mtty_parent;

static unsigned int mtty_max_ports = 24;
static atomic_t mtty_free_ports;

static int mtty_max_ports_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, INT_MAX);
}

static const struct kernel_param_ops mtty_max_ports_ops = {
	.set = mtty_max_ports_set,
	.get = param_get_uint,
};

module_param_cb(max_ports, &mtty_max_ports_ops, &mtty_max_ports, 0444);
MODULE_PARM_DESC(max_ports, "Ports that all devices share (default: 24)");

static struct mtty_type *to_mtty_type(struct mdev_type *type)
{
	return container_of(type, struct mtty_type, type);
}

/* Regions */

static size_t mtty_region_size(const struct mtty_dev *mtty, unsigned int index)
{
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		return MTTY_PCI_CONFIG_SIZE;
	return index < mtty->nr_ports ? MTTY_UART_NR_REGS : 0;
}

/*
 * What drivers do is spared the checks of a copy of any length: accesses of one register,
 * and reads of an aligned dword of configuration space. All that has a buffer stays out of
 * line, as it would cost these a larger stack frame with its protector.
 */

static noinline_for_stack ssize_t mtty_bar_read_many(struct mtty_dev *mtty, unsigned int nr,
						     unsigned int pos, char __user *buf,
						     size_t count)
{
	u8 regs[MTTY_UART_NR_REGS];
	size_t i;

	for (i = 0; i < count; i++)
		regs[i] = mtty_port_read(mtty, nr, pos + i);
	return copy_to_user(buf, regs, count) ? -EFAULT : count;
}

static ssize_t mtty_bar_read(struct mtty_dev *mtty, unsigned int nr, unsigned int pos,
			     char __user *buf, size_t count)
{
	if (count != 1)
		return mtty_bar_read_many(mtty, nr, pos, buf, count);
	return put_user(mtty_port_read(mtty, nr, pos), (u8 __user *)buf) ?: 1;
}

static noinline_for_stack ssize_t mtty_bar_write_many(struct mtty_dev *mtty, unsigned int nr,
						      unsigned int pos, const char __user *buf,
						      size_t count)
{
	u8 regs[MTTY_UART_NR_REGS];
	size_t i;

	if (copy_from_user(regs, buf, count))
		return -EFAULT;
	for (i = 0; i < count; i++)
		mtty_port_write(mtty, nr, pos + i, regs[i]);
	return count;
}

static ssize_t mtty_bar_write(struct mtty_dev *mtty, unsigned int nr, unsigned int pos,
			      const char __user *buf, size_t count)
{
	u8 val;

	if (count != 1)
		return mtty_bar_write_many(mtty, nr, pos, buf, count);
	if (get_user(val, (const u8 __user *)buf))
		return -EFAULT;
	mtty_port_write(mtty, nr, pos, val);
	return 1;
}

static noinline_for_stack ssize_t mtty_config_read_many(struct mtty_dev *mtty,
							unsigned int pos, char __user *buf,
							size_t count)
{
	u8 chunk[MTTY_CONFIG_CHUNK];
	size_t done, len;

	for (done = 0; done < count; done += len) {
		len = min(count - done, sizeof(chunk));
		mtty_pci_read(mtty, pos + done, chunk, len);
		if (copy_to_user(buf + done, chunk, len))
			return -EFAULT;
	}
	return count;
}

static noinline_for_stack ssize_t mtty_config_read(struct mtty_dev *mtty, unsigned int pos,
						   char __user *buf, size_t count)
{
	u32 dword;

	if (count != sizeof(dword) || !IS_ALIGNED((unsigned long)buf, sizeof(dword)))
		return mtty_config_read_many(mtty, pos, buf, count);
	mtty_pci_read(mtty, pos, (u8 *)&dword, sizeof(dword));
	return put_user(dword, (u32 __user *)buf) ?: sizeof(dword);
}

static noinline_for_stack ssize_t mtty_config_write(struct mtty_dev *mtty, unsigned int pos,
						    const char __user *buf, size_t count)
{
	u8 chunk[MTTY_CONFIG_CHUNK];
	size_t done, len;

	for (done = 0; done < count; done += len) {
		len = min(count - done, sizeof(chunk));
		if (copy_from_user(chunk, buf + done, len))
			return -EFAULT;
		mtty_pci_write(mtty, pos + done, chunk, len);
	}
	return count;
}

/**
 * struct mtty_access - part of a region that a read() or write() goes to
 * @index: the region: VFIO_PCI_CONFIG_REGION_INDEX, or the BAR of a port
 * @pos: first byte in the region
 * @count: number of bytes, all of them in the region
 */
struct mtty_access {
	unsigned int index;
	unsigned int pos;
	size_t count;
};

/* Like vfio-pci: past the end, configuration space refuses and a BAR clips. */
static int mtty_decode_access(const struct mtty_dev *mtty, struct mtty_access *access,
			      u64 offset, size_t count)
{
	u64 pos = offset & MTTY_REGION_MASK;
	size_t size;

	access->index = offset >> MTTY_REGION_SHIFT;
	size = mtty_region_size(mtty, access->index);
	if (access->index == VFIO_PCI_CONFIG_REGION_INDEX) {
		if (count > size || pos > size - count)
			return -EFAULT;
	} else {
		if (pos >= size)
			return -EINVAL;
		count = min(count, size - pos);
	}
	access->pos = pos;
	access->pos = array_index_nospec(access->pos, size);
	access->count = count;
	return 0;
}

/* Inlined, so that each direction is a way of its own */
static __always_inline ssize_t mtty_rw(struct mtty_dev *mtty, char __user *buf, size_t count,
				       loff_t *ppos, bool is_write)
{
	struct mtty_access access;
	ssize_t ret;

	if (!count)
		return 0;
	ret = mtty_decode_access(mtty, &access, *ppos, count);
	if (ret)
		return ret;

	if (access.index == VFIO_PCI_CONFIG_REGION_INDEX)
		ret = is_write ? mtty_config_write(mtty, access.pos, buf, access.count) :
				 mtty_config_read(mtty, access.pos, buf, access.count);
	else
		ret = is_write ?
			mtty_bar_write(mtty, access.index, access.pos, buf, access.count) :
			mtty_bar_read(mtty, access.index, access.pos, buf, access.count);
	if (ret > 0)
		*ppos += ret;
	return ret;
}

static ssize_t mtty_read(struct vfio_device *vdev, char __user *buf, size_t count,
			 loff_t *ppos)
{
	return mtty_rw(to_mtty_dev(vdev), buf, count, ppos, false);
}

static ssize_t mtty_write(struct vfio_device *vdev, const char __user *buf, size_t count,
			  loff_t *ppos)
{
	return mtty_rw(to_mtty_dev(vdev), (char __user *)buf, count, ppos, true);
}

/* Regions and BARs that a PCI device could have, but this one has not, have size 0. */
static int mtty_region_info(const struct mtty_dev *mtty, struct vfio_region_info *info)
{
	if (info->index >= VFIO_PCI_NUM_REGIONS)
		return -EINVAL;

	info->cap_offset = 0;
	info->offset = (u64)info->index << MTTY_REGION_SHIFT;
	info->size = mtty_region_size(mtty, info->index);
	info->flags = info->size ?
		VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE : 0;
	return 0;
}

/* ioctls */

static long mtty_ioctl_get_info(void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;

	info = (struct vfio_device_info){
		.argsz = info.argsz,
		.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET,
		.num_regions = VFIO_PCI_NUM_REGIONS,
		.num_irqs = VFIO_PCI_NUM_IRQS,
	};
	return copy_to_user(arg, &info, min_t(size_t, info.argsz, sizeof(info))) ?
		-EFAULT : 0;
}

#ifdef MTTY_HAVE_REGION_INFO_OP
static int mtty_get_region_info(struct vfio_device *vdev, struct vfio_region_info *info,
				struct vfio_info_cap *caps)
{
	return mtty_region_info(to_mtty_dev(vdev), info);
}
#else
static long mtty_ioctl_get_region_info(const struct mtty_dev *mtty, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_region_info, offset);
	struct vfio_region_info info;
	int ret;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;
	ret = mtty_region_info(mtty, &info);
	if (ret)
		return ret;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}
#endif

static long mtty_ioctl_get_irq_info(void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_irq_info, count);
	struct vfio_irq_info info;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz || info.index >= VFIO_PCI_NUM_IRQS)
		return -EINVAL;

	info.count = mtty_irq_count(info.index);
	info.flags = VFIO_IRQ_INFO_EVENTFD;
	if (info.index == VFIO_PCI_INTX_IRQ_INDEX)
		info.flags |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
	else
		info.flags |= VFIO_IRQ_INFO_NORESIZE;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static long mtty_ioctl_set_irqs(struct mtty_dev *mtty, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_irq_set, count);
	struct vfio_irq_set hdr;
	size_t data_size = 0;
	s32 data = 0;	/* no index has more than one vector */
	int ret;

	if (copy_from_user(&hdr, arg, minsz))
		return -EFAULT;
	ret = vfio_set_irqs_validate_and_prepare(&hdr, mtty_irq_count(hdr.index),
						 VFIO_PCI_NUM_IRQS, &data_size);
	if (ret)
		return ret;
	if (WARN_ON(data_size > sizeof(data)))
		return -EINVAL;
	if (data_size && copy_from_user(&data, arg + minsz, data_size))
		return -EFAULT;
	return mtty_irq_set(mtty, &hdr, &data);
}

static long mtty_ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return mtty_ioctl_get_info(uarg);
#ifndef MTTY_HAVE_REGION_INFO_OP
	case VFIO_DEVICE_GET_REGION_INFO:
		return mtty_ioctl_get_region_info(mtty, uarg);
#endif
	case VFIO_DEVICE_GET_IRQ_INFO:
		return mtty_ioctl_get_irq_info(uarg);
	case VFIO_DEVICE_SET_IRQS:
		return mtty_ioctl_set_irqs(mtty, uarg);
	case VFIO_DEVICE_RESET:
		mtty_migration_reset(mtty);
		return 0;
	default:
		return -ENOTTY;
	}
}

/* Life of a device */

static int mtty_init_dev(struct vfio_device *vdev)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);

	mtty->nr_ports = to_mtty_type(to_mdev_device(vdev->dev)->type)->nr_ports;
	mtty_ports_init(mtty);
	mtty_irq_init(mtty);
	mtty_migration_init(mtty);
	return 0;
}

static void mtty_release_dev(struct vfio_device *vdev)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);

	mtty_migration_destroy(mtty);
	mtty_irq_destroy(mtty);
}

static int mtty_open_device(struct vfio_device *vdev)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);

	mtty_ports_lock(mtty);
	mtty_pci_reset(mtty);
	mtty_ports_unlock(mtty);
	mtty_migration_open(mtty);
	return 0;
}

static void mtty_close_device(struct vfio_device *vdev)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);

	mtty_irq_release(mtty);
	mtty_migration_close(mtty);
}

/* The core repeats the request for as long as the removal waits. */
static void mtty_request(struct vfio_device *vdev, unsigned int count)
{
	mtty_irq_request_release(to_mtty_dev(vdev));
}

static const struct vfio_device_ops mtty_dev_ops = {
	.name = MTTY_NAME,
	.init = mtty_init_dev,
	.release = mtty_release_dev,
	.open_device = mtty_open_device,
	.close_device = mtty_close_device,
	.read = mtty_read,
	.write = mtty_write,
	.ioctl = mtty_ioctl,
#ifdef MTTY_HAVE_REGION_INFO_OP
	.get_region_info_caps = mtty_get_region_info,
#endif
	.request = mtty_request,
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
};

static bool mtty_claim_ports(int nr_ports)
{
	int unclaimed = atomic_read(&mtty_free_ports);

	do {
		if (unclaimed < nr_ports)
			return false;
	} while (!atomic_try_cmpxchg(&mtty_free_ports, &unclaimed, unclaimed - nr_ports));
	return true;
}

static int mtty_probe(struct mdev_device *mdev)
{
	unsigned int nr_ports = to_mtty_type(mdev->type)->nr_ports;
	struct mtty_dev *mtty;
	int ret;

	if (!mtty_claim_ports(nr_ports))
		return -ENOSPC;

	mtty = vfio_alloc_device(mtty_dev, vdev, mdev_dev(mdev), &mtty_dev_ops);
	if (IS_ERR(mtty)) {
		ret = PTR_ERR(mtty);
		goto err_return_ports;
	}
	ret = vfio_register_emulated_iommu_dev(&mtty->vdev);
	if (ret)
		goto err_put_device;
	dev_set_drvdata(mdev_dev(mdev), mtty);
	return 0;

err_put_device:
	vfio_put_device(&mtty->vdev);
err_return_ports:
	atomic_add(nr_ports, &mtty_free_ports);
	return ret;
}

static void mtty_remove(struct mdev_device *mdev)
{
	struct mtty_dev *mtty = dev_get_drvdata(mdev_dev(mdev));

	vfio_unregister_group_dev(&mtty->vdev);
	vfio_put_device(&mtty->vdev);
	atomic_add(to_mtty_type(mdev->type)->nr_ports, &mtty_free_ports);
}

static unsigned int mtty_get_available(struct mdev_type *type)
{
	return atomic_read(&mtty_free_ports) / to_mtty_type(type)->nr_ports;
}

/* sysfs */

static ssize_t sample_mtty_dev_show(struct device *dev, struct device_attribute *attr,
				    char *buf)
{
	return sysfs_emit(buf, "parent of virtual PCI serial cards\n");
}
static DEVICE_ATTR_RO(sample_mtty_dev);

static struct attribute *mtty_dev_attrs[] = {
	&dev_attr_sample_mtty_dev.attr,
	NULL,
};

static const struct attribute_group mtty_dev_group = {
	.name = "mtty_dev",
	.attrs = mtty_dev_attrs,
};

static const struct attribute_group *mtty_dev_groups[] = {
	&mtty_dev_group,
	NULL,
};

static ssize_t sample_mdev_dev_show(struct device *dev, struct device_attribute *attr,
				    char *buf)
{
	return sysfs_emit(buf, "virtual PCI serial card %s\n", dev_name(dev));
}
static DEVICE_ATTR_RO(sample_mdev_dev);

static struct attribute *mtty_mdev_attrs[] = {
	&dev_attr_sample_mdev_dev.attr,
	NULL,
};

static const struct attribute_group mtty_mdev_group = {
	.name = "vendor",
	.attrs = mtty_mdev_attrs,
};

static const struct attribute_group *mtty_mdev_groups[] = {
	&mtty_mdev_group,
	NULL,
};

static struct mdev_driver mtty_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.probe = mtty_probe,
	.remove = mtty_remove,
	.get_available = mtty_get_available,
	.driver = {
		.name = MTTY_NAME,
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
		.dev_groups = mtty_mdev_groups,
	},
};

static int __init mtty_init(void)
{
	int ret;

	atomic_set(&mtty_free_ports, mtty_max_ports);

	ret = class_register(&mtty_class);
	if (ret)
		return ret;

	mtty_parent_dev = device_create_with_groups(&mtty_class, NULL, MKDEV(0, 0), NULL,
						    mtty_dev_groups, MTTY_NAME);
	if (IS_ERR(mtty_parent_dev)) {
		ret = PTR_ERR(mtty_parent_dev);
		goto err_unregister_class;
	}

	ret = mdev_register_driver(&mtty_driver);
	if (ret)
		goto err_unregister_device;

	ret = mdev_register_parent(&mtty_parent, mtty_parent_dev, &mtty_driver,
				   mtty_mdev_types, ARRAY_SIZE(mtty_mdev_types));
	if (ret)
		goto err_unregister_driver;
	return 0;

err_unregister_driver:
	mdev_unregister_driver(&mtty_driver);
err_unregister_device:
	device_unregister(mtty_parent_dev);
err_unregister_class:
	class_unregister(&mtty_class);
	return ret;
}

static void __exit mtty_exit(void)
{
	mdev_unregister_parent(&mtty_parent);
	mdev_unregister_driver(&mtty_driver);
	device_unregister(mtty_parent_dev);
	class_unregister(&mtty_class);
}

module_init(mtty_init)
module_exit(mtty_exit)

MODULE_DESCRIPTION("Virtual PCI serial card with migration support, as a mediated device");
MODULE_AUTHOR("The mtty developers");
MODULE_VERSION("0.2.0");
MODULE_LICENSE("GPL");
