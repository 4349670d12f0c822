// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VFIO device: its life, and the way of VFIO's calls to the parts of it.
 */
#include "mtty_device.h"

#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include "mtty_compat.h"
#include "mtty_region.h"

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

static long mtty_device_ioctl_reset(struct mtty_dev *mtty)
{
	return mtty_faults_call(&mtty->instrument.faults, MTTY_FAULT_RESET) ?:
	       mtty_migration_reset(&mtty->migration);
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
		return mtty_device_ioctl_reset(mtty);
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
	return mtty_migration_get_state(&to_mtty_dev(vdev)->migration, state);
}

static int mtty_device_get_data_size(struct vfio_device *vdev,
				     unsigned long *stop_copy_length)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);

	return mtty_faults_call(&mtty->instrument.faults, MTTY_FAULT_DATA_SIZE) ?:
	       mtty_migration_data_size(&mtty->migration, stop_copy_length);
}

static const struct vfio_migration_ops mtty_device_migration_ops = {
	.migration_set_state = mtty_device_set_state,
	.migration_get_state = mtty_device_get_state,
	.migration_get_data_size = mtty_device_get_data_size,
};

static int mtty_device_log_start(struct vfio_device *vdev, struct rb_root_cached *ranges,
				 u32 nnodes, u64 *page_size)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);

	return mtty_faults_call(&mtty->instrument.faults, MTTY_FAULT_LOG_START) ?:
	       mtty_dirty_log_start(&mtty->dirty_log, *page_size);
}

static int mtty_device_log_stop(struct vfio_device *vdev)
{
	mtty_dirty_log_stop(&to_mtty_dev(vdev)->dirty_log);
	return 0;
}

static int mtty_device_log_read_and_clear(struct vfio_device *vdev, unsigned long iova,
					  unsigned long length, struct iova_bitmap *dirty)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);

	return mtty_faults_call(&mtty->instrument.faults, MTTY_FAULT_LOG_READ) ?:
	       mtty_dirty_log_read_and_clear(&mtty->dirty_log);
}

static const struct vfio_log_ops mtty_device_log_ops = {
	.log_start = mtty_device_log_start,
	.log_stop = mtty_device_log_stop,
	.log_read_and_clear = mtty_device_log_read_and_clear,
};

/*
 * The core looks at these while somebody has the device open, and in debugfs. The removal
 * there waits for readers, who take the state_lock; nobody holds that one and waits for us,
 * because the device is not open.
 */
static void mtty_device_apply_settings(struct mtty_dev *mtty)
{
	const struct mtty_settings *settings = &mtty->instrument.settings;
	struct vfio_device *vdev = &mtty->vdev;

	lockdep_assert_held(&mtty->instrument.lock);
	if (!settings->features)
		mtty_remove_debugfs(vdev);
	vdev->migration_flags = settings->features;
	vdev->mig_ops = settings->features ? &mtty_device_migration_ops : NULL;
	vdev->log_ops = settings->dirty_tracking ? &mtty_device_log_ops : NULL;
}

static int mtty_device_set(struct mtty_dev *mtty, const struct mtty_setting *setting,
			   const char *text)
{
	struct mtty_instrument *instrument = &mtty->instrument;
	int ret;

	guard(mutex)(&instrument->lock);
	if (instrument->in_use && !setting->at_any_time)
		return -EBUSY;
	ret = mtty_settings_parse(&instrument->settings, setting, text);
	if (!ret && !instrument->in_use)
		mtty_device_apply_settings(mtty);
	return ret;
}

/**
 * mtty_device_configure() - change a setting
 * @mtty: the device
 * @setting: which one
 * @text: its new value
 *
 * Return: 0, -EBUSY if it cannot change while the device is open, -EINTR if the caller was
 * killed, or what mtty_settings_parse() returns
 */
int mtty_device_configure(struct mtty_dev *mtty, const struct mtty_setting *setting,
			  const char *text)
{
	return mtty_device_set(mtty, setting, text) ?: mtty_migration_apply(&mtty->migration);
}

static int mtty_device_open(struct vfio_device *vdev)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);
	int ret;

	ret = mtty_faults_call(&mtty->instrument.faults, MTTY_FAULT_OPEN);
	if (ret)
		return ret;

	guard(mutex)(&mtty->instrument.lock);
	mtty->instrument.in_use = true;
	mtty_card_power_on(&mtty->card);
	return 0;
}

static void mtty_device_close(struct vfio_device *vdev)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);

	mtty_irq_release(&mtty->irq);
	mtty_migration_close(&mtty->migration);
	mtty_dirty_log_stop(&mtty->dirty_log);

	guard(mutex)(&mtty->instrument.lock);
	mtty->instrument.in_use = false;
}

/* The core repeats the request for as long as the removal waits. */
static void mtty_device_request(struct vfio_device *vdev, unsigned int count)
{
	mtty_irq_signal_request(&to_mtty_dev(vdev)->irq);
}

static void mtty_device_release(struct vfio_device *vdev)
{
	struct mtty_dev *mtty = to_mtty_dev(vdev);

	mtty_dirty_log_destroy(&mtty->dirty_log);
	mtty_migration_destroy(&mtty->migration);
	mtty_irq_destroy(&mtty->irq);
	mtty_instrument_destroy(&mtty->instrument);
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
	mtty_instrument_init(&mtty->instrument, dev);
	mtty_card_init(&mtty->card, nr_ports, &mtty->instrument.faults);
	mtty_irq_init(&mtty->irq, &mtty->card);
	mtty_migration_init(&mtty->migration, &mtty->vdev, &mtty->card, &mtty->instrument);
	mtty_dirty_log_init(&mtty->dirty_log);
	scoped_guard(mutex, &mtty->instrument.lock)
		mtty_device_apply_settings(mtty);

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
