// SPDX-License-Identifier: GPL-2.0-only
/*
 * The card as its guest sees it: register accesses, resets, and the state that
 * migrates.
 *
 * A guest waits for the access that holds the lock, so nothing under it sleeps,
 * allocates or touches user memory. Eventfds are signalled under it, which is safe
 * because no wake-up callback of ours takes it: the unmask eventfd works from a thread.
 */
#include "mtty_card.h"

#include <linux/build_bug.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>

#include "mtty_trace.h"

/* A BAR has the registers of one UART. */
static_assert(MTTY_PCI_BAR_SIZE == MTTY_UART_NR_REGS);

/**
 * mtty_card_init() - initialise a card
 * @card: card that nobody else knows yet, all zero
 * @nr_ports: 1 or 2
 * @faults: rules that can make it lose interrupts
 */
void mtty_card_init(struct mtty_card *card, unsigned int nr_ports,
		    struct mtty_faults *faults)
{
	spin_lock_init(&card->lock);
	card->nr_ports = nr_ports;
	card->pci.nr_bars = nr_ports;
	card->line.index = MTTY_LINE_UNUSED;
	card->line.faults = faults;
}

static void mtty_card_update_request(struct mtty_card *card, unsigned int nr)
{
	lockdep_assert_held(&card->lock);
	mtty_line_request(&card->line, nr, mtty_uart_irq_pending(&card->port[nr]));
}

/* Ends a halt, and signals nothing. */
static void mtty_card_reset_locked(struct mtty_card *card)
{
	unsigned int i;

	lockdep_assert_held(&card->lock);
	for (i = 0; i < card->nr_ports; i++) {
		mtty_uart_reset(&card->port[i]);
		mtty_card_update_request(card, i);
	}
	mtty_line_announce(&card->line, false);
	mtty_line_resume(&card->line);
}

/**
 * mtty_card_reset() - bring the UARTs into their power-on state, and end a halt
 * @card: the card
 *
 * Signals nothing. Configuration space, the interrupt that is set up and the INTx mask
 * stay as they are.
 */
void mtty_card_reset(struct mtty_card *card)
{
	spin_lock(&card->lock);
	mtty_card_reset_locked(card);
	spin_unlock(&card->lock);
}

/**
 * mtty_card_power_on() - bring the whole card into its power-on state
 * @card: card without an interrupt set up
 */
void mtty_card_power_on(struct mtty_card *card)
{
	spin_lock(&card->lock);
	mtty_pci_reset(&card->pci);
	mtty_line_disable(&card->line, mtty_pci_intx_disabled(&card->pci));
	mtty_card_reset_locked(card);
	spin_unlock(&card->lock);
}

/**
 * mtty_card_irq_index() - which interrupt is set up
 * @card: the card
 *
 * Return: VFIO_PCI_INTX_IRQ_INDEX, VFIO_PCI_MSI_IRQ_INDEX or MTTY_LINE_UNUSED
 */
unsigned int mtty_card_irq_index(struct mtty_card *card)
{
	unsigned int index;

	spin_lock(&card->lock);
	index = card->line.index;
	spin_unlock(&card->lock);
	return index;
}

/**
 * mtty_card_connect() - choose the interrupt and its eventfd; see mtty_line_connect()
 * @card: the card
 * @index: VFIO_PCI_INTX_IRQ_INDEX, VFIO_PCI_MSI_IRQ_INDEX or MTTY_LINE_UNUSED
 * @trigger: eventfd of the vector, or NULL
 *
 * Return: the eventfd that was there before, which the caller puts, or NULL
 */
struct eventfd_ctx *mtty_card_connect(struct mtty_card *card, unsigned int index,
				      struct eventfd_ctx *trigger)
{
	struct eventfd_ctx *old;

	spin_lock(&card->lock);
	old = mtty_line_connect(&card->line, index, trigger);
	spin_unlock(&card->lock);
	return old;
}

/**
 * mtty_card_mask_intx() - mask INTx
 * @card: the card
 */
void mtty_card_mask_intx(struct mtty_card *card)
{
	spin_lock(&card->lock);
	mtty_line_mask(&card->line);
	spin_unlock(&card->lock);
}

/**
 * mtty_card_unmask_intx() - unmask INTx, and signal it if it is still asserted
 * @card: the card
 */
void mtty_card_unmask_intx(struct mtty_card *card)
{
	spin_lock(&card->lock);
	mtty_line_unmask(&card->line);
	spin_unlock(&card->lock);
}

/**
 * mtty_card_fire() - signal the trigger because the user says so
 * @card: the card
 */
