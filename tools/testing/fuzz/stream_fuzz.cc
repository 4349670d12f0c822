// SPDX-License-Identifier: GPL-2.0-only
//
// Any bytes as a device-state stream of either version, for a device of one and of two
// ports. Each byte that arrives must be accepted or refused as documented. If the stream is
// accepted, its UARTs must behave as documented, and what a device sends that has them and
// as much payload must mean the same.
extern "C" {
#include "mtty_resuming.h"
#include "mtty_saving.h"
}

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <vector>

#include "steps.hh"
#include "stream_model.hh"
#include "uart_pair.hh"

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

namespace {

constexpr std::size_t longest = 1024;

using Bytes = std::vector<uint8_t>;

mtty_resuming resuming_device(unsigned int ports)
{
	mtty_resuming resuming = {};

	mtty_resuming_init(&resuming, ports);
	return resuming;
}

// In pieces of that length, each of which is alone in its memory
mtty_resuming expect_verdict(const Bytes &bytes, std::size_t piece, unsigned int ports,
			     const stream::Verdict &verdict)
{
	mtty_resuming resuming = resuming_device(ports);
	Bytes part;

	for (std::size_t at = 0; at < bytes.size(); at += part.size()) {
		const auto begin = bytes.begin() + at;

		part = Bytes(begin, begin + std::min(piece, bytes.size() - at));

		const std::size_t arrived = at + part.size();
		const bool expected = arrived <= verdict.accepted;
		const int seen = mtty_resuming_write(&resuming, part.data(), part.size());

		if (expected != !seen)
			tell("%zu bytes for %u ports, in pieces of %zu", arrived, ports, piece);
		expect("error", expected ? 0 : -EINVAL, seen);
		expect("the stream is whole", verdict.whole && arrived == verdict.accepted,
		       mtty_resuming_complete(&resuming));
	}
	return resuming;
}

void drain(UartPair &pair)
{
	for (unsigned int i = 0; i <= MTTY_UART_FIFO_SIZE; i++) {
		pair.read(LSR);
		pair.read(RBR_THR);
	}
}

// With FIFO mode off, only the kernel's sample can have two bytes waiting. What another
// byte does to them is not specified.
bool can_receive(const UartModel &model)
{
	return model.fifo_mode || model.characters.size() < 2;
}

void expect_behaviour(UartPair pair)
{
	pair.compare();
	if (can_receive(pair.model)) {
		UartPair on_the_line = pair;

		on_the_line.write(LCR, 0x43);
		drain(on_the_line);
	}
	pair.write(LCR, 0x83);
	pair.write(LCR, 0x03);
	drain(pair);
}

stream::ConstRecord bytes_of(const mtty_stream_port &record)
{
	return stream::ConstRecord(reinterpret_cast<const uint8_t *>(&record),
				   stream::record_size);
}

void tell_record(const char *what, const mtty_stream_port &record)
{
	if (telling)
		tell("%s %s", what, hex(bytes_of(record).data(), stream::record_size).c_str());
}

mtty_uart load(const mtty_stream_port &record)
{
	mtty_uart uart;

	std::memset(&uart, 0xa5, sizeof(uart));
	mtty_stream_load_port(&uart, &record);
	return uart;
}

// Fields that are only informative must still be correct in the records that we save.
void expect_documented(stream::ConstRecord saved, const UartModel &model)
{
	expect("a saved record is valid", true, stream::is_valid(saved));
	expect("saved check byte", stream::check_byte(saved), saved[stream::check]);
	expect("other bits of saved IER", 0, saved[stream::ier] & ~0x0f);
	expect("other bits of saved latches", 0x80, saved[stream::latches] & ~3);
	expect("other bits of saved MCR", 0, saved[stream::mcr] & ~0x1f);
	expect("other bits of saved LSR", 0, saved[stream::lsr] & ~0x1c);
	expect("other bits of saved MSR", 0, saved[stream::msr] & ~0x0f);
	expect("other bits of saved FCR", 0, saved[stream::fcr] & ~0xc9);
	expect("saved FIFO size", model.fifo_mode ? 16 : 1, saved[stream::fifo_size]);
	expect("saved trigger level", model.trigger, saved[stream::trigger]);
}

void expect_record(const mtty_stream_port &record)
{
	const UartModel model = stream::meaning(bytes_of(record));
	const mtty_uart uart = load(record);
	mtty_stream_port saved, again;

	tell_record("load", record);
	expect_behaviour({ uart, model });
	mtty_stream_save_port(&saved, &uart);
	tell_record("save", saved);
	expect_documented(bytes_of(saved), model);
	expect_behaviour({ uart, stream::meaning(bytes_of(saved)) });

	const mtty_uart reloaded = load(saved);

	mtty_stream_save_port(&again, &reloaded);
	expect("a record saved, loaded and saved differs", 0,
	       std::memcmp(&saved, &again, sizeof(saved)));
}

// What a device sends that has such ports and so much payload
Bytes saved_stream(const Bytes &records, unsigned int ports, uint64_t payload)
{
	Bytes part(MTTY_SAVING_PART_MAX), bytes;
	mtty_saving saving = {};

	mtty_saving_init(&saving, ports, payload, payload / 3);
	std::memcpy(saving.records, records.data(), records.size());
	mtty_saving_stop(&saving);

	const std::size_t expected = mtty_saving_size(&saving);

	while (std::size_t length = mtty_saving_next(&saving, part.data()))
		bytes.insert(bytes.end(), part.begin(), part.begin() + length);
	expect("length of what is saved", expected, bytes.size());
	return bytes;
}

void expect_saved(const Bytes &records, unsigned int ports, uint64_t payload)
{
	const Bytes saved = saved_stream(records, ports, payload);
	const stream::Verdict verdict = stream::judge(saved, ports);

	expect("what is saved is whole", true, verdict.whole);
	expect("accepted bytes of what is saved", saved.size(), verdict.accepted);
	expect("saved payload", payload, verdict.payload);
	expect("the saved records differ", 0,
	       std::memcmp(saved.data() + verdict.records, records.data(), records.size()));
	expect("version of what is saved", payload ? 1 : 0, saved[stream::minor_offset]);
}

void expect_stream(const Bytes &bytes, unsigned int ports)
{
	const stream::Verdict verdict = stream::judge(bytes, ports);

	tell("for %u ports: %zu of %zu bytes%s", ports, verdict.accepted, bytes.size(),
	     verdict.whole ? ", whole" : "");
	expect_verdict(bytes, 1, ports, verdict);
	expect_verdict(bytes, 2 + bytes.size() % 61, ports, verdict);

	const mtty_resuming resuming = expect_verdict(bytes, longest, ports, verdict);

	if (!verdict.whole || verdict.accepted < bytes.size())
		return;

	const auto begin = bytes.begin() + verdict.records;
	const Bytes records(begin, begin + ports * stream::record_size);

	expect("the records differ", 0,
	       std::memcmp(resuming.records, records.data(), records.size()));
	for (unsigned int port = 0; port < ports; port++)
		expect_record(resuming.records[port]);
	expect_saved(records, ports, verdict.payload);
}

// Makes a record valid, except for a count that is sometimes too large by one.
void make_valid(stream::Record record)
{
	record[stream::tail] %= 16;
	record[stream::count] %= 18;
	record[stream::head] = (record[stream::tail] + record[stream::count]) % 16;
	record[stream::dlab] = record[stream::lcr] / 0x80;
	record[stream::overrun] %= 2;
	record[stream::fifo_size] = 16;
	record[stream::trigger] = 1;
}

void seal(stream::Record record)
{
	record[stream::latches] |= stream::extended;
	record[stream::check] = stream::check_byte(record);
}

// Makes a stream of what the fuzzer has made up. Most choices are right, but not all.
class Repair {
public:
	Repair(const Bytes &made_up, unsigned int seed) : from(made_up), random(seed) {}

