// SPDX-License-Identifier: GPL-2.0-only
/* What the host has told a card to be and to do */
#include "mtty_instrument.h"

#include <linux/cleanup.h>

/**
 * mtty_instrument_init() - make it what a card is that nobody has configured
 * @instrument: the instrument, all zero
 * @dev: the card's device
 */
void mtty_instrument_init(struct mtty_instrument *instrument, const struct device *dev)
{
	mtty_faults_init(&instrument->faults, dev);
	mutex_init(&instrument->lock);
	mtty_settings_init(&instrument->settings);
}

/**
 * mtty_instrument_destroy() - undo mtty_instrument_init()
 * @instrument: instrument of a card that nobody else knows any more
 */
void mtty_instrument_destroy(struct mtty_instrument *instrument)
{
	mutex_destroy(&instrument->lock);
	mtty_faults_destroy(&instrument->faults);
}

/**
 * mtty_instrument_settings() - the settings as they are now
 * @instrument: the instrument
 *
 * Return: a copy
 */
struct mtty_settings mtty_instrument_settings(struct mtty_instrument *instrument)
{
	guard(mutex)(&instrument->lock);
	return instrument->settings;
}
