// SPDX-License-Identifier: GPL-2.0-only
//
// The device-state stream of Documentation/migration-stream.rst, byte by byte.
#ifndef FUZZ_STREAM_MODEL_HH
#define FUZZ_STREAM_MODEL_HH

#include <cstddef>
#include <cstdint>
#include <span>

#include "uart_model.hh"

namespace stream {

constexpr std::size_t header_size = 24;
constexpr std::size_t record_size = 36;
constexpr unsigned int max_ports = 2;

enum Offset : std::size_t {
	check = 0, ier = 1, latches = 2, lcr = 3, mcr = 4, lsr = 5, msr = 6, scr = 7,
	fifo = 8, head = 24, tail = 25, count = 26, dlab = 27, overrun = 28,
	breaks_low = 29, dll = 30, dlm = 31, fcr = 32, fifo_size = 33, trigger = 34,
	breaks_high = 35
};

enum Latch : uint8_t { thre_pending = 1, break_received = 2, extended = 0x80 };

constexpr std::size_t size(unsigned int ports)
{
	return header_size + ports * record_size;
}

using Record = std::span<uint8_t, record_size>;
using ConstRecord = std::span<const uint8_t, record_size>;

uint8_t header_byte(std::size_t offset, unsigned int ports);
uint8_t check_byte(ConstRecord record);
// Also checks that redundant fields of a record agree.
bool is_valid(ConstRecord record);
// Whether a valid stream for a device with that many ports can begin with these bytes
bool can_begin(std::span<const uint8_t> bytes, unsigned int ports);
UartModel meaning(ConstRecord record);

} // namespace stream

#endif // FUZZ_STREAM_MODEL_HH