	Bytes stream();

private:
	bool one_in(unsigned int n) { return random() % n == 0; }
	uint8_t byte() { return at < from.size() ? from[at++] : 0; }
	void put(uint64_t value, unsigned int width);
	void head(uint32_t type, uint32_t flags, uint64_t length);
	void records();
	void payload();
	void unknown();
	void chunks();
	void end();

	const Bytes &from;
	std::size_t at = stream::header_size;
	std::minstd_rand random;
	unsigned int ports = 1;
	uint64_t position = 0;
	Bytes to;
};

void Repair::put(uint64_t value, unsigned int width)
{
	for (; width--; value >>= 8)
		to.push_back(value);
}

void Repair::head(uint32_t type, uint32_t flags, uint64_t length)
{
	put(one_in(64) ? random() % 6 : type, 4);
	put(one_in(64) ? random() % 4 : flags, 4);
	put(one_in(64) ? length + random() % 3 - 1 : length, 8);
}

void Repair::records()
{
	for (unsigned int port = 0; port < ports; port++) {
		uint8_t bytes[stream::record_size];

		for (uint8_t &each : bytes)
			each = byte();
		if (!one_in(8))
			make_valid(stream::Record(bytes));
		if (!one_in(4))
			seal(stream::Record(bytes));
		to.insert(to.end(), bytes, bytes + sizeof(bytes));
	}
}

void Repair::payload()
{
	uint64_t length = random() % 90;

	// Positions of more than a byte take a long payload.
	if (one_in(8))
		length *= 6;
	head(stream::payload_chunk, one_in(8), length);
	while (length--)
		put(stream::payload_byte(position++), 1);
}

void Repair::unknown()
{
	const unsigned int length = random() % 20;

	head(4 + random() % 3, !one_in(8), length);
	for (unsigned int i = 0; i < length; i++)
		put(byte(), 1);
}

void Repair::end()
{
	head(stream::end_chunk, 0, stream::end_size);
	put(position + one_in(16), stream::end_size);
	if (one_in(32))
		put(0, 1);
}

void Repair::chunks()
{
	const unsigned int before = random() % 4;

	for (unsigned int i = 0; i < before; i++)
		one_in(4) ? unknown() : payload();
	for (unsigned int times = one_in(32) ? random() % 3 : 1; times; times--) {
		head(stream::ports_chunk, 0, ports * stream::record_size);
		records();
	}
	if (one_in(8))
		one_in(2) ? unknown() : payload();
	end();
}

Bytes Repair::stream()
{
	const bool with_chunks = !one_in(3);

	ports = 1 + random() % stream::max_ports;
	for (std::size_t i = 0; i < stream::header_size; i++)
		put(stream::header_byte(i, ports, with_chunks), 1);
	with_chunks ? chunks() : records();
	// Damage
	if (one_in(8))
		to[random() % to.size()] ^= 1 << random() % 8;
	if (one_in(16))
		to.erase(to.begin() + random() % to.size());
	return to;
}

} // namespace

// Hardly any bytes are a valid stream, and hardly any stream has a matching check byte.
// So we repair most of what the fuzzer makes up, but not all of it.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
					  unsigned int seed)
{
	size = LLVMFuzzerMutate(data, size, max_size);
	if (seed % 8 == 0)
		return size;

	const Bytes made_up(data, data + size);
	const Bytes bytes = Repair(made_up, seed).stream();

	size = std::min(bytes.size(), max_size);
	std::copy_n(bytes.begin(), size, data);
	return size;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const Bytes bytes(data, data + std::min(size, longest));

	for (unsigned int ports = 1; ports <= stream::max_ports; ports++)
		expect_stream(bytes, ports);
	return 0;
}
