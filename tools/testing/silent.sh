# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# TAP for commands that have to succeed and say nothing.

count=0
failed=0

# check NAME CMD...
check() {
	local name=$1 output status=

	shift
	count=$((count + 1))
	output=$("$@" 2>&1) || status="exit status $?"
	if [ -z "$output$status" ]; then
		echo "ok $count $name"
		return
	fi
	echo "not ok $count $name"
	printf '%s\n' "expected: no output, exit status 0" "$output" ${status:+"$status"} |
		sed 's/^/# /'
	failed=$((failed + 1))
}

# expect TEXT CMD...: its output has that text; all of it is shown where it has not.
expect() {
	local output

	output=$("${@:2}" 2>&1)
	[[ "$output" == *"$1"* ]] || printf 'expected: %s\n%s\n' "$1" "$output"
}

end_of_checks() {
	echo "1..$count"
	[ "$failed" -eq 0 ]
}
