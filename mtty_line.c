// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupt line of the function.
 *
 * INTx is a level that the user sees as edges: it is signalled once, which masks it,
 * and again when it is unmasked while any port still requests an interrupt. MSI is a
 * message for each port whose request rises.
 */
#include "mtty_line.h"

#include <linux/bits.h>
#include <linux/eventfd.h>

#include "mtty_fault.h"
#include "mtty_trace.h"

/* A signal that gets lost is one that the card believes to have given. */
static void mtty_line_send(struct mtty_line *line, const char *why)
{
	const struct mtty_fault_pass pass = { .site = MTTY_FAULT_IRQ, };
	struct mtty_fault_action action;

	mtty_faults_pass(line->faults, &pass, &action);
	trace_irq(line->index, action.drop ? "dropped" : why);
	if (!action.drop)
		eventfd_signal(line->trigger);
}

/* Without a trigger nothing is noted: mtty_line_connect() looks at the requests again. */
static void mtty_line_signal(struct mtty_line *line, const char *why)
{
	if (line->halted || !line->trigger)
		return;
	if (line->index == VFIO_PCI_INTX_IRQ_INDEX) {
		if (line->disabled || line->masked)
			return;
		line->masked = true;
	}
	mtty_line_send(line, why);
}

/* Whatever held requests back may be gone. */
static void mtty_line_reevaluate(struct mtty_line *line, const char *why)
{
	if (mtty_line_asserted(line))
		mtty_line_signal(line, why);
}

/**
 * mtty_line_request() - set the request of a port, and signal it if it rises
 * @line: the line
 * @port: port number
 * @request: true while the port requests an interrupt
 */
void mtty_line_request(struct mtty_line *line, unsigned int port, bool request)
{
	bool requested = line->requests & BIT(port);

	if (request == requested)
		return;
	line->requests ^= BIT(port);
	if (request)
		mtty_line_signal(line, "request");
}

/**
 * mtty_line_mask() - mask INTx
 * @line: the line
 */
void mtty_line_mask(struct mtty_line *line)
{
	line->masked = true;
}

/**
 * mtty_line_unmask() - unmask INTx, and signal it if it is still asserted
 * @line: the line
 *
 * Does nothing unless INTx is set up and enabled in the command register.
 */
void mtty_line_unmask(struct mtty_line *line)
{
	if (line->index != VFIO_PCI_INTX_IRQ_INDEX || line->disabled)
		return;
	line->masked = false;
	mtty_line_reevaluate(line, "unmask");
}

/**
 * mtty_line_disable() - follow the INTX_DISABLE bit of the command register
 * @line: the line
 * @disable: the bit
 *
 * Clearing the bit unmasks INTx, as it does in vfio-pci, so that a line that is still
 * asserted is signalled.
 */
void mtty_line_disable(struct mtty_line *line, bool disable)
{
	bool was_disabled = line->disabled;

	line->disabled = disable;
	if (was_disabled)
		mtty_line_unmask(line);
}

/**
 * mtty_line_halt() - signal nothing until mtty_line_resume()
 * @line: the line
 */
void mtty_line_halt(struct mtty_line *line)
{
	line->halted = true;
}

/**
 * mtty_line_resume() - undo mtty_line_halt(), and signal what is pending or announced
 * @line: the line
 */
void mtty_line_resume(struct mtty_line *line)
{
	line->halted = false;
	if (line->announce && line->index == VFIO_PCI_INTX_IRQ_INDEX)
		mtty_line_signal(line, "announce");
	line->announce = false;
	mtty_line_reevaluate(line, "resume");
}

/**
 * mtty_line_forget() - forget that INTx was signalled, announced or masked by the user
 * @line: the line
 *
 * The next request is a new one. This is for a card that a stream was loaded into, and
 * for one without an interrupt set up.
 */
void mtty_line_forget(struct mtty_line *line)
{
	line->masked = false;
	line->announce = false;
}

/**
 * mtty_line_announce() - choose whether mtty_line_resume() signals INTx in any case
 * @line: the line
 * @announce: true after a load that enables interrupts; false takes it back
 *
 * A VMM may hear of an interrupt after its guest has dealt with it. It asserts the
 * guest's line all the same, until the guest's next register access. A guest that moves
 * in between takes an asserted line along, and its new VMM, which was not signalled, has
 * no reason to lower it: the guest would call its handler for ever. Calling the handler
 * once too often does no harm.
 */
void mtty_line_announce(struct mtty_line *line, bool announce)
{
	line->announce = announce;
}

/**
 * mtty_line_fire() - signal the trigger because the user says so
 * @line: the line
 *
 * This is not a request of the card, so it neither masks INTx nor is masked.
 */
void mtty_line_fire(struct mtty_line *line)
{
	if (!line->trigger || line->halted)
		return;
	if (line->index == VFIO_PCI_INTX_IRQ_INDEX && line->disabled)
		return;
	mtty_line_send(line, "user");
}

/**
 * mtty_line_connect() - choose the interrupt and its eventfd
 * @line: the line
 * @index: VFIO_PCI_INTX_IRQ_INDEX, VFIO_PCI_MSI_IRQ_INDEX or MTTY_LINE_UNUSED
 * @trigger: eventfd of the vector, or NULL
 *
 * Signals a request that is pending.
 *
 * Return: the eventfd that was there before, which the caller puts, or NULL
 */
struct eventfd_ctx *mtty_line_connect(struct mtty_line *line, unsigned int index,
				      struct eventfd_ctx *trigger)
{
	struct eventfd_ctx *old = line->trigger;

	if (index == MTTY_LINE_UNUSED)
		mtty_line_forget(line);
	line->index = index;
	line->trigger = trigger;
	mtty_line_reevaluate(line, "connect");
	return old;
}
