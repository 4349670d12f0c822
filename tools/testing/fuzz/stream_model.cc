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

uint64_t number(Bytes bytes)
{
	uint64_t value = 0;

	for (std::size_t i = bytes.size(); i--;)
		value = value << 8 | bytes[i];
	return value;
}

// Reads a stream from its start until the first byte that is refused, or the last one.
class Judge {
public:
	Judge(Bytes stream, unsigned int device_ports) : bytes(stream), ports(device_ports) {}

	Verdict judge();

private:
	std::size_t left() const { return bytes.size() - verdict.accepted; }
	bool header();
	bool records();
	bool chunks();
	bool chunk(uint32_t type, uint32_t flags, uint64_t length);
	bool skip(uint64_t length);
	bool payload(uint64_t length);
	bool end();

	const Bytes bytes;
	const unsigned int ports;
	Verdict verdict;
};

// Each part returns whether it is there as a whole, and valid. Bytes that only show to be
// wrong when the last of them is there are accepted up to that one.
Verdict Judge::judge()
{
	if (header())
		verdict.whole = bytes[minor_offset] ? chunks() : records();
	return verdict;
}

bool Judge::header()
{
	for (std::size_t i = 0; i < header_size; i++) {
		if (i == bytes.size())
			return false;
		if (bytes[i] != header_byte(i, ports, 0) && bytes[i] != header_byte(i, ports, 1))
			return false;
		verdict.accepted++;
	}
	return true;
}

bool Judge::records()
{
	const std::size_t begin = verdict.accepted;

	for (unsigned int port = 0; port < ports; port++) {
		if (left() < record_size) {
			verdict.accepted = bytes.size();
			return false;
		}
		if (!is_valid(bytes.subspan(verdict.accepted).first<record_size>())) {
			verdict.accepted += record_size - 1;
			return false;
		}
		verdict.accepted += record_size;
	}
	verdict.records = begin;
	return true;
}

// Whether the end has come
bool Judge::chunks()
{
	uint32_t type;

	do {
		if (left() < head_size) {
			verdict.accepted = bytes.size();
			return false;
		}

		const Bytes head = bytes.subspan(verdict.accepted, head_size);

		verdict.accepted += head_size;
		type = number(head.first(4));
		if (!chunk(type, number(head.subspan(4, 4)), number(head.last(8))))
			return false;
	} while (type != end_chunk);
	return true;
}

bool Judge::chunk(uint32_t type, uint32_t flags, uint64_t length)
{
	if (flags <= optional) {
		if (type == payload_chunk)
			return payload(length);
		if (type == ports_chunk && !verdict.records && length == ports * record_size)
			return records();
		if (type == end_chunk && verdict.records && length == end_size)
			return end();
		if ((!type || type > end_chunk) && flags == optional)
			return skip(length);
	}
	verdict.accepted--;
	return false;
}

bool Judge::skip(uint64_t length)
{
	const bool whole = length <= left();

	verdict.accepted += whole ? length : left();
	return whole;
}

bool Judge::payload(uint64_t length)
{
	for (; length; length--) {
		if (!left() || bytes[verdict.accepted] != payload_byte(verdict.payload))
			return false;
		verdict.accepted++;
		verdict.payload++;
	}
	return true;
}

bool Judge::end()
{
	if (left() < end_size) {
		verdict.accepted = bytes.size();
		return false;
	}

	const bool matches = number(bytes.subspan(verdict.accepted, end_size)) == verdict.payload;

	verdict.accepted += matches ? end_size : end_size - 1;
	return matches;
}

} // namespace

Verdict judge(Bytes bytes, unsigned int ports)
{
	return Judge(bytes, ports).judge();
}

uint8_t header_byte(std::size_t offset, unsigned int ports, unsigned int minor)
{
	static constexpr uint8_t fixed[header_size] = {
		0x4e, 0x2c, 0x3e, 0x8c, 0x89, 0x09, 0x9d, 0x7e, 1
	};
	constexpr std::size_t ports_offset = 16;

	if (offset == minor_offset)
		return minor;
	return offset == ports_offset ? ports : fixed[offset];
}

// The eight bytes at a multiple of eight are that number.
uint8_t payload_byte(uint64_t position)
{
	return position / 8 * 8 >> 8 * (position % 8);
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
