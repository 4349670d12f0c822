// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes in a card's sysfs directory. The driver core adds them when the device's
 * drvdata has been set, and removes them before the device goes.
 */
#include "mtty_sysfs.h"

#include <linux/array_size.h>
#include <linux/container_of.h>
#include <linux/device.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "mtty_device.h"

static ssize_t sample_mdev_dev_show(struct device *dev, struct device_attribute *attr,
				    char *buf)
{
	return sysfs_emit(buf, "virtual PCI serial card %s\n", dev_name(dev));
}
static DEVICE_ATTR_RO(sample_mdev_dev);

static struct attribute *mtty_vendor_attrs[] = {
	&dev_attr_sample_mdev_dev.attr,
	NULL,
};

static const struct attribute_group mtty_vendor_group = {
	.name = "vendor",
	.attrs = mtty_vendor_attrs,
};

static const struct mtty_setting *to_mtty_setting(struct device_attribute *attr)
{
	return container_of(attr, struct dev_ext_attribute, attr)->var;
}

static ssize_t mtty_setting_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct mtty_setting *setting = to_mtty_setting(attr);
	struct mtty_dev *mtty = dev_get_drvdata(dev);
	struct mtty_settings settings = mtty_instrument_settings(&mtty->instrument);

	return setting->show(&settings, setting, buf);
}

static ssize_t mtty_setting_store(struct device *dev, struct device_attribute *attr,
				  const char *buf, size_t count)
{
	int ret = mtty_device_configure(dev_get_drvdata(dev), to_mtty_setting(attr), buf);

	return ret ?: count;
}

#define MTTY_SETTING_ATTR(name)							\
	static struct dev_ext_attribute mtty_attr_##name = {			\
		.attr = __ATTR(name, 0644, mtty_setting_show, mtty_setting_store), \
		.var = (void *)&mtty_setting_##name,				\
	}

MTTY_SETTING_ATTR(features);
MTTY_SETTING_ATTR(dirty_tracking);
MTTY_SETTING_ATTR(state_size);
MTTY_SETTING_ATTR(precopy_size);
MTTY_SETTING_ATTR(dirty_rate);
MTTY_SETTING_ATTR(bandwidth);

static struct attribute *mtty_migration_attrs[] = {
	&mtty_attr_features.attr.attr,
	&mtty_attr_dirty_tracking.attr.attr,
	&mtty_attr_state_size.attr.attr,
	&mtty_attr_precopy_size.attr.attr,
	&mtty_attr_dirty_rate.attr.attr,
	&mtty_attr_bandwidth.attr.attr,
	NULL,
};

static const struct attribute_group mtty_migration_group = {
	.name = "migration",
	.attrs = mtty_migration_attrs,
};

static ssize_t faults_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct mtty_dev *mtty = dev_get_drvdata(dev);

	return mtty_faults_show(&mtty->instrument.faults, buf);
}

static ssize_t faults_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	struct mtty_dev *mtty = dev_get_drvdata(dev);
	struct mtty_faults *faults = &mtty->instrument.faults;

	if (sysfs_streq(buf, "clear")) {
		mtty_faults_clear(faults);
		return count;
	}
	/* A rule can be hit as soon as it is there, so the file to notify comes first. */
	mtty_faults_notify(faults, sysfs_get_dirent(dev->kobj.sd, attr->attr.name));
	return mtty_faults_add(faults, buf, mtty_migration_has_arc) ?: count;
}
static DEVICE_ATTR_RW(faults);

static int mtty_trigger_err(struct mtty_dev *mtty)
{
	return mtty_irq_signal_error(&mtty->irq);
}

static int mtty_trigger_req(struct mtty_dev *mtty)
{
	return mtty_irq_signal_request(&mtty->irq);
}

static int mtty_trigger_reinit(struct mtty_dev *mtty)
{
	return mtty_migration_reinit(&mtty->migration);
}

static const struct {
	const char *word;
	int (*trigger)(struct mtty_dev *mtty);
} mtty_triggers[] = {
	{ "err", mtty_trigger_err },
	{ "req", mtty_trigger_req },
	{ "reinit", mtty_trigger_reinit },
};

static ssize_t trigger_store(struct device *dev, struct device_attribute *attr,
			     const char *buf, size_t count)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mtty_triggers); i++)
		if (sysfs_streq(buf, mtty_triggers[i].word))
			return mtty_triggers[i].trigger(dev_get_drvdata(dev)) ?: count;
	return -EINVAL;
}
static DEVICE_ATTR_WO(trigger);

static struct attribute *mtty_card_attrs[] = {
	&dev_attr_faults.attr,
	&dev_attr_trigger.attr,
	NULL,
};

static const struct attribute_group mtty_card_group = {
	.attrs = mtty_card_attrs,
};

const struct attribute_group *mtty_sysfs_groups[] = {
	&mtty_card_group,
	&mtty_migration_group,
	&mtty_vendor_group,
	NULL,
};
