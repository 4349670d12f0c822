// SPDX-License-Identifier: GPL-2.0-only
//
// Any reads and writes of configuration space while the ports raise and lower their
// requests, with the real ports and UARTs behind it: every byte must be what the table
// of Documentation/device-model.rst makes of it.
//
// The first byte of an input chooses one or two ports. A step is a byte: its low three
// bits tell what, the others how many bytes. An access is followed by its offset, and a
// write by its bytes.
extern "C" {
#include "mtty_card.h"
#include "mtty_fault.h"
}

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "steps.hh"

namespace {

struct Field {
	unsigned int offset;
	std::vector<uint8_t> reset;
	std::vector<uint8_t> writable;
};

const std::vector<Field> one_port = {
	{ 0x00, { 0x48, 0x43, 0x53, 0x32 }, {} },		// 4348:3253
	{ 0x04, { 0x00, 0x00 }, { 0x47, 0x05 } },		// command
	{ 0x06, { 0x00, 0x02 }, {} },				// status
	{ 0x08, { 0x10, 0x02, 0x00, 0x07 }, {} },		// revision, class
	{ 0x10, { 0x01 }, { 0xf8, 0xff, 0xff, 0xff } },		// BAR0
	{ 0x2c, { 0x48, 0x43, 0x53, 0x32 }, {} },		// subsystem
	{ 0x3c, { 0x00, 0x01 }, { 0xff } },			// interrupt line, pin
	{ 0x40, { 0x23, 0, 0, 0x80, 0x23, 0, 0, 0, 0x23, 0, 0, 0, 0x23 }, {} },
	{ 0x60, { 'P', 'C', 'I', ' ', 'S', 'e', 'r', 'i', 'a', 'l', '/',
		  'U', 'A', 'R', 'T' }, {} },
};

const Field second_port = { 0x14, { 0x01 }, { 0xf8, 0xff, 0xff, 0xff } };	// BAR1

constexpr unsigned int size = 256;
constexpr unsigned int command_high = 0x05, intx_disable = 0x04;
constexpr unsigned int status = 0x06, interrupt_status = 0x08;
constexpr unsigned int ier = 1, thri = 2;

class Rules {
public:
	explicit Rules(unsigned int ports) : nr_ports(ports) { reset(); }

	void reset();
	void write(unsigned int offset, uint8_t value);
	uint8_t value(unsigned int offset) const;

	bool request[MTTY_MAX_PORTS] = {};

private:
	void apply(const Field &field);

	const unsigned int nr_ports;
	std::array<uint8_t, size> values;
	std::array<uint8_t, size> writable;
};

void Rules::reset()
{
	values.fill(0);
	writable.fill(0);
	for (const Field &field : one_port)
		apply(field);
	if (nr_ports == 2)
		apply(second_port);
	request[0] = request[1] = false;
}

void Rules::apply(const Field &field)
{
	std::copy(field.reset.begin(), field.reset.end(), &values[field.offset]);
	std::copy(field.writable.begin(), field.writable.end(), &writable[field.offset]);
}

void Rules::write(unsigned int offset, uint8_t value)
{
	for (uint8_t bit = 0x80; bit; bit >>= 1)
		if (writable[offset] & bit)
			values[offset] = (value & bit) ? values[offset] | bit :
							 values[offset] & ~bit;
}

uint8_t Rules::value(unsigned int offset) const
{
	const bool live = offset == status && (request[0] || request[1]);

	return values[offset] | (live ? interrupt_status : 0);
}

class Card {
public:
	explicit Card(unsigned int ports);

	void reset();
	void read(unsigned int offset, unsigned int count);
	void write(unsigned int offset, const std::vector<uint8_t> &bytes);
	void ask(unsigned int port, bool on);
	void compare();

