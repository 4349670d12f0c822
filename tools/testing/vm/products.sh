# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What is made in the tree: the host's disk, the kernel's sources, the nested
# guest, the module and its tests.

guest=$project/tools/testing/qemu/guest

# The names of the products follow from what the tree holds, so it is made first.
use_products() {
	local source

	source=$(sed -n '/^Package: linux-source$/,/^$/s/^Version: //p' \
		"$tree/var/lib/dpkg/status")
	linux=$CACHE/linux-$(key "$source" unpack_linux)
	disk=$CACHE/disk-$(key "$tree" make_disk)
	guest_kernel=$CACHE/guest-kernel-$(key "$source" \
		"$guest/kernel.config" "$guest/build-kernel" "$vm/configure-kernel")
	guest_initramfs=$CACHE/guest-initramfs-$(key "$tree" "$guest"/*)
	built=$CACHE/built-$(key "$project")
	results=$built/results
	use_kernel
}

# A host's kernel is a directory with kernel, initrd and, unless it is Debian's, the
# modules and what to build others against.
use_kernel() {
	kernel=${KERNEL:-stock}
	make_kernel=make_own_kernel
	append=
	count=
	case $kernel in
	stock) use_debian_kernel 6; return ;;
	backports) use_debian_kernel 7; return ;;
	# One report of KASAN's must not be the last.
	debug)
		append=kasan_multi_shot
		count="-include $project/tools/testing/coverage/count-returns"
		;;
	kcsan) ;;
	*) die "KERNEL=$kernel: choose stock, backports, debug or kcsan" ;;
	esac
	configs=("$vm/kernels/host.config" "$vm/kernels/$kernel.config")
	host_kernel=$CACHE/kernel-$kernel-$(key "$source" make_own_kernel "$vm/build-kernel" \
		"$vm/configure-kernel" "$vm/make-initrd" "$vm/initrd-init" "${configs[@]}")
	kdir=$host_kernel/build
}

use_debian_kernel() { # MAJOR
	make_kernel=make_debian_kernel
	kdir=$(headers "$1")
	release=${kdir##*/linux-headers-}
	host_kernel=$CACHE/kernel-$kernel-$(key "$tree$release" make_debian_kernel \
		"$vm/make-initrd" "$vm/initrd-init")
}

setup_host() {
	cached "$disk" "host disk image" make_disk
	cached "$host_kernel" "host kernel ($kernel)" "$make_kernel"
	cached "$guest_kernel" "guest kernel" in_tree -- "$guest/build-kernel"
	cached "$guest_initramfs" "guest initramfs" in_tree -- "$guest/build-initramfs"
}

setup_sources() { cached "$linux" "kernel sources" unpack_linux; }

# Reading a compressed disk would cost an emulated machine more than it saves.
make_disk() {
	in_tree -- mksquashfs "$tree" "$1/root" -noI -noD -noF -noX -no-xattrs \
		-all-root -no-progress -wildcards \
		-e 'usr/src/linux-source-*' boot 'var/cache/*' 'var/lib/apt/*'
}

# In the backports it has left /boot to those who install it.
make_debian_kernel() {
	local image

	for image in "$tree/boot/vmlinuz-$release" "$tree/lib/modules/$release/vmlinuz"; do
		[ ! -e "$image" ] || cp "$image" "$1/kernel"
	done
	in_tree -- "$vm/make-initrd" "$1" "$release" virtio_pci virtio_blk squashfs overlay
}

make_own_kernel() {
	in_tree -- "$vm/build-kernel" "$1" "${configs[@]}"
	in_tree -- "$vm/make-initrd" "$1"
}

# Graphics are a third of the sources, and none of ours.
unpack_linux() {
	local archive

	archive=$(echo "$tree"/usr/src/linux-source-*.tar.xz)
	in_tree -- tar -x -I 'xz -T0' -f "$archive" -C "$1" --strip-components=1 \
		--exclude='*/drivers/gpu/*.[ch]'
}

# Built beside the cache's other things, so that the project's tree stays clean;
# rsync keeps the times that make goes by. The lock is held until all is packed.
build() {
	module=$built/module-$kernel
	mkdir -p "$module" "$built/selftests"
	lock "$built" "the module and its tests"
	step module "mtty.ko ($kernel)" build_module
	step selftests "selftests" build_selftests
	cat "$LOGS/module.log" "$LOGS/selftests.log" >&2
}

# One folder for all programs: they share their library.
build_selftests() {
	local folder

	for folder in selftests stress interop bench; do
		in_tree --chdir "$project/tools/testing/$folder" -- \
			make -s OUTPUT="$built/selftests" KSRC="$linux"
	done
	in_tree -- rsync -a "$project/tools/testing/selftests/settings" \
		"$linux"/tools/testing/selftests/{run_kselftest.sh,kselftest} "$built/selftests"
}

# Only a kernel with CONFIG_GCOV_KERNEL heeds GCOV_PROFILE.
# shellcheck disable=SC2016
build_module() {
	in_tree --chdir "$project" -- rsync -a --delete --exclude='*.mod.c' \
		--include='*.[ch]' --include=Kbuild --include=tests/ --exclude='*' \
		./ "$module/"
	in_tree -- sh -c 'make -s -j"$(nproc)" -C "$1" M="$2" KCFLAGS="$3" GCOV_PROFILE=y modules' \
		sh "$kdir" "$module" "$count"
}
