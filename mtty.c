// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtty: a PCI serial card that exists only in software, as a mediated device.
 *
 * This file owns the module, and the parent device with its two types.
 */
#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sysfs.h>
#include <linux/vfio.h>

#include "mtty_device.h"

#define MTTY_NAME		"mtty"

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

	if (!mtty_claim_ports(nr_ports))
		return -ENOSPC;

	mtty = mtty_device_register(mdev_dev(mdev), nr_ports);
	if (IS_ERR(mtty)) {
		atomic_add(nr_ports, &mtty_free_ports);
		return PTR_ERR(mtty);
	}
	dev_set_drvdata(mdev_dev(mdev), mtty);
	return 0;
}

static void mtty_remove(struct mdev_device *mdev)
{
	mtty_device_unregister(dev_get_drvdata(mdev_dev(mdev)));
	atomic_add(to_mtty_type(mdev->type)->nr_ports, &mtty_free_ports);
}

static unsigned int mtty_get_available(struct mdev_type *type)
{
	return atomic_read(&mtty_free_ports) / to_mtty_type(type)->nr_ports;
}

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

static struct mdev_driver mtty_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.probe = mtty_probe,
	.remove = mtty_remove,
	.get_available = mtty_get_available,
	.driver = {
		.name = MTTY_NAME,
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
		.dev_groups = mtty_device_groups,
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
