// SPDX-License-Identifier: GPL-2.0-only
//
// Any text as a fault rule. What is accepted must be read as text that means the same rule,
// and must affect exactly the passes that this text says.
//
// The first line of an input is the text. Each pass that follows is a byte, which chooses
// the site; an arc is followed by a byte with its states, and a read or a write by two: its
// position, relative to the rule's, and its length.
extern "C" {
#include "mtty_fault_rule.h"
}

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <vector>

#include "rule_model.hh"
#include "steps.hh"

namespace {

const char *const sites[MTTY_FAULT_NR_SITES] = {
	"", "open", "reset", "read", "write", "precopy_info", "data_size", "log_start",
	"log_read", "irq"
};
// In the order of enum vfio_device_mig_state
const char *const states[] = {
	"ERROR", "STOP", "RUNNING", "STOP_COPY", "RESUMING", "RUNNING_P2P", "PRE_COPY",
	"PRE_COPY_P2P"
};
constexpr uint64_t terabyte = 1ULL << 40;
constexpr unsigned int longest_delay = 60000, largest_error = 133;

// The text is in memory of its own, without a zero, so that a byte too many is noticed.
bool parse(const std::string &text, mtty_fault_rule &rule)
{
	std::vector<char> line;

	line.reserve(std::max<std::size_t>(text.size(), 1));
	line.assign(text.begin(), text.end());
	std::memset(&rule, 0xa5, sizeof(rule));

	const int error = mtty_fault_rule_parse(&rule, line.data(), line.size());

	if (error)
		expect("error", -EINVAL, error);
	return !error;
}

std::string show(const mtty_fault_rule &rule)
{
	std::vector<char> line(MTTY_FAULT_LINE_MAX, '~');
	const int length = mtty_fault_rule_show(&rule, line.data(), line.size());

	expect("length of the text", std::strlen(line.data()), length);
	expect("the text has room", true, length < MTTY_FAULT_LINE_MAX - 1);
	return line.data();
}

void expect_equal(const mtty_fault_rule &a, const mtty_fault_rule &b)
{
	expect("site", a.site, b.site);
	expect("from", a.from, b.from);
	expect("to", a.to, b.to);
	expect("nth", a.nth, b.nth);
	expect("times", a.times, b.times);
	expect("passes", a.passes, b.passes);
	expect("hits", a.hits, b.hits);
	expect("delay", a.action.delay, b.action.delay);
	expect("error", a.action.error, b.action.error);
	expect("state=ERROR", a.action.error_state, b.action.error_state);
	expect("corrupt", a.action.corrupt, b.action.corrupt);
	expect("drop", a.action.drop, b.action.drop);
	expect("offset", a.action.offset, b.action.offset);
}

// What holds for any rule, whatever its text
void expect_sensible(const mtty_fault_rule &rule, const RuleModel &model)
{
	const mtty_fault_action &action = rule.action;
	const bool is_arc = rule.site == MTTY_FAULT_ARC, is_irq = rule.site == MTTY_FAULT_IRQ;
	const bool is_read = rule.site == MTTY_FAULT_READ;

	expect("nth is at least 1", true, rule.nth >= 1);
	expect("nobody has come past", 0, rule.passes + rule.hits);
	expect("an error is one that calls return", true,
	       action.error <= 0 && action.error >= -static_cast<int>(largest_error));
	expect("a delay has a limit", true, action.delay <= longest_delay);
	expect("it does something", true,
	       action.error || action.delay || action.corrupt || action.drop);
	expect("only an arc that fails enters ERROR", true,
	       !action.error_state || (is_arc && action.error));
	expect("only a read with an offset is corrupted", true,
	       !action.corrupt || (is_read && model.has("offset")));
	expect("only an interrupt is dropped", true, !action.drop || is_irq);
	expect("an interrupt neither fails nor waits", true,
	       !is_irq || (!action.error && !action.delay));
	expect("only what has a position has an offset", true,
	       !model.has("offset") || is_read || rule.site == MTTY_FAULT_WRITE);
	expect("an offset has a limit", true, model.offset() <= terabyte);
}

void come_past(mtty_fault_rule &rule, RuleModel &model, Input &input)
{
	mtty_fault_pass pass = {};
	Pass expected;

	pass.site = static_cast<mtty_fault_site>(input.byte() % MTTY_FAULT_NR_SITES);
	expected.site = sites[pass.site];
	if (pass.site == MTTY_FAULT_ARC) {
		const uint8_t arc = input.byte();
		const unsigned int from = arc % std::size(states);
		const unsigned int to = arc / 16 % std::size(states);

		pass.from = static_cast<vfio_device_mig_state>(from);
		pass.to = static_cast<vfio_device_mig_state>(to);
		expected.site = std::string(states[from]) + "->" + states[to];
	}
	if (pass.site == MTTY_FAULT_READ || pass.site == MTTY_FAULT_WRITE) {
		pass.pos = model.offset() - std::min<uint64_t>(model.offset(), input.byte());
		pass.count = input.byte();
		expected.position = pass.pos;
		expected.count = pass.count;
	}
	tell("%s, %llu bytes at %llu", expected.site.c_str(),
	     static_cast<unsigned long long>(pass.count),
	     static_cast<unsigned long long>(pass.pos));
	expect("the rule affects it", model.affects(expected),
	       mtty_fault_rule_pass(&rule, &pass));
}

std::string first_line(Input &input)
{
	std::string line;

	while (!input.empty()) {
		const char next = input.byte();

		if (next == '\n')
			break;
		line += next;
	}
	return line;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Input input(data, size);
	mtty_fault_rule rule, again;
	const std::string text = first_line(input);

	tell("\"%s\"", text.c_str());
	// sysfs gives text with a zero at its end.
	if (text.find('\0') != std::string::npos || !parse(text, rule))
		return 0;

	const std::string shown = show(rule);

	tell("is read as \"%s\"", shown.c_str());
	expect("it can be written back", true, parse(shown, again));
	expect_equal(rule, again);
	expect("it is read the same again", 0, show(again).compare(shown));

	RuleModel model(shown);

	expect_sensible(rule, model);
	while (!input.empty())
		come_past(rule, model, input);
	return 0;
}
