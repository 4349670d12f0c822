// SPDX-License-Identifier: GPL-2.0-only
//
// Any bytes as a device-state stream, for a device of one and of two ports. Each part that
// has arrived must be accepted or refused as documented. If it is accepted, the UART must
// behave as documented, and must be saved with the same meaning.
extern "C" {
#include "mtty_stream.h"
}

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <vector>

#include <sanitizer/asan_interface.h>

#include "steps.hh"
#include "stream_model.hh"
#include "uart_pair.hh"

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

namespace {

constexpr std::size_t longest = sizeof(mtty_stream) + 8;

using Bytes = std::vector<uint8_t>;

// Poisons the bytes that have not arrived yet, because the check must not read them.
bool is_accepted(Bytes &buffer, std::size_t arrived, unsigned int ports)
{
	ASAN_POISON_MEMORY_REGION(buffer.data() + arrived, buffer.size() - arrived);

	const int error = mtty_stream_check(
		reinterpret_cast<const mtty_stream *>(buffer.data()), arrived, ports);

	ASAN_UNPOISON_MEMORY_REGION(buffer.data(), buffer.size());
	if (error)
		expect("error", -EINVAL, error);
	return !error;
}

void expect_verdicts(const Bytes &bytes, unsigned int ports)
{
	Bytes buffer = bytes;

	buffer.resize(std::max(bytes.size(), sizeof(mtty_stream)));
	for (std::size_t arrived = 0; arrived <= bytes.size(); arrived++) {
		const bool expected = stream::can_begin(std::span(bytes).first(arrived), ports);
		const bool seen = is_accepted(buffer, arrived, ports);

		if (expected != seen)
			tell("%zu bytes for %u ports", arrived, ports);
		expect("accepted", expected, seen);
	}
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

void expect_stream(const Bytes &bytes, unsigned int ports)
{
	mtty_stream stream;

	tell("for %u ports", ports);
	expect("stream size", stream::size(ports), mtty_stream_size(ports));
	expect_verdicts(bytes, ports);
	if (bytes.size() != stream::size(ports) || !stream::can_begin(bytes, ports))
		return;
	std::memcpy(&stream, bytes.data(), bytes.size());
	for (unsigned int port = 0; port < ports; port++)
		expect_record(stream.port[port]);

	mtty_stream_save_header(&stream.header, ports);
	expect("the saved header differs", 0,
	       std::memcmp(&stream, bytes.data(), stream::header_size));
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

} // namespace

// Hardly any bytes are a valid stream, and hardly any stream has a matching check byte.
// So we repair most of what the fuzzer makes up, but not all of it.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
					  unsigned int seed)
{
	std::minstd_rand random(seed);
	const auto one_in = [&](unsigned int n) { return random() % n == 0; };
	const unsigned int ports = one_in(2) ? 1 : 2;

	size = LLVMFuzzerMutate(data, size, max_size);
	if (one_in(8) || max_size < stream::size(ports))
		return size;
	std::fill(data + std::min(size, max_size), data + max_size, 0);
	for (std::size_t i = 0; i < stream::header_size; i++)
		data[i] = stream::header_byte(i, ports);
	for (unsigned int port = 0; port < ports; port++) {
		const stream::Record record(data + stream::size(port), stream::record_size);

		if (!one_in(8))
			make_valid(record);
		if (!one_in(4))
			seal(record);
	}
	return stream::size(ports);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const Bytes bytes(data, data + std::min(size, longest));

	for (unsigned int ports = 1; ports <= stream::max_ports; ports++)
		expect_stream(bytes, ports);
	return 0;
}
