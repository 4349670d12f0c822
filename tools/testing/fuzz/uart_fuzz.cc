// SPDX-License-Identifier: GPL-2.0-only
//
// Any sequence of register accesses, resets and migrations: the module's UART and the
// model must agree after every step.
//
// A step is a byte. Its low half is the offset of an access and, in bit 3, the direction.
// A write is followed by its value. The high half selects the number of accesses, because
// it takes several to fill or to drain a FIFO.
extern "C" {
#include "mtty_stream.h"
}

#include <cstring>

#include "steps.hh"
#include "uart_pair.hh"

namespace {

constexpr unsigned int reset_step = 0;
constexpr unsigned int migration_step = 17;
constexpr unsigned int times[16] = {
	1, 1, 1, 1, 1, 1, 1, 2, 3, 4, 8, 14, 16, 18, reset_step, migration_step
};

// A UART must be the same after it has been saved and loaded.
void migrate(UartPair &pair)
{
	mtty_stream_port record;

	tell("save and load");
	mtty_stream_save_port(&record, &pair.uart);
	expect("the record is valid", true, mtty_stream_port_valid(&record));
	std::memset(&pair.uart, 0xa5, sizeof(pair.uart));
	mtty_stream_load_port(&pair.uart, &record);
	pair.compare();
}

void access(UartPair &pair, uint8_t step, unsigned int count, Input &input)
{
	const Register reg = static_cast<Register>(step & 7);
	const bool is_write = step & 8;
	const uint8_t value = is_write ? input.byte() : 0;

	for (unsigned int i = 0; i < count; i++) {
		if (is_write)
			pair.write(reg, value + i);
		else
			pair.read(reg);
	}
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Input input(data, size);
	UartPair pair;

	pair.reset();
	while (!input.empty()) {
		const uint8_t step = input.byte();
		const unsigned int count = times[step >> 4];

		if (count == reset_step)
			pair.reset();
		else if (count == migration_step)
			migrate(pair);
		else
			access(pair, step, count, input);
	}
	return 0;
}
