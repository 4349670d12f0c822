# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What tests have leaked, as the kernel's kmemleak finds it, in half a minute for each of
# its scans. Needs tap.sh.

kmemleak=/sys/kernel/debug/kmemleak

# What is younger than 5 s is not told, and a first scan only takes note of what changed.
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

# Paragraphs of the report that are ours, be it only because one of our programs made the
# call, which they name.
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