void mtty_card_fire(struct mtty_card *card)
{
	spin_lock(&card->lock);
	mtty_line_fire(&card->line);
	spin_unlock(&card->lock);
}

/**
 * mtty_card_halt() - signal no interrupt until mtty_card_resume()
 * @card: the card
 *
 * When this returns, no access is still about to signal.
 */
void mtty_card_halt(struct mtty_card *card)
{
	spin_lock(&card->lock);
	mtty_line_halt(&card->line);
	spin_unlock(&card->lock);
}

/**
 * mtty_card_resume() - undo mtty_card_halt(), and signal what is pending or announced
 * @card: the card
 */
void mtty_card_resume(struct mtty_card *card)
{
	spin_lock(&card->lock);
	mtty_line_resume(&card->line);
	spin_unlock(&card->lock);
}

/**
 * mtty_card_save() - encode the state of all ports, as of one moment
 * @card: the card
 * @records: where to put it, one record for each port
 */
void mtty_card_save(struct mtty_card *card, struct mtty_stream_port *records)
{
	unsigned int i;

	spin_lock(&card->lock);
	for (i = 0; i < card->nr_ports; i++)
		mtty_stream_save_port(&records[i], &card->port[i]);
	spin_unlock(&card->lock);
}

/**
 * mtty_card_load() - give all ports the state that a stream has
 * @card: the card, halted
 * @records: records that mtty_stream_port_valid() has passed, one for each port
 */
void mtty_card_load(struct mtty_card *card, const struct mtty_stream_port *records)
{
	bool enabled = false;
	unsigned int i;

	spin_lock(&card->lock);
	for (i = 0; i < card->nr_ports; i++) {
		mtty_stream_load_port(&card->port[i], &records[i]);
		mtty_card_update_request(card, i);
		enabled |= card->port[i].ier;
	}
	mtty_line_forget(&card->line);
	mtty_line_announce(&card->line, enabled);
	spin_unlock(&card->lock);
}

/**
 * mtty_card_read_port() - read a register of a port
 * @card: the card
 * @nr: port number, less than the card's nr_ports
 * @offset: register offset, 0 to 7
 *
 * Return: the byte read
 */
u8 mtty_card_read_port(struct mtty_card *card, unsigned int nr, unsigned int offset)
{
	u8 val;

	spin_lock(&card->lock);
	val = mtty_uart_read(&card->port[nr], offset);
	mtty_card_update_request(card, nr);
	trace_access(false, nr, offset, val);
	spin_unlock(&card->lock);
	return val;
}

/**
 * mtty_card_write_port() - write a register of a port
 * @card: the card
 * @nr: port number, less than the card's nr_ports
 * @offset: register offset, 0 to 7
 * @val: byte to write
 *
 * A write to IER that leaves the request standing signals it again: with MSI, a handler
 * that gives up on a busy port would see no further edge, and the port would be stuck.
 */
void mtty_card_write_port(struct mtty_card *card, unsigned int nr, unsigned int offset,
			  u8 val)
{
	struct mtty_uart *uart = &card->port[nr];

	spin_lock(&card->lock);
	trace_access(true, nr, offset, val);
	if (mtty_uart_at_ier(uart, offset))
		mtty_line_request(&card->line, nr, false);
	mtty_uart_write(uart, offset, val);
	mtty_card_update_request(card, nr);
	spin_unlock(&card->lock);
}

/**
 * mtty_card_read_config() - read configuration space, of any width and alignment
 * @card: the card
 * @offset: first byte to read
 * @buf: where to put the bytes, in the order of their addresses
 * @count: number of bytes; @offset + @count is at most MTTY_PCI_CONFIG_SIZE
 */
void mtty_card_read_config(struct mtty_card *card, unsigned int offset, u8 *buf,
			   unsigned int count)
{
	spin_lock(&card->lock);
	mtty_pci_read(&card->pci, mtty_line_asserted(&card->line), offset, buf, count);
	spin_unlock(&card->lock);
}

/**
 * mtty_card_write_config() - write configuration space, of any width and alignment
 * @card: the card
 * @offset: first byte to write
 * @buf: the bytes, in the order of their addresses
 * @count: number of bytes; @offset + @count is at most MTTY_PCI_CONFIG_SIZE
 */
void mtty_card_write_config(struct mtty_card *card, unsigned int offset, const u8 *buf,
			    unsigned int count)
{
	spin_lock(&card->lock);
	mtty_pci_write(&card->pci, offset, buf, count);
	mtty_line_disable(&card->line, mtty_pci_intx_disabled(&card->pci));
	spin_unlock(&card->lock);
}
