// SPDX-License-Identifier: GPL-2.0-only
#include "stream_model.hh"

#include <algorithm>
#include <initializer_list>

namespace stream {

namespace {

constexpr unsigned int slots = 16;

bool is_one_of(uint8_t value, std::initializer_list<uint8_t> allowed)
{
	return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

} // namespace

uint8_t header_byte(std::size_t offset, unsigned int ports)
{
	static constexpr uint8_t fixed[header_size] = {
		0x4e, 0x2c, 0x3e, 0x8c, 0x89, 0x09, 0x9d, 0x7e, 1
	};
	constexpr std::size_t ports_offset = 16;

	return offset == ports_offset ? ports : fixed[offset];
}

// The remainder of a polynomial division, bit by bit
uint8_t check_byte(ConstRecord record)
{
	constexpr unsigned int polynomial = 0x107;
	unsigned int remainder = 0;

	for (std::size_t bit = 8; bit < 8 * record_size + 8; bit++) {
		const bool next = bit < 8 * record_size &&
				  (record[bit / 8] >> (7 - bit % 8) & 1);

		remainder = remainder << 1 | next;
		if (remainder & 0x100)
			remainder ^= polynomial;
	}
	return remainder;
}

bool is_valid(ConstRecord record)
{
	return record[head] < slots && record[tail] < slots && record[count] <= slots &&
	       (record[tail] + record[count]) % slots == record[head] &&
	       record[dlab] == record[lcr] / 0x80 && record[overrun] <= 1 &&
	       is_one_of(record[fifo_size], { 1, 16 }) &&
	       is_one_of(record[trigger], { 0, 1, 4, 8, 14 });
}

bool can_begin(std::span<const uint8_t> bytes, unsigned int ports)
{
	if (bytes.size() > size(ports))
		return false;
	for (std::size_t i = 0; i < std::min(bytes.size(), header_size); i++)
		if (bytes[i] != header_byte(i, ports))
			return false;
	for (unsigned int port = 0; size(port + 1) <= bytes.size(); port++)
		if (!is_valid(bytes.subspan(size(port)).first<record_size>()))
			return false;
	return true;
}

// A pending THRE interrupt counts only if IER enables it, because otherwise nobody sees it.
UartModel meaning(ConstRecord record)
{
	const bool has_extension = (record[latches] & extended) &&
				   record[check] == check_byte(record);
	const unsigned int breaks = record[breaks_low] | record[breaks_high] << 8;
	UartModel model;

	model.write(IIR_FCR, record[fcr] & 0xf9);
	model.ier = record[ier] & 0x0f;
	model.lcr = record[lcr];
	model.mcr = record[mcr] & 0x1f;
	model.scr = record[scr];
	model.dll = record[dll];
	model.dlm = record[dlm];
	model.overrun = record[overrun];
	for (unsigned int i = 0; i < record[count]; i++) {
		const unsigned int slot = (record[tail] + i) % slots;

		model.characters.push_back({ record[fifo + slot],
					     has_extension && (breaks >> slot & 1) });
	}
	model.thre_pending = (model.ier & 2) &&
			     (!has_extension || (record[latches] & thre_pending));
	model.break_received = has_extension ? record[latches] & break_received :
					       (record[lcr] & 0xc0) == 0x40;
	model.past_errors = has_extension ? record[lsr] & 0x1c : 0;
	model.deltas = has_extension ? record[msr] & 0x0f : 0;
	return model;
}

} // namespace stream
