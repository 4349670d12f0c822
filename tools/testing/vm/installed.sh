# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The installed machine: Debian 13 with its own kernels, systemd and udev. apt has installed
# mtty-dkms on it and upgraded the kernel afterwards. Its disk keeps changes until the next
# installation.

use_installed() {
	package=$built/package
	mkdir -p "$package"
	step package "mtty-dkms" in_tree -- "$project/tools/package/build" "$package"
	cp "$package"/mtty-dkms_*.deb "$package/mtty-dkms.deb"
	installed=$CACHE/installed-$(key installed make_installed bootstrap "$package/mtty-dkms.deb" \
		"$vm/installed-packages" "$vm/lab.service")
	machine_disk=$built/$(basename "$installed").qcow2
}

# The newer kernel is installed last, like an upgrade.
# shellcheck disable=SC2016
make_installed() { # DIR
	local hooks=() hook

	for hook in \
		"copy-in $package/mtty-dkms.deb /tmp" \
		'chroot "$1" apt-get install -y --no-install-recommends /tmp/mtty-dkms.deb' \
		'chroot "$1" apt-get install -y -t trixie-backports linux-image-amd64 linux-headers-amd64' \
		"copy-in $vm/lab.service /etc/systemd/system" \
		'chroot "$1" systemctl enable lab.service' \
		"copy-out /boot $1"; do
		hooks+=("--customize-hook=$hook")
	done
	bootstrap --format=tar --include="$(names "$vm/installed-packages")" "${hooks[@]}" trixie - - |
		in_tree -- mke2fs -q -t ext4 -d - "$1/disk" 8G
}

setup_installed() {
	[ -d "$installed" ] || find_mirrors
	cached "$installed" "machine with mtty-dkms" make_installed
	in_tree -- qemu-img create -q -f qcow2 -b "$installed/disk" -F raw "$machine_disk"
}
