// SPDX-License-Identifier: GPL-2.0-only
//
// A fault rule as its text says, and what it does to what comes past.
#ifndef FUZZ_RULE_MODEL_HH
#define FUZZ_RULE_MODEL_HH

#include <cstdint>
#include <map>
#include <string>

struct Pass {
	std::string site;
	uint64_t position = 0;
	uint64_t count = 0;
};

class RuleModel {
public:
	// A text that a rule is read as: each field once, and numbers without a unit
	explicit RuleModel(const std::string &text);

	bool affects(const Pass &pass);
	uint64_t offset() const;
	bool has(const std::string &field) const { return fields.count(field); }

private:
	uint64_t value(const std::string &field, uint64_t missing) const;
	bool is_passed_by(const Pass &pass) const;

	std::string site;
	std::map<std::string, std::string> fields;
	uint64_t passes = 0;
};

#endif // FUZZ_RULE_MODEL_HH
