/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 16550A UART with a loop-back plug: the chip alone, as the PC16550D data sheet
 * describes it. It knows nothing of PCI, VFIO, interrupts or locks.
 */
#ifndef MTTY_UART_H
#define MTTY_UART_H

#include <linux/serial_reg.h>
#include <linux/types.h>

/* Registers of one port, and so bytes of its I/O BAR */
#define MTTY_UART_NR_REGS	8

/* Power of two: FIFO indices wrap by masking */
#define MTTY_UART_FIFO_SIZE	16

/* Bits that the registers keep */
#define MTTY_UART_IER_MASK	(UART_IER_RDI | UART_IER_THRI | \
				 UART_IER_RLSI | UART_IER_MSI)
#define MTTY_UART_MCR_MASK	(UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT1 | \
				 UART_MCR_OUT2 | UART_MCR_LOOP)
#define MTTY_UART_FCR_MASK	(UART_FCR_ENABLE_FIFO | UART_FCR_DMA_SELECT | \
				 UART_FCR_TRIGGER_MASK)

/**
 * struct mtty_uart - state of one UART
 * @ier: Interrupt Enable Register, bits 3:0
 * @fcr: FIFO Control Register as last programmed, bits 7:6, 3 and 0
 * @lcr: Line Control Register
 * @mcr: Modem Control Register, bits 4:0
 * @scr: Scratch Register
 * @msr_delta: Modem Status Register, bits 3:0; the levels follow from @mcr
 * @lsr_error: sticky error bits 4:2 of the Line Status Register
 * @overrun: Overrun Error bit of the Line Status Register
 * @thre_ip: THRE interrupt is pending
 * @break_sent: the break being sent has produced its character already
 * @divisor: DLM:DLL
 * @breaks: bit n set: slot n of @fifo holds a break character, not yet reported
 * @fifo: bytes that the receiver holds, circular
 * @head: slot that the next byte goes into
 * @tail: slot of the oldest byte
 * @count: bytes held, 0 to 16; at most 1 is added with the FIFO disabled
 *
 * There is one FIFO, the receiver's: the transmitter never holds a byte.
 *
 * The caller serialises all access.
 */
struct mtty_uart {
	u8 ier;
	u8 fcr;
	u8 lcr;
	u8 mcr;
	u8 scr;
	u8 msr_delta;
	u8 lsr_error;
	bool overrun;
	bool thre_ip;
	bool break_sent;
	u16 divisor;
	u16 breaks;
	u8 fifo[MTTY_UART_FIFO_SIZE];
	u8 head;
	u8 tail;
	u8 count;
};

/**
 * mtty_uart_fifo_enabled() - FIFO mode (16550) or character mode (16450)
 * @uart: the UART
 *
 * Return: true in FIFO mode
 */
static inline bool mtty_uart_fifo_enabled(const struct mtty_uart *uart)
{
	return uart->fcr & UART_FCR_ENABLE_FIFO;
}

/**
 * mtty_uart_trigger_level() - receiver FIFO trigger level
 * @uart: the UART
 *
 * Return: bytes that raise "received data available": 1, 4, 8 or 14
 */
static inline u8 mtty_uart_trigger_level(const struct mtty_uart *uart)
{
	static const u8 levels[] = { 1, 4, 8, 14 };

	if (!mtty_uart_fifo_enabled(uart))
		return 1;
	return levels[UART_FCR_R_TRIG_BITS(uart->fcr)];
}

/**
 * mtty_uart_dlab() - Divisor Latch Access Bit
 * @uart: the UART
 *
 * Return: true while offsets 0 and 1 select the divisor latch
 */
static inline bool mtty_uart_dlab(const struct mtty_uart *uart)
{
	return uart->lcr & UART_LCR_DLAB;
}

/**
 * mtty_uart_at_ier() - whether a register offset selects the IER right now
 * @uart: the UART
 * @offset: register offset, 0 to 7
 *
 * Return: true if an access at @offset reaches the Interrupt Enable Register
 */
static inline bool mtty_uart_at_ier(const struct mtty_uart *uart, unsigned int offset)
{
	return offset == UART_IER && !mtty_uart_dlab(uart);
}

/**
 * mtty_uart_irq_causes() - enabled interrupts that are pending
 * @uart: the UART
 *
 * Return: bits of IER, of which it has those set that are enabled and pending
 */
static inline u8 mtty_uart_irq_causes(const struct mtty_uart *uart)
{
	u8 causes = 0;

	if (uart->overrun || uart->lsr_error)
		causes |= UART_IER_RLSI;
	if (uart->count)
		causes |= UART_IER_RDI;
	if (uart->thre_ip)
		causes |= UART_IER_THRI;
	if (uart->msr_delta)
		causes |= UART_IER_MSI;
	return causes & uart->ier;
}

/**
 * mtty_uart_irq_pending() - level of the interrupt request output
 * @uart: the UART
 *
 * OUT2 does not gate it, as on PCI cards. Inlined, as each access to a port asks.
 *
 * Return: true while an enabled interrupt is pending
 */
static inline bool mtty_uart_irq_pending(const struct mtty_uart *uart)
{
	return mtty_uart_irq_causes(uart);
}

void mtty_uart_reset(struct mtty_uart *uart);
u8 mtty_uart_read(struct mtty_uart *uart, unsigned int offset);
void mtty_uart_write(struct mtty_uart *uart, unsigned int offset, u8 val);

#endif /* MTTY_UART_H */
