# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Results as TAP: their numbers, and how many tests failed.

number=0
failed=0

result() # ok|not ok, NAME
{
	number=$((number + 1))
	echo "$1 $number $2"
	[ "$1" = ok ] || failed=$((failed + 1))
}

# NAME COMMAND...: the test NAME holds if COMMAND prints nothing; what it
# prints is told as the reason.
nothing()
{
	name=$1
	shift
	if said=$("$@" 2>&1) && [ -z "$said" ]; then
		result ok "$name"
	else
		echo "$said" | sed 's/^/# /'
		result "not ok" "$name"
	fi
}
