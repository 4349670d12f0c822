# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Complaints in the kernel's log since a mark

# Lines that the kernel prints for every mediated device and every out-of-tree module
known='MDEV: (Unr|R)egister|(Adding to|Removing from) iommu group|(tainting|taints) kernel'
# The driver core prints this if a driver refuses a device, here because no port is left.
# It is silent for some other errors, but these would tell the user less.
known="$known|probe with driver mtty failed with error -28"
# The kernel prints this if the module refuses a parameter.
known="$known|mtty: .[^ ]*. invalid for parameter .(max_ports|parents)."
# The clock of an emulated machine is sometimes late.
known="$known|clocksource|timekeeping watchdog|hrtimer: interrupt took|TSC found unstable"
trouble='mtty|WARNING|BUG|Oops|Call Trace|general protection|blocked for more than'

mark()
{
	echo "selftests $$: before $1" > /dev/kmsg
}

since() # MARK
{
	# grep has to read to the end: with pipefail, dmesg would fail on a closed pipe.
	dmesg | grep "selftests $$: before $1\$" > /dev/null ||
		echo "<0>the kernel log is too short: it no longer has the mark before $1; boot with a larger log_buf_len"
	dmesg -r | sed "1,/selftests $$: before $1\$/d"
}

# Since the mark: all warnings and errors, and every line that names us
kernel_log_since()
{
	since "$1" | grep -Ev "$known" | grep -E "^<[0-4]>|$trouble" || :
}

# Since the mark: only signs of a bug. If allocations fail, their callers complain and the
# allocator prints a backtrace, which is no bug. One bug of VFIO in Linux 7.3 is not ours: a
# group that cannot be registered is released while it holds the reference to its IOMMU
# group, and the release warns about that.
kernel_mistakes_since()
{
	since "$1" | grep -E '^<0>|BUG|WARNING|INFO:|UBSAN|Oops|general protection|refcount' |
		grep -v 'WARNING: .* vfio_group_release' || :
}

# A KCSAN kernel must have set watchpoints.
kcsan=/sys/kernel/debug/kcsan

nothing_watched()
{
	grep -q '^setup_watchpoints: [1-9]' $kcsan || cat $kcsan
}

races_are_looked_for()
{
	[ ! -e $kcsan ] || check races_are_looked_for nothing_watched
}
