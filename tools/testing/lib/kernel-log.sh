# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What is judged in the kernel's log after a test: what it says since a mark.

# The kernel's own lines on any mediated device, and on any module from outside.
known='MDEV: (Unr|R)egister|(Adding to|Removing from) iommu group|(tainting|taints) kernel'
# The driver core says so whenever a driver refuses a device, here for want of ports;
# the only errors it would keep to itself tell whoever creates the device less.
known="$known|probe with driver mtty failed with error -28"
# A parameter that the module refuses is told of by the kernel.
known="$known|mtty: .[^ ]*. invalid for parameter .max_ports."
# The clock of an emulated machine stumbles now and then.
known="$known|clocksource|timekeeping watchdog|hrtimer: interrupt took"
trouble='mtty|WARNING|BUG|Oops|Call Trace|general protection|blocked for more than'

mark()
{
	echo "selftests $$: before $1" > /dev/kmsg
}

since() # MARK
{
	# To its end, as some callers take a pipe that nobody reads for a failure.
	dmesg | grep "selftests $$: before $1\$" > /dev/null ||
		echo "<0>the kernel's log is too short: it has forgotten what was before $1"
	dmesg -r | sed "1,/selftests $$: before $1\$/d"
}

# Warnings and worse of anybody, and whatever names us, since the mark.
kernel_log_since()
{
	since "$1" | grep -Ev "$known" | grep -E "^<[0-4]>|$trouble" || :
}

# Since the mark, only what tells of a mistake: where memory is refused, all that
# wanted some tells so, and the allocator shows from where. The one that VFIO has in
# Linux 7.3 is not ours: a group that cannot be registered is released with the
# reference to its IOMMU group, which the release warns of.
kernel_mistakes_since()
{
	since "$1" | grep -E '^<0>|BUG|WARNING|INFO:|UBSAN|Oops|general protection|refcount' |
		grep -v 'WARNING: .* vfio_group_release' || :
}

# A kernel that looks for races has to have watched for them.
kcsan=/sys/kernel/debug/kcsan

nothing_watched()
{
	grep -q '^setup_watchpoints: [1-9]' $kcsan || cat $kcsan
}

races_are_looked_for()
{
	[ ! -e $kcsan ] || check races_are_looked_for nothing_watched
}
