// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VFIO device: its life, and the way of VFIO's calls to the parts of it.
 */
#include "mtty_device.h"

#include <linux/device.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#include "mtty_compat.h"
#include "mtty_region.h"

static ssize_t sample_mdev_dev_show(struct device *dev, struct device_attribute *attr,
				    char *buf)
{
	return sysfs_emit(buf, "virtual PCI serial card %s\n", dev_name(dev));
}
static DEVICE_ATTR_RO(sample_mdev_dev);

static struct attribute *mtty_device_vendor_attrs[] = {
	&dev_attr_sample_mdev_dev.attr,
	NULL,
};

static const struct attribute_group mtty_device_vendor_group = {
	.name = "vendor",
	.attrs = mtty_device_vendor_attrs,
};

const struct attribute_group *mtty_device_groups[] = {
	&mtty_device_vendor_group,
	NULL,
};

static ssize_t mtty_device_read(struct vfio_device *vdev, char __user *buf, size_t count,
				loff_t *ppos)
{
	return mtty_region_read(&to_mtty_dev(vdev)->card, buf, count, ppos);
}

static ssize_t mtty_device_write(struct vfio_device *vdev, const char __user *buf,
				 size_t count, loff_t *ppos)
{
	return mtty_region_write(&to_mtty_dev(vdev)->card, buf, count, ppos);
}

static long mtty_device_ioctl_get_info(void __user *arg)
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
static int mtty_device_get_region_info(struct vfio_device *vdev,
				       struct vfio_region_info *info,
				       struct vfio_info_cap *caps)
{
	return mtty_region_info(&to_mtty_dev(vdev)->card, info);
}
#else
static long mtty_device_ioctl_get_region_info(struct mtty_dev *mtty, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_region_info, offset);
	struct vfio_region_info info;
	int ret;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;
	ret = mtty_region_info(&mtty->card, &info);
	if (ret)
		return ret;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}
#endif

static long mtty_device_ioctl_get_irq_info(void __user *arg)
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

static long mtty_device_ioctl_set_irqs(struct mtty_dev *mtty, void __user *arg)
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
	return mtty_irq_set(&mtty->irq, &hdr, &data);
}

static long mtty_device_ioctl(struct vfio_device *vdev, unsigned int cmd,
			      unsigned long arg)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return mtty_device_ioctl_get_info(uarg);
#ifndef MTTY_HAVE_REGION_INFO_OP
	case VFIO_DEVICE_GET_REGION_INFO:
		return mtty_device_ioctl_get_region_info(mtty, uarg);
#endif
	case VFIO_DEVICE_GET_IRQ_INFO:
		return mtty_device_ioctl_get_irq_info(uarg);
	case VFIO_DEVICE_SET_IRQS:
		return mtty_device_ioctl_set_irqs(mtty, uarg);
	case VFIO_DEVICE_RESET:
		mtty_migration_reset(&mtty->migration);
		return 0;
	default:
		return -ENOTTY;
	}
}

static struct file *mtty_device_set_state(struct vfio_device *vdev,
					  enum vfio_device_mig_state target)
{
	return mtty_migration_set_state(&to_mtty_dev(vdev)->migration, target);
}

static int mtty_device_get_state(struct vfio_device *vdev,
				 enum vfio_device_mig_state *state)
{
	*state = mtty_migration_get_state(&to_mtty_dev(vdev)->migration);
	return 0;
}

static int mtty_device_get_data_size(struct vfio_device *vdev,
				     unsigned long *stop_copy_length)
{
	*stop_copy_length = mtty_migration_data_size(&to_mtty_dev(vdev)->migration);
	return 0;
}

static const struct vfio_migration_ops mtty_device_migration_ops = {
	.migration_set_state = mtty_device_set_state,
	.migration_get_state = mtty_device_get_state,
	.migration_get_data_size = mtty_device_get_data_size,
};

