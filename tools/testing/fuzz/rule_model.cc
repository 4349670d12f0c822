// SPDX-License-Identifier: GPL-2.0-only
#include "rule_model.hh"

#include <sstream>

#include "steps.hh"

namespace {

const std::string arrow = "->";

bool is_state(const std::string &wanted, const std::string &state)
{
	return wanted == "*" || wanted == state;
}

bool is_arc(const std::string &wanted, const std::string &arc)
{
	const std::size_t middle = wanted.find(arrow), other = arc.find(arrow);

	return middle != std::string::npos && other != std::string::npos &&
	       is_state(wanted.substr(0, middle), arc.substr(0, other)) &&
	       is_state(wanted.substr(middle + arrow.size()),
			arc.substr(other + arrow.size()));
}

} // namespace

RuleModel::RuleModel(const std::string &text)
{
	std::istringstream words(text);
	std::string word;

	words >> site;
	while (words >> word) {
		const std::size_t sign = word.find('=');
		const bool has_value = sign != std::string::npos;
		const bool is_new = fields.emplace(word.substr(0, sign),
						   has_value ? word.substr(sign + 1) : "").second;

		expect("a field is new", true, is_new);
	}
}

uint64_t RuleModel::value(const std::string &field, uint64_t missing) const
{
	const auto found = fields.find(field);

	return found == fields.end() ? missing : std::stoull(found->second);
}

uint64_t RuleModel::offset() const
{
	return value("offset", 0);
}

bool RuleModel::is_passed_by(const Pass &pass) const
{
	if (site != pass.site && !is_arc(site, pass.site))
		return false;
	return !has("offset") ||
	       (pass.position <= offset() && offset() < pass.position + pass.count);
}

bool RuleModel::affects(const Pass &pass)
{
	if (!is_passed_by(pass))
		return false;
	passes++;

	const uint64_t first = value("nth", 1);
	const auto times = fields.find("times");
	const bool always = times != fields.end() && times->second == "always";

	return passes >= first && (always || passes < first + value("times", 1));
}
