// SPDX-License-Identifier: GPL-2.0-only
/*
 * A card compiled into the tests, so that they run in any kernel with KUnit, without
 * VFIO, and count signals instead of sending them.
 */
/* The tracepoints are mtty.ko's. */
#define NOTRACE

#include "kunit_card.h"

#include <linux/eventfd.h>

static void card_signal(struct eventfd_ctx *ctx);

#define eventfd_signal card_signal
#include "../mtty_card.c"
#include "../mtty_line.c"
#include "../mtty_pci.c"

/* Not an eventfd; only its address is ever used. */
#define CARD_TRIGGER	((struct eventfd_ctx *)&card_signals)

/* Tests run one after the other. */
static unsigned int card_signals;

static void card_signal(struct eventfd_ctx *ctx)
{
	card_signals++;
}

static void destroy_faults(void *faults)
{
	mtty_faults_clear(faults);
	mtty_faults_destroy(faults);
}

/* An empty list of fault rules, of which nothing is left after the test */
struct mtty_faults *faults_new(struct kunit *test)
{
	struct mtty_faults *faults = kunit_kzalloc(test, sizeof(*faults), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, faults);
	mtty_faults_init(faults, NULL);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, destroy_faults, faults), 0);
	return faults;
}

/* A freshly opened card; its interrupts are not set up. */
struct mtty_card *card_new(struct kunit *test, unsigned int nr_ports)
{
	struct mtty_card *card = kunit_kzalloc(test, sizeof(*card), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, card);
	mtty_card_init(card, nr_ports, faults_new(test));
	mtty_card_power_on(card);
	card_signals = 0;
	return card;
}

/* Does what VFIO_DEVICE_SET_IRQS would do with a real eventfd. */
void card_set_irq(struct mtty_card *card, unsigned int index)
{
	spin_lock(&card->lock);
	card->line.index = index;
	card->line.trigger = CARD_TRIGGER;
	spin_unlock(&card->lock);
}

/* Signals since the last call */
unsigned int card_take_signals(void)
{
	unsigned int count = card_signals;

	card_signals = 0;
	return count;
}
