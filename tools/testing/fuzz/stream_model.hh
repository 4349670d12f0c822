// SPDX-License-Identifier: GPL-2.0-only
//
// The device-state stream of Documentation/migration-stream.rst, byte by byte.
#ifndef FUZZ_STREAM_MODEL_HH
#define FUZZ_STREAM_MODEL_HH

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "uart_model.hh"

namespace stream {

constexpr std::size_t header_size = 24;
constexpr std::size_t minor_offset = 12;
constexpr std::size_t record_size = 36;
constexpr unsigned int max_ports = 2;
constexpr std::size_t head_size = 16;
constexpr std::size_t end_size = 8;

enum Type : uint32_t { payload_chunk = 1, ports_chunk = 2, end_chunk = 3 };
// Flag of a chunk that can be skipped
constexpr uint32_t optional = 1;

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

using Bytes = std::span<const uint8_t>;
using Record = std::span<uint8_t, record_size>;
using ConstRecord = std::span<const uint8_t, record_size>;

// What a device says to a stream
struct Verdict {
	// Bytes that it takes; the next one, if there is one, is refused
	std::size_t accepted = 0;
	// They are a whole stream.
	bool whole = false;
	uint64_t payload = 0;
	// Where the records begin, if they are there
	std::size_t records = 0;
};

uint8_t header_byte(std::size_t offset, unsigned int ports, unsigned int minor);
uint8_t payload_byte(uint64_t position);
uint8_t check_byte(ConstRecord record);
// Also checks that redundant fields of a record agree.
bool is_valid(ConstRecord record);
Verdict judge(Bytes bytes, unsigned int ports);
UartModel meaning(ConstRecord record);

} // namespace stream

#endif // FUZZ_STREAM_MODEL_HH
