# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Leaks that kmemleak finds. Each scan takes half a minute. Needs tap.sh.

kmemleak=/sys/kernel/debug/kmemleak

# kmemleak ignores objects younger than 5 s, and the first scan only notes changes.
scan_for_leaks()
{
	sleep 6
	echo scan > "$kmemleak"
	echo scan > "$kmemleak"
}

forget_leaks()
{
	[ -e "$kmemleak" ] || return 0
	echo scan > "$kmemleak"
	echo clear > "$kmemleak"
}

# The paragraphs of the report that are ours: a paragraph also names the program that made
# the call.
leaks()
{
	scan_for_leaks
	awk '/^unreferenced object/ { if (leak ~ ours) printf "%s", leak; leak = "" }
		{ leak = leak $0 "\n" }
		END { if (leak ~ ours) printf "%s", leak }' \
		ours="mtty|vfio|mdev|fail_nth|random_calls" "$kmemleak"
}

no_leak() # NAME
{
	if [ -e "$kmemleak" ]; then
		check "$1" leaks
	else
		result ok "$1 # SKIP this kernel has no kmemleak"
	fi
}
