/* SPDX-License-Identifier: GPL-2.0-only */
/* What the host has told a card to be and to do: its settings and its fault rules */
#ifndef MTTY_INSTRUMENT_H
#define MTTY_INSTRUMENT_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "mtty_fault.h"
#include "mtty_settings.h"

struct device;

/**
 * struct mtty_instrument - settings and fault rules of a card
 */
struct mtty_instrument {
	/** @faults: the rules, which have a lock of their own */
	struct mtty_faults faults;
	/** @lock: protects all that follows; inside all other mutexes */
	struct mutex lock;
	/** @settings: the settings; protected by @lock */
	struct mtty_settings settings;
	/** @in_use: somebody has the device open; protected by @lock */
	bool in_use;
};

void mtty_instrument_init(struct mtty_instrument *instrument, const struct device *dev);
void mtty_instrument_destroy(struct mtty_instrument *instrument);
struct mtty_settings mtty_instrument_settings(struct mtty_instrument *instrument);

#endif /* MTTY_INSTRUMENT_H */
