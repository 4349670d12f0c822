/* SPDX-License-Identifier: GPL-2.0-only */
/* A device without VFIO around it, its signals counted */
#ifndef KUNIT_CARD_H
#define KUNIT_CARD_H

#include <kunit/test.h>

#include "../mtty.h"

struct mtty_dev *card_new(struct kunit *test, unsigned int nr_ports);
void card_set_irq(struct mtty_dev *mtty, unsigned int index);
unsigned int card_take_signals(void);

#endif /* KUNIT_CARD_H */
