// SPDX-License-Identifier: GPL-2.0-only
//
// Shared by the targets: taking an input apart, printing the steps that it stands for, and
// aborting at the first result that is not the expected one.
#ifndef FUZZ_STEPS_HH
#define FUZZ_STEPS_HH

#include <cstddef>
#include <cstdint>
#include <string>

class Input {
public:
	Input(const uint8_t *data, std::size_t size) : next(data), end(data + size) {}

	bool empty() const { return next == end; }
	// After the end, all bytes are zero.
	uint8_t byte() { return empty() ? 0 : *next++; }

private:
	const uint8_t *next;
	const uint8_t *end;
};

// STEPS is set in the environment. By default no steps are printed, because millions of
// inputs pass.
extern const bool telling;

[[gnu::format(printf, 1, 2)]] void tell(const char *format, ...);
[[noreturn]] void stop(const char *what, long expected, long seen);

// Two digits per byte, separated by spaces
std::string hex(const uint8_t *bytes, std::size_t count);

inline void expect(const char *what, long expected, long seen)
{
	if (expected != seen)
		stop(what, expected, seen);
}

#endif // FUZZ_STEPS_HH
