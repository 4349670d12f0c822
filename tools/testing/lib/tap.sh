# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Results as TAP. A test is a command that has to succeed and print nothing.

number=0
failed=0

result() # ok|not ok, NAME
{
	number=$((number + 1))
	echo "$1 $number $2"
	[ "$1" = ok ] || failed=$((failed + 1))
}

# check NAME COMMAND...: run the test NAME; a failed one shows what COMMAND printed.
check()
{
	tap_name=$1
	tap_status=0
	shift
	tap_output=$("$@" 2>&1) || tap_status=$?
	if [ "$tap_status" = 0 ] && [ -z "$tap_output" ]; then
		result ok "$tap_name"
		return
	fi
	printf '%s\n' "expected: no output, exit status 0" ${tap_output:+"$tap_output"} \
		"exit status $tap_status" | sed 's/^/# /'
	result "not ok" "$tap_name"
}

# expect TEXT COMMAND...: a command for check. COMMAND's output has to contain TEXT and
# is shown if it does not.
expect()
{
	tap_text=$1
	shift
	tap_output=$("$@" 2>&1) || :
	case $tap_output in
	*"$tap_text"*) ;;
	*) printf 'expected: %s\n%s\n' "$tap_text" "$tap_output" ;;
	esac
}

# The end of a script: its exit status tells whether all tests passed.
print_plan()
{
	echo "1..$number"
	[ "$failed" -eq 0 ]
}
