// SPDX-License-Identifier: GPL-2.0-only
/*
 * 16550A UART with a loop-back plug.
 *
 * The plug ties SOUT to SIN, RTS to CTS, and DTR to DSR and DCD; RI is open. No
 * time passes on the wire: a byte written to THR is in the receiver at once, so the
 * transmitter is always empty, and the receiver overruns if nobody reads it. The
 * character timeout of the receiver FIFO is over as soon as it starts.
 */
#include "mtty_uart.h"

#include <linux/bits.h>

/* Bits 7:6 of IIR: FIFO mode, and the FIFO works */
#define MTTY_UART_IIR_FIFO	0xc0

/* 9600 Bd. Never 0: Linux' console=uart8250 without a speed divides by it. */
#define MTTY_UART_RESET_DIVISOR	12

/**
 * mtty_uart_reset() - bring a UART into its power-on state
 * @uart: the UART, in any state, initialised or not
 */
void mtty_uart_reset(struct mtty_uart *uart)
{
	*uart = (struct mtty_uart){ .divisor = MTTY_UART_RESET_DIVISOR };
}

/* The character that just became the oldest one may be a break. */
static void mtty_uart_latch_break(struct mtty_uart *uart)
{
	if (uart->breaks & BIT(uart->tail))
		uart->lsr_error |= UART_LSR_BI;
}

static unsigned int mtty_uart_next_slot(unsigned int slot)
{
	return (slot + 1) % MTTY_UART_FIFO_SIZE;
}

/*
 * An overrun loses the newest byte of a FIFO, but the oldest one of a 16450: there
 * the holding register is overwritten.
 */
static void mtty_uart_push(struct mtty_uart *uart, u8 byte, bool is_break)
{
	bool fifo = mtty_uart_fifo_enabled(uart);
	unsigned int slot = uart->head;

	if (uart->count >= (fifo ? MTTY_UART_FIFO_SIZE : 1)) {
		uart->overrun = true;
		if (fifo)
			return;
		slot = uart->tail;
	} else {
		uart->head = mtty_uart_next_slot(slot);
		uart->count++;
	}

	uart->fifo[slot] = byte;
	uart->breaks &= ~BIT(slot);
	if (is_break)
		uart->breaks |= BIT(slot);
	if (slot == uart->tail)
		mtty_uart_latch_break(uart);
}

static u8 mtty_uart_pop(struct mtty_uart *uart)
{
	u8 byte;

	if (!uart->count)
		return 0;

	byte = uart->fifo[uart->tail];
	uart->breaks &= ~BIT(uart->tail);
	uart->tail = mtty_uart_next_slot(uart->tail);
	uart->count--;
	if (uart->count)
		mtty_uart_latch_break(uart);
	return byte;
}

/* The overrun stays: only reading LSR clears it. */
static void mtty_uart_clear_fifo(struct mtty_uart *uart)
{
	uart->head = 0;
	uart->tail = 0;
	uart->count = 0;
	uart->breaks = 0;
	uart->lsr_error = 0;
}

/* Identification of the most urgent interrupt, highest priority first */
static u8 mtty_uart_iir_id(const struct mtty_uart *uart)
{
	u8 causes = mtty_uart_irq_causes(uart);

	if (causes & UART_IER_RLSI)
		return UART_IIR_RLSI;
	if (causes & UART_IER_RDI)
		return uart->count >= mtty_uart_trigger_level(uart) ?
			UART_IIR_RDI : UART_IIR_RX_TIMEOUT;
	if (causes & UART_IER_THRI)
		return UART_IIR_THRI;
	if (causes & UART_IER_MSI)
		return UART_IIR_MSI;
	return UART_IIR_NO_INT;
}

static u8 mtty_uart_read_iir(struct mtty_uart *uart)
{
	u8 id = mtty_uart_iir_id(uart);

	if (id == UART_IIR_THRI)
		uart->thre_ip = false;
	if (mtty_uart_fifo_enabled(uart))
		id |= MTTY_UART_IIR_FIFO;
	return id;
}

static u8 mtty_uart_read_lsr(struct mtty_uart *uart)
{
	u8 lsr = UART_LSR_THRE | UART_LSR_TEMT;

	if (uart->count)
		lsr |= UART_LSR_DR;
	if (uart->overrun)
		lsr |= UART_LSR_OE;
	lsr |= uart->lsr_error;
	if (mtty_uart_fifo_enabled(uart) && uart->breaks)
		lsr |= UART_LSR_FIFOE;

	uart->overrun = false;
	uart->lsr_error = 0;
	uart->breaks &= ~BIT(uart->tail);
	return lsr;
}

/* Modem inputs as bits 7:4 of MSR: through the plug, or inside in LOOP mode */
static u8 mtty_uart_modem_levels(const struct mtty_uart *uart)
{
	bool loop = uart->mcr & UART_MCR_LOOP;
	u8 levels = 0;

	if (uart->mcr & UART_MCR_RTS)
		levels |= UART_MSR_CTS;
	if (uart->mcr & UART_MCR_DTR)
		levels |= UART_MSR_DSR;
	if (loop && (uart->mcr & UART_MCR_OUT1))
		levels |= UART_MSR_RI;
	if (uart->mcr & (loop ? UART_MCR_OUT2 : UART_MCR_DTR))
		levels |= UART_MSR_DCD;
	return levels;
}

