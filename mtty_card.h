/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The card as its guest sees it: configuration space, UARTs and interrupt line, under
 * one lock. It knows nothing of VFIO devices, files or user memory.
 */
#ifndef MTTY_CARD_H
#define MTTY_CARD_H

#include <linux/spinlock_types.h>
#include <linux/types.h>

#include "mtty_line.h"
#include "mtty_pci.h"
#include "mtty_stream.h"
#include "mtty_uart.h"

#define MTTY_MAX_PORTS		MTTY_STREAM_MAX_PORTS

/**
 * struct mtty_card - state of a card
 */
struct mtty_card {
	/** @lock: protects all that follows but @nr_ports; outside that of the faults only */
	spinlock_t lock;
	/** @nr_ports: 1 (mtty-1) or 2 (mtty-2); constant */
	unsigned int nr_ports;
	/** @line: interrupt line; protected by @lock */
	struct mtty_line line;
	/** @port: UARTs, of which the first @nr_ports are used; protected by @lock */
	struct mtty_uart port[MTTY_MAX_PORTS];
	/** @pci: configuration space; protected by @lock */
	struct mtty_pci pci;
};

void mtty_card_init(struct mtty_card *card, unsigned int nr_ports,
		    struct mtty_faults *faults);
void mtty_card_power_on(struct mtty_card *card);
void mtty_card_reset(struct mtty_card *card);
unsigned int mtty_card_irq_index(struct mtty_card *card);
struct eventfd_ctx *mtty_card_connect(struct mtty_card *card, unsigned int index,
				      struct eventfd_ctx *trigger);
void mtty_card_mask_intx(struct mtty_card *card);
void mtty_card_unmask_intx(struct mtty_card *card);
void mtty_card_fire(struct mtty_card *card);
void mtty_card_halt(struct mtty_card *card);
void mtty_card_resume(struct mtty_card *card);
void mtty_card_save(struct mtty_card *card, struct mtty_stream_port *records);
void mtty_card_load(struct mtty_card *card, const struct mtty_stream_port *records);
u8 mtty_card_read_port(struct mtty_card *card, unsigned int nr, unsigned int offset);
void mtty_card_write_port(struct mtty_card *card, unsigned int nr, unsigned int offset,
			  u8 val);
void mtty_card_read_config(struct mtty_card *card, unsigned int offset, u8 *buf,
			   unsigned int count);
void mtty_card_write_config(struct mtty_card *card, unsigned int offset, const u8 *buf,
			    unsigned int count);

#endif /* MTTY_CARD_H */
