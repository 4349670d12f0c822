# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Helpers of the tests on the installed machine

# shellcheck source=tools/testing/lib/tap.sh
. tools/testing/lib/tap.sh

kernel=$(uname -r)
auto=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
devices=/sys/bus/mdev/devices

absent() { # FILE...
	local file

	for file in "$@"; do
		[ ! -e "$file" ] || echo "there is $file"
	done
}

present() { # FILE...
	local file

	for file in "$@"; do
		[ -e "$file" ] || echo "there is no $file"
	done
}

# udev never calls a device initialised that no rule mentions.
comes_back() { udevadm wait --initialized=no --timeout=120 "$devices/$auto"; }

the_module_is_that_of_the_package() {
	expect "/lib/modules/$kernel/updates/dkms/mtty.ko" modinfo -n mtty
	expect "$(dpkg-query -f '${Version}' -W mtty-dkms)" cat /sys/module/mtty/version
}
