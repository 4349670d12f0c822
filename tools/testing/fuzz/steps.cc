// SPDX-License-Identifier: GPL-2.0-only
#include "steps.hh"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

const bool telling = std::getenv("STEPS");

void tell(const char *format, ...)
{
	std::va_list args;

	if (!telling)
		return;
	va_start(args, format);
	std::vfprintf(stderr, format, args);
	va_end(args);
	std::fputc('\n', stderr);
}

std::string hex(const uint8_t *bytes, std::size_t count)
{
	std::string digits;
	char pair[4];

	for (std::size_t i = 0; i < count; i++) {
		std::snprintf(pair, sizeof(pair), i ? " %02x" : "%02x", bytes[i]);
		digits += pair;
	}
	return digits;
}

void stop(const char *what, long expected, long seen)
{
	std::fprintf(stderr, "%s: expected %02lx, seen %02lx\n", what,
		     static_cast<unsigned long>(expected), static_cast<unsigned long>(seen));
	std::abort();
}
