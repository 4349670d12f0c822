// SPDX-License-Identifier: GPL-2.0-only
/* Settings: what the host has chosen for a card, as values and as text. */
#include "mtty_settings.h"

#include <linux/array_size.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kstrtox.h>
#include <linux/sizes.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/string_choices.h>
#include <linux/sysfs.h>
#include <linux/vfio.h>

#include "mtty_compat.h"

/* Longest text that is taken for features: room for each word twice, and for its zero */
#define MTTY_FEATURES_MAX	64
/* Likewise for a number: one of 64 bits has 20 digits. */
#define MTTY_BYTES_MAX		24
/* Largest number of bytes, or of bytes a second */
#define MTTY_SETTING_MAX	SZ_1T

/* The words are those of the core's debugfs file. */
static const struct {
	const char *word;
	unsigned int flag;
} mtty_features[] = {
	{ "stop-copy", VFIO_MIGRATION_STOP_COPY },
	{ "p2p", VFIO_MIGRATION_P2P },
	{ "pre-copy", VFIO_MIGRATION_PRE_COPY },
};

/**
 * mtty_settings_init() - set what a card is that nobody has configured
 * @settings: the settings, all zero
 */
void mtty_settings_init(struct mtty_settings *settings)
{
	settings->features = VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P |
			     VFIO_MIGRATION_PRE_COPY;
	settings->dirty_tracking = MTTY_HAVE_DIRTY_BITMAP;
}

/* Flag of a word, or 0 if there is no such feature */
static unsigned int mtty_feature_flag(const char *word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mtty_features); i++)
		if (!strcmp(word, mtty_features[i].word))
			return mtty_features[i].flag;
	return 0;
}

/* "none", or "stop-copy" with any of "p2p" and "pre-copy", in any order */
static int mtty_settings_parse_features(struct mtty_settings *settings,
					const struct mtty_setting *setting, const char *text)
{
	char buf[MTTY_FEATURES_MAX], *words = buf, *word;
	unsigned int flag;

	settings->features = 0;
	if (sysfs_streq(text, "none"))
		return 0;
	if (strscpy(buf, text, sizeof(buf)) < 0)
		return -EINVAL;
	while ((word = strsep(&words, " \t\n"))) {
		if (!*word)
			continue;
		flag = mtty_feature_flag(word);
		if (!flag)
			return -EINVAL;
		settings->features |= flag;
	}
	return settings->features & VFIO_MIGRATION_STOP_COPY ? 0 : -EINVAL;
}

static int mtty_settings_show_features(const struct mtty_settings *settings,
				       const struct mtty_setting *setting, char *buf)
{
	unsigned int i;
	int len = 0;

	if (!settings->features)
		return sysfs_emit(buf, "none\n");
	for (i = 0; i < ARRAY_SIZE(mtty_features); i++)
		if (settings->features & mtty_features[i].flag)
			len += sysfs_emit_at(buf, len, "%s%s", len ? " " : "",
					     mtty_features[i].word);
	return len + sysfs_emit_at(buf, len, "\n");
}

const struct mtty_setting mtty_setting_features = {
	.parse = mtty_settings_parse_features,
	.show = mtty_settings_show_features,
};

/* "on" or "off", or any other text that kstrtobool() takes */
static int mtty_settings_parse_dirty_tracking(struct mtty_settings *settings,
					      const struct mtty_setting *setting,
					      const char *text)
{
	if (kstrtobool(text, &settings->dirty_tracking))
		return -EINVAL;
	return settings->dirty_tracking && !MTTY_HAVE_DIRTY_BITMAP ? -EOPNOTSUPP : 0;
}

static int mtty_settings_show_dirty_tracking(const struct mtty_settings *settings,
					     const struct mtty_setting *setting, char *buf)
{
	return sysfs_emit(buf, "%s\n", str_on_off(settings->dirty_tracking));
}

const struct mtty_setting mtty_setting_dirty_tracking = {
	.parse = mtty_settings_parse_dirty_tracking,
	.show = mtty_settings_show_dirty_tracking,
};

/* Takes a unit away from the end of a number; returns the power of two that it stands for. */
static unsigned int mtty_settings_take_unit(char *number)
{
	static const char units[] = "KMGT";
	size_t len = strlen(number);
	const char *unit;

	if (!len)
		return 0;
	unit = strchr(units, toupper(number[len - 1]));
	if (!unit)
		return 0;
	number[len - 1] = '\0';
	return 10 * (unit - units + 1);
}

/**
 * mtty_settings_parse_bytes() - read a number of bytes
 * @text: a decimal number, perhaps with a unit K, M, G or T, and with a newline
 * @bytes: where to put it
 *
 * Unlike memparse(), this notices an overflow, and what follows the number.
 *
 * Return: 0, or -EINVAL for any other text, or more than a terabyte
 */
int mtty_settings_parse_bytes(const char *text, u64 *bytes)
{
	char buf[MTTY_BYTES_MAX], *number;
	unsigned int shift;
	u64 value;

	if (strscpy(buf, text, sizeof(buf)) < 0)
		return -EINVAL;
	number = strim(buf);
	shift = mtty_settings_take_unit(number);
	/* kstrtou64() would take a sign, and a newline before the unit. */
	if (number[strspn(number, "0123456789")] || kstrtou64(number, 10, &value) ||
	    value > MTTY_SETTING_MAX >> shift)
		return -EINVAL;
	*bytes = value << shift;
	return 0;
}

static u64 *mtty_settings_number(const struct mtty_settings *settings,
				 const struct mtty_setting *setting)
{
	return (void *)settings + setting->offset;
}

static int mtty_settings_parse_number(struct mtty_settings *settings,
				      const struct mtty_setting *setting, const char *text)
{
	return mtty_settings_parse_bytes(text, mtty_settings_number(settings, setting));
}

static int mtty_settings_show_number(const struct mtty_settings *settings,
				     const struct mtty_setting *setting, char *buf)
{
	return sysfs_emit(buf, "%llu\n", *mtty_settings_number(settings, setting));
}

const struct mtty_setting mtty_setting_state_size = {
	.parse = mtty_settings_parse_number,
	.show = mtty_settings_show_number,
	.offset = offsetof(struct mtty_settings, state_size),
};

const struct mtty_setting mtty_setting_precopy_size = {
	.parse = mtty_settings_parse_number,
	.show = mtty_settings_show_number,
	.offset = offsetof(struct mtty_settings, precopy_size),
};

const struct mtty_setting mtty_setting_dirty_rate = {
	.parse = mtty_settings_parse_number,
	.show = mtty_settings_show_number,
	.offset = offsetof(struct mtty_settings, dirty_rate),
	.at_any_time = true,
};

const struct mtty_setting mtty_setting_bandwidth = {
	.parse = mtty_settings_parse_number,
	.show = mtty_settings_show_number,
	.offset = offsetof(struct mtty_settings, bandwidth),
	.at_any_time = true,
};

/**
 * mtty_settings_parse() - set a setting from text
 * @settings: the settings; unchanged if this fails
 * @setting: which of them
 * @text: the text
 *
 * Return: 0; -EINVAL for a text that is not a value, or one that does not go with the other
 * settings; -EOPNOTSUPP for dirty tracking if this kernel cannot report dirty pages
 */
int mtty_settings_parse(struct mtty_settings *settings, const struct mtty_setting *setting,
			const char *text)
{
	struct mtty_settings changed = *settings;
	int ret;

	ret = setting->parse(&changed, setting, text);
	if (ret)
		return ret;
	if (changed.precopy_size > changed.state_size)
		return -EINVAL;
	*settings = changed;
	return 0;
}
