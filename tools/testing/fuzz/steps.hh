// SPDX-License-Identifier: GPL-2.0-only
//
// What the targets share: taking an input apart, telling the steps it stands for, and
// stopping where what is seen is not what was expected.
#ifndef FUZZ_STEPS_HH
#define FUZZ_STEPS_HH

#include <cstddef>
#include <cstdint>
#include <string>

class Input {
public:
	Input(const uint8_t *data, std::size_t size) : next(data), end(data + size) {}

	bool empty() const { return next == end; }
	// Behind the end there are zeros.
	uint8_t byte() { return empty() ? 0 : *next++; }

private:
	const uint8_t *next;
	const uint8_t *end;
};

// STEPS is in the environment: nobody reads the steps while millions of inputs pass.
extern const bool telling;

[[gnu::format(printf, 1, 2)]] void tell(const char *format, ...);
[[noreturn]] void stop(const char *what, long expected, long seen);

// Two digits a byte, with blanks between
std::string hex(const uint8_t *bytes, std::size_t count);

inline void expect(const char *what, long expected, long seen)
{
	if (expected != seen)
		stop(what, expected, seen);
}

#endif // FUZZ_STEPS_HH
