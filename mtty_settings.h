/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Settings: what the host has chosen for a card, and the text that it writes and reads in
 * sysfs. Pure functions on text and values.
 */
#ifndef MTTY_SETTINGS_H
#define MTTY_SETTINGS_H

#include <linux/types.h>

/**
 * struct mtty_settings - what the host has chosen for a card
 * @features: VFIO_MIGRATION_*, or 0 for a card that cannot migrate
 * @dirty_tracking: dirty page logging is offered
 * @state_size: bytes of payload in the device state
 * @precopy_size: bytes of it that PRE_COPY transfers; at most @state_size
 * @dirty_rate: bytes a second of that which become dirty again
 * @bandwidth: bytes a second that a data file transfers; 0: as fast as it goes
 */
struct mtty_settings {
	unsigned int features;
	bool dirty_tracking;
	u64 state_size;
	u64 precopy_size;
	u64 dirty_rate;
	u64 bandwidth;
};

/**
 * struct mtty_setting - one setting as text
 * @parse: set it from text; returns 0 or a negative errno
 * @show: write it to a page as text that @parse accepts; returns its length
 * @offset: of its member in struct mtty_settings
 * @at_any_time: it can change while the card is open
 */
struct mtty_setting {
	int (*parse)(struct mtty_settings *settings, const struct mtty_setting *setting,
		     const char *text);
	int (*show)(const struct mtty_settings *settings, const struct mtty_setting *setting,
		    char *buf);
	size_t offset;
	bool at_any_time;
};

extern const struct mtty_setting mtty_setting_features;
extern const struct mtty_setting mtty_setting_dirty_tracking;
extern const struct mtty_setting mtty_setting_state_size;
extern const struct mtty_setting mtty_setting_precopy_size;
extern const struct mtty_setting mtty_setting_dirty_rate;
extern const struct mtty_setting mtty_setting_bandwidth;

void mtty_settings_init(struct mtty_settings *settings);
int mtty_settings_parse(struct mtty_settings *settings, const struct mtty_setting *setting,
			const char *text);
int mtty_settings_parse_bytes(const char *text, u64 *bytes);

#endif /* MTTY_SETTINGS_H */
