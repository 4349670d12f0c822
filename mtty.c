// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtty: a PCI serial card that exists only in software, as a mediated device.
 *
 * This file owns the module, and the parent devices with their two types.
 */
#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/container_of.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sprintf.h>
#include <linux/sysfs.h>
#include <linux/vfio.h>

#include "mtty_device.h"
#include "mtty_sysfs.h"

#define MTTY_NAME		"mtty"
#define MTTY_MAX_PARENTS	16

/**
 * struct mtty_type - a type of device that can be created
 * @type: what the mdev core knows of it
 * @nr_ports: ports of such a device
 */
struct mtty_type {
	struct mdev_type type;
	unsigned int nr_ports;
};

static const struct mtty_type mtty_types[] = {
	{ { .sysfs_name = "1", .pretty_name = "Single port serial" }, 1 },
	{ { .sysfs_name = "2", .pretty_name = "Dual port serial" }, 2 },
};

/**
 * struct mtty_parent - a parent device, from which cards are created
 * @mdev_parent: what the mdev core knows of it
 * @dev: its device in sysfs
 * @free_ports: ports that new cards of this parent can have
 * @types: its own copy of mtty_types, because a type belongs to one parent
 * @mdev_types: @types, as the mdev core wants them
 */
struct mtty_parent {
	struct mdev_parent mdev_parent;
	struct device *dev;
	atomic_t free_ports;
	struct mtty_type types[ARRAY_SIZE(mtty_types)];
	struct mdev_type *mdev_types[ARRAY_SIZE(mtty_types)];
};

static struct class mtty_class = { .name = MTTY_NAME };
static struct mtty_parent mtty_parents[MTTY_MAX_PARENTS];

static unsigned int mtty_max_ports = 24;
static unsigned int mtty_nr_parents = 1;

static int mtty_max_ports_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, INT_MAX);
}

static const struct kernel_param_ops mtty_max_ports_ops = {
	.set = mtty_max_ports_set,
	.get = param_get_uint,
};

module_param_cb(max_ports, &mtty_max_ports_ops, &mtty_max_ports, 0444);
MODULE_PARM_DESC(max_ports, "Ports that all devices of a parent share (default: 24)");

static int mtty_nr_parents_set(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, MTTY_MAX_PARENTS);
}

static const struct kernel_param_ops mtty_nr_parents_ops = {
	.set = mtty_nr_parents_set,
	.get = param_get_uint,
};

module_param_cb(parents, &mtty_nr_parents_ops, &mtty_nr_parents, 0444);
MODULE_PARM_DESC(parents, "Parent devices: mtty, mtty2, ... (1 to 16, default: 1)");

static struct mtty_type *to_mtty_type(struct mdev_type *type)
{
	return container_of(type, struct mtty_type, type);
}

static struct mtty_parent *to_mtty_parent(struct mdev_type *type)
{
	return container_of(type->parent, struct mtty_parent, mdev_parent);
}

static bool mtty_claim_ports(struct mtty_parent *parent, int nr_ports)
{
	int unclaimed = atomic_read(&parent->free_ports);

	do {
		if (unclaimed < nr_ports)
			return false;
	} while (!atomic_try_cmpxchg(&parent->free_ports, &unclaimed, unclaimed - nr_ports));
	return true;
}

static int mtty_probe(struct mdev_device *mdev)
{
	unsigned int nr_ports = to_mtty_type(mdev->type)->nr_ports;
	struct mtty_parent *parent = to_mtty_parent(mdev->type);
	struct mtty_dev *mtty;

	if (!mtty_claim_ports(parent, nr_ports))
		return -ENOSPC;

	mtty = mtty_device_register(mdev_dev(mdev), nr_ports);
	if (IS_ERR(mtty)) {
		atomic_add(nr_ports, &parent->free_ports);
		return PTR_ERR(mtty);
	}
	dev_set_drvdata(mdev_dev(mdev), mtty);
	return 0;
}

static void mtty_remove(struct mdev_device *mdev)
{
	mtty_device_unregister(dev_get_drvdata(mdev_dev(mdev)));
	atomic_add(to_mtty_type(mdev->type)->nr_ports, &to_mtty_parent(mdev->type)->free_ports);
}

static unsigned int mtty_get_available(struct mdev_type *type)
{
	return atomic_read(&to_mtty_parent(type)->free_ports) / to_mtty_type(type)->nr_ports;
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
		.dev_groups = mtty_sysfs_groups,
	},
};

/* The first device is called mtty, the next mtty2. */
static struct device *mtty_create_device(unsigned int index)
{
	char name[16] = MTTY_NAME;

	if (index)
		snprintf(name, sizeof(name), MTTY_NAME "%u", index + 1);
	return device_create_with_groups(&mtty_class, NULL, MKDEV(0, 0), NULL, mtty_dev_groups,
					 "%s", name);
}

static int mtty_register_parent(unsigned int index)
{
	struct mtty_parent *parent = &mtty_parents[index];
	unsigned int i;
	int ret;

	atomic_set(&parent->free_ports, mtty_max_ports);
	for (i = 0; i < ARRAY_SIZE(mtty_types); i++) {
		parent->types[i] = mtty_types[i];
		parent->mdev_types[i] = &parent->types[i].type;
	}

	parent->dev = mtty_create_device(index);
	if (IS_ERR(parent->dev))
		return PTR_ERR(parent->dev);

	ret = mdev_register_parent(&parent->mdev_parent, parent->dev, &mtty_driver,
				   parent->mdev_types, ARRAY_SIZE(parent->mdev_types));
	if (ret)
		device_unregister(parent->dev);
	return ret;
}

/* Unregister the first @nr parents, the last of them first. */
static void mtty_unregister_parents(unsigned int nr)
{
	while (nr--) {
		mdev_unregister_parent(&mtty_parents[nr].mdev_parent);
		device_unregister(mtty_parents[nr].dev);
	}
}

static int mtty_register_parents(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < mtty_nr_parents; i++) {
		ret = mtty_register_parent(i);
		if (ret) {
			mtty_unregister_parents(i);
			return ret;
		}
	}
	return 0;
}

static int __init mtty_init(void)
{
	int ret;

	ret = class_register(&mtty_class);
	if (ret)
		return ret;

	ret = mdev_register_driver(&mtty_driver);
	if (ret)
		goto err_unregister_class;

	ret = mtty_register_parents();
	if (ret)
		goto err_unregister_driver;
	return 0;

err_unregister_driver:
	mdev_unregister_driver(&mtty_driver);
err_unregister_class:
	class_unregister(&mtty_class);
	return ret;
}

static void __exit mtty_exit(void)
{
	mtty_unregister_parents(mtty_nr_parents);
	mdev_unregister_driver(&mtty_driver);
	class_unregister(&mtty_class);
}

module_init(mtty_init)
module_exit(mtty_exit)

MODULE_DESCRIPTION("Virtual PCI serial card with migration support, as a mediated device");
MODULE_AUTHOR("The mtty developers");
MODULE_VERSION("0.3.0");
MODULE_LICENSE("GPL");