static int mtty_device_log_start(struct vfio_device *vdev, struct rb_root_cached *ranges,
				 u32 nnodes, u64 *page_size)
{
	return mtty_dirty_log_start(&to_mtty_dev(vdev)->dirty_log, *page_size);
}

static int mtty_device_log_stop(struct vfio_device *vdev)
{
	mtty_dirty_log_stop(&to_mtty_dev(vdev)->dirty_log);
	return 0;
}

static int mtty_device_log_read_and_clear(struct vfio_device *vdev, unsigned long iova,
					  unsigned long length, struct iova_bitmap *dirty)
{
	return mtty_dirty_log_read_and_clear(&to_mtty_dev(vdev)->dirty_log);
}

static const struct vfio_log_ops mtty_device_log_ops = {
	.log_start = mtty_device_log_start,
	.log_stop = mtty_device_log_stop,
	.log_read_and_clear = mtty_device_log_read_and_clear,
};

static int mtty_device_open(struct vfio_device *vdev)
{
	mtty_card_power_on(&to_mtty_dev(vdev)->card);
	return 0;
}

static void mtty_device_close(struct vfio_device *vdev)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);

	mtty_irq_release(&mtty->irq);
	mtty_migration_reset(&mtty->migration);
	mtty_dirty_log_stop(&mtty->dirty_log);
}

/* The core repeats the request for as long as the removal waits. */
static void mtty_device_request(struct vfio_device *vdev, unsigned int count)
{
	mtty_irq_request_release(&to_mtty_dev(vdev)->irq);
}

static void mtty_device_release(struct vfio_device *vdev)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);

	mtty_dirty_log_destroy(&mtty->dirty_log);
	mtty_migration_destroy(&mtty->migration);
	mtty_irq_destroy(&mtty->irq);
}

static const struct vfio_device_ops mtty_device_ops = {
	.name = KBUILD_MODNAME,
	.release = mtty_device_release,
	.open_device = mtty_device_open,
	.close_device = mtty_device_close,
	.read = mtty_device_read,
	.write = mtty_device_write,
	.ioctl = mtty_device_ioctl,
#ifdef MTTY_HAVE_REGION_INFO_OP
	.get_region_info_caps = mtty_device_get_region_info,
#endif
	.request = mtty_device_request,
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
};

static void mtty_device_offer_features(struct vfio_device *vdev)
{
	vdev->migration_flags = VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P |
				VFIO_MIGRATION_PRE_COPY;
	vdev->mig_ops = &mtty_device_migration_ops;
	if (MTTY_HAVE_DIRTY_BITMAP)
		vdev->log_ops = &mtty_device_log_ops;
}

/**
 * mtty_device_register() - create a device that users can open
 * @dev: the mdev device that it belongs to
 * @nr_ports: 1 or 2
 *
 * Return: the device, or an ERR_PTR()
 */
struct mtty_dev *mtty_device_register(struct device *dev, unsigned int nr_ports)
{
	struct mtty_dev *mtty = vfio_alloc_device(mtty_dev, vdev, dev, &mtty_device_ops);
	int ret;

	if (IS_ERR(mtty))
		return mtty;
	mtty_card_init(&mtty->card, nr_ports);
	mtty_irq_init(&mtty->irq, &mtty->card);
	mtty_migration_init(&mtty->migration, &mtty->vdev, &mtty->card);
	mtty_dirty_log_init(&mtty->dirty_log);
	mtty_device_offer_features(&mtty->vdev);

	ret = vfio_register_emulated_iommu_dev(&mtty->vdev);
	if (ret) {
		vfio_put_device(&mtty->vdev);
		return ERR_PTR(ret);
	}
	return mtty;
}

/**
 * mtty_device_unregister() - take a device away from its users
 * @mtty: the device, which may be gone when this returns
 *
 * Waits until nobody has the device open.
 */
void mtty_device_unregister(struct mtty_dev *mtty)
{
	vfio_unregister_group_dev(&mtty->vdev);
	vfio_put_device(&mtty->vdev);
}
