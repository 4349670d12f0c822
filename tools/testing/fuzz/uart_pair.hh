// SPDX-License-Identifier: GPL-2.0-only
//
// The module's UART and the model, side by side: what one does, the other must do.
#ifndef FUZZ_UART_PAIR_HH
#define FUZZ_UART_PAIR_HH

extern "C" {
#include "mtty_uart.h"
}

#include "uart_model.hh"

struct UartPair {
	mtty_uart uart;
	UartModel model;

	void reset();
	void read(Register reg);
	void write(Register reg, uint8_t value);
	// Everything that a register or the request line would show now
	void compare() const;
};

#endif // FUZZ_UART_PAIR_HH
