// SPDX-License-Identifier: GPL-2.0-only
//
// A second 16550A with a loop-back plug, written from the data sheet and from
// Documentation/device-model.rst. On purpose its style is not that of mtty_uart.c: the
// characters are a queue of objects, and register values are computed from them whenever
// they are read.
#ifndef FUZZ_UART_MODEL_HH
#define FUZZ_UART_MODEL_HH

#include <cstdint>
#include <deque>

enum Register { RBR_THR, IER, IIR_FCR, LCR, MCR, LSR, MSR, SCR, REGISTERS };

extern const char *const register_names[REGISTERS];

struct Character {
	uint8_t byte;
	bool unreported_break;

	bool operator==(const Character &) const = default;
};

struct UartModel {
	std::deque<Character> characters;
	bool fifo_mode = false;
	unsigned int trigger = 1;
	uint8_t ier = 0;
	uint8_t lcr = 0;
	uint8_t mcr = 0;
	uint8_t scr = 0;
	uint8_t dll = 12;
	uint8_t dlm = 0;
	bool overrun = false;
	// PE, FE and BI of characters that have left, until LSR is read
	uint8_t past_errors = 0;
	bool thre_pending = false;
	bool break_received = false;
	uint8_t deltas = 0;

	// The value that a read returns, without the read's side effects
	uint8_t value(Register reg) const;
	uint8_t read(Register reg);
	void write(Register reg, uint8_t value);
	bool request() const;
	bool at_ier(Register reg) const;

	bool operator==(const UartModel &) const = default;

private:
	bool dlab() const;
	bool sending_break() const;
	uint8_t identification() const;
	uint8_t lsr() const;
	uint8_t levels() const;

	void clear();
	void take();
	void leave();
	void receive(Character character);

	void transmit(uint8_t value);
	void control_fifo(uint8_t value);
	void control_line(uint8_t value);
	void control_modem(uint8_t value);
	void enable_interrupts(uint8_t value);
};

#endif // FUZZ_UART_MODEL_HH
