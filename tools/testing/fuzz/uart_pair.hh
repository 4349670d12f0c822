// SPDX-License-Identifier: GPL-2.0-only
//
// The module's UART and the model, side by side; both must do the same.
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
	// Compares everything that the registers and the request line show now.
	void compare() const;
};

#endif // FUZZ_UART_PAIR_HH
