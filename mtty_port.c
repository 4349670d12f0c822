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

/* What the UART requests now */
static bool mtty_port_update_request(struct mtty_port *port)
{
	bool request = mtty_uart_irq_pending(&port->uart);

	lockdep_assert_held(&port->lock);
	WRITE_ONCE(port->request, request);
	return request;
}

/**
 * mtty_ports_reset() - bring all ports into their power-on state
 * @mtty: the device, with all ports locked
 *
 * Signals nothing.
 */
void mtty_ports_reset(struct mtty_dev *mtty)
{
	unsigned int i;

	mtty_ports_assert_locked(mtty);
	for (i = 0; i < mtty->nr_ports; i++) {
		mtty_uart_reset(&mtty->port[i].uart);
		mtty_port_update_request(&mtty->port[i]);
	}
}

/**
 * mtty_ports_load() - give all ports the states that a stream has, at once
 * @mtty: the device, with all ports locked
 * @stream: whole stream that mtty_stream_check() has passed for this device
 *
 * Signals nothing.
 *
 * Return: true if any port has interrupts enabled now
 */
bool mtty_ports_load(struct mtty_dev *mtty, const struct mtty_stream *stream)
{
	bool enabled = false;
	unsigned int i;

	mtty_ports_assert_locked(mtty);
	for (i = 0; i < mtty->nr_ports; i++) {
		struct mtty_port *port = &mtty->port[i];

		mtty_stream_load_port(&port->uart, &stream->port[i]);
		mtty_port_update_request(port);
		enabled |= port->uart.ier;
	}
	return enabled;
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
