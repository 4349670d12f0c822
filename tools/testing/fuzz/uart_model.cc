// SPDX-License-Identifier: GPL-2.0-only
#include "uart_model.hh"

const char *const register_names[REGISTERS] = {
	"RBR/THR", "IER", "IIR/FCR", "LCR", "MCR", "LSR", "MSR", "SCR"
};

namespace {

constexpr std::size_t fifo_depth = 16;

enum Ier : uint8_t { on_data = 1, on_thre = 2, on_line_status = 4, on_modem_status = 8 };
enum Lcr : uint8_t { set_break = 0x40, divisor_latch = 0x80 };
enum Mcr : uint8_t { dtr = 1, rts = 2, out1 = 4, out2 = 8, loop = 0x10 };
enum Lsr : uint8_t { dr = 1, oe = 2, bi = 0x10, thre = 0x20, temt = 0x40, in_fifo = 0x80 };
enum Msr : uint8_t { cts = 0x10, dsr = 0x20, ri = 0x40, dcd = 0x80 };
enum Iir : uint8_t {
	is_modem = 0x0, is_none = 0x1, is_thre = 0x2, is_data = 0x4,
	is_line = 0x6, is_timeout = 0xc, fifo_bits = 0xc0
};

uint8_t when(bool condition, uint8_t bits)
{
	return condition ? bits : 0;
}

} // namespace

bool UartModel::dlab() const
{
	return lcr & divisor_latch;
}

// Drivers that probe for a register bank set both bits for a moment; that is no break.
bool UartModel::sending_break() const
{
	return (lcr & set_break) && !dlab();
}

bool UartModel::at_ier(Register reg) const
{
	return reg == IER && !dlab();
}

bool UartModel::request() const
{
	return identification() != is_none;
}

uint8_t UartModel::identification() const
{
	const bool data = !characters.empty();
	const bool enough = characters.size() >= (fifo_mode ? trigger : 1);

	if ((ier & on_line_status) && (lsr() & ~(dr | thre | temt | in_fifo)))
		return is_line;
	if ((ier & on_data) && data)
		return enough ? is_data : is_timeout;
	if ((ier & on_thre) && thre_pending)
		return is_thre;
	if ((ier & on_modem_status) && deltas)
		return is_modem;
	return is_none;
}

uint8_t UartModel::lsr() const
{
	bool unreported = false;

	for (const Character &character : characters)
		unreported |= character.unreported_break;
	return thre | temt | when(!characters.empty(), dr) |
	       when(overrun, oe) | past_errors |
	       when(!characters.empty() && characters.front().unreported_break, bi) |
	       when(fifo_mode && unreported, in_fifo);
}

// On the plug, RTS drives CTS, DTR drives DSR and DCD, and nothing drives RI.
uint8_t UartModel::levels() const
{
	return when(mcr & rts, cts) | when(mcr & dtr, dsr) |
	       when((mcr & loop) && (mcr & out1), ri) |
	       when(mcr & (mcr & loop ? out2 : dtr), dcd);
}

uint8_t UartModel::value(Register reg) const
{
	switch (reg) {
	case RBR_THR:
		if (dlab())
			return dll;
		return characters.empty() ? 0 : characters.front().byte;
	case IER:
		return dlab() ? dlm : ier;
	case IIR_FCR:
		return identification() | when(fifo_mode, fifo_bits);
	case LCR:
		return lcr;
	case MCR:
		return mcr;
	case LSR:
		return lsr();
	case MSR:
		return levels() | deltas;
	default:
		return scr;
	}
}

uint8_t UartModel::read(Register reg)
{
	const uint8_t seen = value(reg);

	if (reg == RBR_THR && !dlab())
		take();
	if (reg == IIR_FCR && identification() == is_thre)
		thre_pending = false;
	if (reg == LSR) {
		overrun = false;
		past_errors = 0;
		if (!characters.empty())
			characters.front().unreported_break = false;
	}
	if (reg == MSR)
		deltas = 0;
	return seen;
}

void UartModel::write(Register reg, uint8_t value)
{
	switch (reg) {
	case RBR_THR:
		if (dlab())
			dll = value;
		else
			transmit(value);
		break;
	case IER:
		if (dlab())
			dlm = value;
		else
			enable_interrupts(value);
		break;
	case IIR_FCR:
		control_fifo(value);
		break;
	case LCR:
		control_line(value);
		break;
	case MCR:
		control_modem(value);
		break;
	case SCR:
		scr = value;
		break;
	default:
		break;
	}
}

void UartModel::clear()
{
	characters.clear();
	past_errors = 0;
}

// Drops the oldest character, but remembers if it was a break that LSR has not shown.
void UartModel::leave()
{
	if (characters.front().unreported_break)
		past_errors |= bi;
	characters.pop_front();
}

void UartModel::take()
{
	if (!characters.empty())
		leave();
}

void UartModel::receive(Character character)
{
	if (fifo_mode && characters.size() == fifo_depth) {
		overrun = true;
		return;
	}
	if (!fifo_mode && !characters.empty()) {
		overrun = true;
		leave();
	}
	characters.push_back(character);
}

void UartModel::transmit(uint8_t value)
{
	const unsigned int word_length = 5 + (lcr & 3);

	// Even a byte that is lost leaves the transmitter empty.
	thre_pending = true;
	if (!sending_break())
		receive({ static_cast<uint8_t>(value & ((1u << word_length) - 1)), false });
}

void UartModel::control_fifo(uint8_t value)
{
	static constexpr unsigned int triggers[] = { 1, 4, 8, 14 };
	const bool enable = value & 1;
	const bool changes = enable != fifo_mode;

	if (changes || (enable && (value & 2)))
		clear();
	if (changes || (enable && (value & 4)))
		thre_pending = true;
	fifo_mode = enable;
	trigger = enable ? triggers[value >> 6] : 1;
}

void UartModel::control_line(uint8_t value)
{
	lcr = value;
	if (!(lcr & set_break))
		break_received = false;
	if (sending_break() && !break_received) {
		break_received = true;
		receive({ 0, true });
	}
}

void UartModel::control_modem(uint8_t value)
{
	const uint8_t before = levels();

	mcr = value & (dtr | rts | out1 | out2 | loop);

	const uint8_t changed = before ^ levels();
	const uint8_t counted = changed & (cts | dsr | dcd | (before & ri));

	deltas |= counted >> 4;
}

void UartModel::enable_interrupts(uint8_t value)
{
	const bool was_on = ier & on_thre;

	ier = value & (on_data | on_thre | on_line_status | on_modem_status);
	if ((ier & on_thre) && !was_on)
		thre_pending = true;
}
