// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ports of a device: their locks, register accesses, and the request lines that
 * follow from them.
 */
#include "mtty.h"

/**
 * mtty_ports_init() - initialise the locks of all ports
 * @mtty: device that nobody else knows yet
 */
void mtty_ports_init(struct mtty_dev *mtty)
{
	spin_lock_init(&mtty->port[0].lock);
	spin_lock_init(&mtty->port[1].lock);
}

/**
 * mtty_ports_lock() - lock all ports, and so what they share, for changing it
 * @mtty: the device
 *
 * Locks the second port of a one-port device too: nobody contends for it, and the
 * rule of who may write what stays the same for both types.
 */
void mtty_ports_lock(struct mtty_dev *mtty)
	__acquires(&mtty->port[0].lock)
	__acquires(&mtty->port[1].lock)
{
	spin_lock(&mtty->port[0].lock);
	spin_lock_nested(&mtty->port[1].lock, SINGLE_DEPTH_NESTING);
}

/**
 * mtty_ports_unlock() - undo mtty_ports_lock()
 * @mtty: the device
 */
void mtty_ports_unlock(struct mtty_dev *mtty)
	__releases(&mtty->port[1].lock)
	__releases(&mtty->port[0].lock)
{
	spin_unlock(&mtty->port[1].lock);
	spin_unlock(&mtty->port[0].lock);
}

/* What the UART requests now */
static bool mtty_port_update_request(struct mtty_port *port)
{
	bool request = mtty_uart_irq_pending(&port->uart);

	lockdep_assert_held(&port->lock);
	WRITE_ONCE(port->request, request);
	return request;
}

/**
 * mtty_ports_set() - give all ports new UART states, at once
 * @mtty: the device, with all ports locked
 * @uarts: one valid state for each port; NULL for the power-on state
 *
 * Signals nothing.
 */
void mtty_ports_set(struct mtty_dev *mtty, const struct mtty_uart *uarts)
{
	unsigned int i;

	mtty_ports_assert_locked(mtty);
	for (i = 0; i < mtty->nr_ports; i++) {
		struct mtty_port *port = &mtty->port[i];

		if (uarts)
			port->uart = uarts[i];
		else
			mtty_uart_reset(&port->uart);
		mtty_port_update_request(port);
	}
}

/**
 * mtty_ports_request() - level of the function's INTx line, were it not masked
 * @mtty: the device; exact with all ports locked, else the other ports may change
 *
 * Return: true while any port requests an interrupt
 */
bool mtty_ports_request(const struct mtty_dev *mtty)
{
	return READ_ONCE(mtty->port[0].request) || READ_ONCE(mtty->port[1].request);
}

/* The mask keeps a processor that speculates within bounds, too. */
static struct mtty_port *mtty_port(struct mtty_dev *mtty, unsigned int nr)
{
	return &mtty->port[nr % MTTY_MAX_PORTS];
}

/**
 * mtty_port_read() - read a register
 * @mtty: the device
 * @nr: port number, less than the device's nr_ports
 * @offset: register offset, 0 to 7
 *
 * Return: the byte read
 */
u8 mtty_port_read(struct mtty_dev *mtty, unsigned int nr, unsigned int offset)
{
	struct mtty_port *port = mtty_port(mtty, nr);
	bool requested;
	u8 val;

	spin_lock(&port->lock);
	requested = port->request;
	val = mtty_uart_read(&port->uart, offset);
	if (mtty_port_update_request(port) && !requested)
		mtty_irq_raise(mtty);
	spin_unlock(&port->lock);
	return val;
}

/**
 * mtty_port_write() - write a register
 * @mtty: the device
 * @nr: port number, less than the device's nr_ports
 * @offset: register offset, 0 to 7
 * @val: byte to write
 *
 * A write to IER that leaves the request standing signals it again: with MSI, a
 * handler that gives up on a busy port would see no further edge, and the port
 * would be stuck.
 */
void mtty_port_write(struct mtty_dev *mtty, unsigned int nr, unsigned int offset,
		     u8 val)
{
	struct mtty_port *port = mtty_port(mtty, nr);
	bool requested;

	spin_lock(&port->lock);
	requested = port->request && !mtty_uart_at_ier(&port->uart, offset);
	mtty_uart_write(&port->uart, offset, val);
	if (mtty_port_update_request(port) && !requested)
		mtty_irq_raise(mtty);
	spin_unlock(&port->lock);
}
