/* SPDX-License-Identifier: GPL-2.0-only */
/* A card without VFIO around it, its signals counted, and its fault rules */
#ifndef KUNIT_CARD_H
#define KUNIT_CARD_H

#include <kunit/test.h>

#include "../mtty_card.h"
#include "../mtty_fault.h"

struct mtty_faults *faults_new(struct kunit *test);
struct mtty_card *card_new(struct kunit *test, unsigned int nr_ports);
void card_set_irq(struct mtty_card *card, unsigned int index);
unsigned int card_take_signals(void);

#endif /* KUNIT_CARD_H */
