/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt line of the function: who requests an interrupt, what holds it back, and
 * the eventfd that tells the user. It knows nothing of UARTs, configuration space or
 * locks.
 */
#ifndef MTTY_LINE_H
#define MTTY_LINE_H

#include <linux/types.h>
#include <linux/vfio.h>

struct eventfd_ctx;
struct mtty_faults;

/* struct mtty_line.index while neither INTx nor MSI is set up */
#define MTTY_LINE_UNUSED	VFIO_PCI_NUM_IRQS

/**
 * struct mtty_line - interrupt line of the function
 * @index: VFIO_PCI_INTX_IRQ_INDEX, VFIO_PCI_MSI_IRQ_INDEX or MTTY_LINE_UNUSED
 * @trigger: eventfd of the one vector of @index, or NULL
 * @faults: rules that can make a signal get lost
 * @requests: bit n: port n requests an interrupt
 * @masked: INTx is masked, by the user or because it has been signalled
 * @disabled: the command register forbids INTx
 * @halted: the migration state forbids interrupts
 * @announce: signal INTx once at the end of @halted, even if nothing is pending
 *
 * The caller serialises all access.
 */
struct mtty_line {
	unsigned int index;
	struct eventfd_ctx *trigger;
	struct mtty_faults *faults;
	u8 requests;
	bool masked;
	bool disabled;
	bool halted;
	bool announce;
};

/**
 * mtty_line_asserted() - level of INTx if nothing held it back
 * @line: the line
 *
 * Return: true while any port requests an interrupt
 */
static inline bool mtty_line_asserted(const struct mtty_line *line)
{
	return line->requests;
}

void mtty_line_request(struct mtty_line *line, unsigned int port, bool request);
void mtty_line_mask(struct mtty_line *line);
void mtty_line_unmask(struct mtty_line *line);
void mtty_line_disable(struct mtty_line *line, bool disable);
void mtty_line_halt(struct mtty_line *line);
void mtty_line_resume(struct mtty_line *line);
void mtty_line_forget(struct mtty_line *line);
void mtty_line_announce(struct mtty_line *line, bool announce);
void mtty_line_fire(struct mtty_line *line);
struct eventfd_ctx *mtty_line_connect(struct mtty_line *line, unsigned int index,
				      struct eventfd_ctx *trigger);

#endif /* MTTY_LINE_H */