static u8 mtty_uart_read_msr(struct mtty_uart *uart)
{
	u8 msr = mtty_uart_modem_levels(uart) | uart->msr_delta;

	uart->msr_delta = 0;
	return msr;
}

/**
 * mtty_uart_read() - read a register, with all side effects of that
 * @uart: the UART
 * @offset: register offset, 0 to 7
 *
 * Return: the byte read; never undefined, an empty receiver reads 0
 */
u8 mtty_uart_read(struct mtty_uart *uart, unsigned int offset)
{
	switch (offset) {
	case UART_RX:
		return mtty_uart_dlab(uart) ? uart->divisor & 0xff :
					      mtty_uart_pop(uart);
	case UART_IER:
		return mtty_uart_dlab(uart) ? uart->divisor >> 8 : uart->ier;
	case UART_IIR:
		return mtty_uart_read_iir(uart);
	case UART_LCR:
		return uart->lcr;
	case UART_MCR:
		return uart->mcr;
	case UART_LSR:
		return mtty_uart_read_lsr(uart);
	case UART_MSR:
		return mtty_uart_read_msr(uart);
	case UART_SCR:
		return uart->scr;
	default:
		return 0;
	}
}

/* A byte sent while the line is held at break is lost, but sent all the same. */
static void mtty_uart_write_thr(struct mtty_uart *uart, u8 val)
{
	u8 word_mask = 0xff >> (3 - (uart->lcr & UART_LCR_WLEN8));

	uart->thre_ip = true;
	if (!(uart->lcr & UART_LCR_SBC))
		mtty_uart_push(uart, val & word_mask, false);
}

/* Only the step from 0 to 1 arms THRE: a level would storm drivers that rewrite IER. */
static void mtty_uart_write_ier(struct mtty_uart *uart, u8 val)
{
	bool thri_rises = val & ~uart->ier & UART_IER_THRI;

	uart->ier = val & MTTY_UART_IER_MASK;
	if (thri_rises)
		uart->thre_ip = true;
}

/*
 * With bit 0 clear, the other bits of the write are not programmed. Resetting the
 * transmitter takes nothing from the receiver: what was sent has arrived already.
 */
static void mtty_uart_write_fcr(struct mtty_uart *uart, u8 val)
{
	bool enable = val & UART_FCR_ENABLE_FIFO;
	bool toggle = enable != mtty_uart_fifo_enabled(uart);

	if (toggle || (enable && (val & UART_FCR_CLEAR_RCVR)))
		mtty_uart_clear_fifo(uart);
	if (toggle || (enable && (val & UART_FCR_CLEAR_XMIT)))
		uart->thre_ip = true;
	if (enable)
		uart->fcr = val & MTTY_UART_FCR_MASK;
	else if (toggle)
		uart->fcr = 0;
}

/*
 * A break is one character, however long it lasts. None starts while DLAB is set:
 * Linux probes for register banks with LCR E0, much shorter than a character.
 */
static void mtty_uart_write_lcr(struct mtty_uart *uart, u8 val)
{
	uart->lcr = val;
	if (!(val & UART_LCR_SBC)) {
		uart->break_sent = false;
	} else if (!mtty_uart_dlab(uart) && !uart->break_sent) {
		uart->break_sent = true;
		mtty_uart_push(uart, 0, true);
	}
}

/* The delta bits stand four below their levels; RI reports only its trailing edge. */
static void mtty_uart_write_mcr(struct mtty_uart *uart, u8 val)
{
	u8 old = mtty_uart_modem_levels(uart);
	u8 new, changed;

	uart->mcr = val & MTTY_UART_MCR_MASK;
	new = mtty_uart_modem_levels(uart);
	changed = (old ^ new) & ~(new & UART_MSR_RI);
	uart->msr_delta |= changed >> 4;
}

/**
 * mtty_uart_write() - write a register, with all side effects of that
 * @uart: the UART
 * @offset: register offset, 0 to 7
 * @val: byte to write
 *
 * Writes to LSR and MSR are ignored.
 */
void mtty_uart_write(struct mtty_uart *uart, unsigned int offset, u8 val)
{
	switch (offset) {
	case UART_TX:
		if (mtty_uart_dlab(uart))
			uart->divisor = (uart->divisor & 0xff00) | val;
		else
			mtty_uart_write_thr(uart, val);
		break;
	case UART_IER:
		if (mtty_uart_dlab(uart))
			uart->divisor = (uart->divisor & 0xff) | val << 8;
		else
			mtty_uart_write_ier(uart, val);
		break;
	case UART_FCR:
		mtty_uart_write_fcr(uart, val);
		break;
	case UART_LCR:
		mtty_uart_write_lcr(uart, val);
		break;
	case UART_MCR:
		mtty_uart_write_mcr(uart, val);
		break;
	case UART_SCR:
		uart->scr = val;
		break;
	}
}
