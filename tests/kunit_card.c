// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of a device that the tests need, compiled into them: so they run in any
 * kernel with KUnit, without VFIO, and count signals instead of sending them.
 */
#include "kunit_card.h"

#include <linux/eventfd.h>

static void card_signal(struct eventfd_ctx *ctx);

#define eventfd_signal card_signal
#include "../mtty_irq.c"
#include "../mtty_pci.c"
#include "../mtty_port.c"

/* Not an eventfd; only its address is ever used. */
#define CARD_TRIGGER	((struct eventfd_ctx *)&card_signals)

/* Tests run one after the other. */
static unsigned int card_signals;

static void card_signal(struct eventfd_ctx *ctx)
{
	card_signals++;
}

/* A freshly opened device; its interrupts are not set up. */
struct mtty_dev *card_new(struct kunit *test, unsigned int nr_ports)
{
	struct mtty_dev *mtty = kunit_kzalloc(test, sizeof(*mtty), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mtty);
	mtty->nr_ports = nr_ports;
	mtty_ports_init(mtty);
	mtty_irq_init(mtty);
	mtty_ports_lock(mtty);
	mtty_pci_reset(mtty);
	mtty_ports_reset(mtty);
	mtty_ports_unlock(mtty);
	card_signals = 0;
	return mtty;
}

/* What VFIO_DEVICE_SET_IRQS would do with a real eventfd */
void card_set_irq(struct mtty_dev *mtty, unsigned int index)
{
	mtty_ports_lock(mtty);
	mtty->irq.index = index;
	mtty->irq.trigger = CARD_TRIGGER;
	mtty_ports_unlock(mtty);
}

/* Signals since the last call */
unsigned int card_take_signals(void)
{
	unsigned int count = card_signals;

	card_signals = 0;
	return count;
}
