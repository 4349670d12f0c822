// SPDX-License-Identifier: GPL-2.0-only
#include "uart_pair.hh"

#include <cstring>
#include <string>

#include "steps.hh"

void UartPair::reset()
{
	tell("reset");
	std::memset(&uart, 0xa5, sizeof(uart));
	mtty_uart_reset(&uart);
	model = {};
	compare();
}

void UartPair::read(Register reg)
{
	const uint8_t expected = model.read(reg);
	const uint8_t seen = mtty_uart_read(&uart, reg);

	tell("read %s: %02x", register_names[reg], seen);
	expect(register_names[reg], expected, seen);
	compare();
}

void UartPair::write(Register reg, uint8_t value)
{
	tell("write %s %02x", register_names[reg], value);
	expect("write goes to IER", model.at_ier(reg), mtty_uart_at_ier(&uart, reg));
	model.write(reg, value);
	mtty_uart_write(&uart, reg, value);
	compare();
}

// Each read works on a copy, because reads have side effects.
void UartPair::compare() const
{
	for (unsigned int reg = 0; reg < REGISTERS; reg++) {
		const uint8_t expected = model.value(static_cast<Register>(reg));
		mtty_uart copy = uart;
		const uint8_t seen = mtty_uart_read(&copy, reg);

		if (expected != seen)
			stop((std::string("then ") + register_names[reg]).c_str(), expected, seen);
	}
	expect("then the interrupt request", model.request(), mtty_uart_irq_pending(&uart));
	expect("then FIFO mode", model.fifo_mode, mtty_uart_fifo_enabled(&uart));
	expect("then the trigger level", model.trigger, mtty_uart_trigger_level(&uart));
}