	const unsigned int nr_ports;

private:
	std::unique_ptr<mtty_card> card;
	Rules rules;
};

// INTx is set up without an eventfd, so that it can be masked and never signals.
Card::Card(unsigned int ports) : nr_ports(ports), card(new mtty_card()), rules(ports)
{
	tell("a card of %u ports", ports);
	mtty_card_init(card.get(), ports, nullptr);
	std::memset(card->pci.config, 0xa5, sizeof(card->pci.config));
	card->line.index = VFIO_PCI_INTX_IRQ_INDEX;
	reset();
}

void Card::reset()
{
	tell("reset");
	mtty_card_power_on(card.get());
	rules.reset();
}

// The buffer is as long as it must be, so that a byte too many is noticed.
void Card::read(unsigned int offset, unsigned int count)
{
	std::vector<uint8_t> seen(count, 0xa5);

	mtty_card_read_config(card.get(), offset, seen.data(), count);
	if (telling && count < size)
		tell("read %02x: %s", offset, hex(seen.data(), count).c_str());
	for (unsigned int i = 0; i < count; i++) {
		if (rules.value(offset + i) != seen[i])
			tell("at %02x", offset + i);
		expect("config byte", rules.value(offset + i), seen[i]);
	}
}

// INTx is unmasked by nothing but the end of INTX_DISABLE.
void Card::write(unsigned int offset, const std::vector<uint8_t> &bytes)
{
	const bool was_disabled = rules.value(command_high) & intx_disable;
	mtty_card before;

	if (telling)
		tell("write %02x: %s", offset, hex(bytes.data(), bytes.size()).c_str());
	for (unsigned int i = 0; i < bytes.size(); i++)
		rules.write(offset + i, bytes[i]);
	card->line.masked = true;
	std::memcpy(&before, card.get(), sizeof(before));
	mtty_card_write_config(card.get(), offset, bytes.data(), bytes.size());

	const bool disabled = rules.value(command_high) & intx_disable;

	expect("INTx is disabled", disabled, card->line.disabled);
	expect("INTx is masked", !was_disabled || disabled, card->line.masked);
	before.line.disabled = card->line.disabled;
	before.line.masked = card->line.masked;
	std::memcpy(before.pci.config, card->pci.config, sizeof(before.pci.config));
	expect("more than configuration space has changed", 0,
	       std::memcmp(&before, card.get(), sizeof(before)));
}

// A new THRE interrupt, or none
void Card::ask(unsigned int port, bool on)
{
	tell("port %u %s", port, on ? "asks for an interrupt" : "is content");
	mtty_card_write_port(card.get(), port, ier, 0);
	mtty_card_write_port(card.get(), port, ier, on ? thri : 0);
	rules.request[port] = on;
}

void Card::compare()
{
	read(0, size);
}

void access(Card &card, uint8_t step, Input &input)
{
	constexpr unsigned int to_the_end = 31;
	const unsigned int offset = input.byte();
	const unsigned int room = size - offset;
	const unsigned int length = step >> 3;
	const unsigned int count = length == to_the_end ? room : std::min(length + 1, room);

	if ((step & 7) == 4)
		return card.read(offset, count);

	std::vector<uint8_t> bytes(count);

	for (uint8_t &byte : bytes)
		byte = input.byte();
	card.write(offset, bytes);
}

} // namespace

// Never called, as there is no eventfd
extern "C" void eventfd_signal(struct eventfd_ctx *)
{
	std::abort();
}

extern "C" void __mtty_faults_pass(struct mtty_faults *, const struct mtty_fault_pass *,
				   struct mtty_fault_action *)
{
	std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	Input input(data, length);
	Card card(1 + input.byte() % 2);

	card.compare();
	while (!input.empty()) {
		const uint8_t step = input.byte();

		switch (step & 7) {
		case 5:
			card.ask((step >> 3) % card.nr_ports, step & 0x80);
			break;
		case 6:
			card.reset();
			break;
		default:
			access(card, step, input);
			break;
		}
		card.compare();
	}
	return 0;
}
