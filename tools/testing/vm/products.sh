# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What is made in the tree: the host's disk and kernels, the kernel's sources, the nested
# guest, the module and its tests

guest=$project/tools/testing/qemu/guest

# The names of the products depend on the tree's contents, so the tree is made first.
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

# A host kernel is a directory with kernel and initrd. A kernel of our own also has its
# modules and a directory to build others against.
use_kernel() {
	kernel=${KERNEL:-stock}
	make_kernel=make_own_kernel
	append=
	count=
	case $kernel in
	stock) use_debian_kernel 6; return ;;
	backports) use_debian_kernel 7; return ;;
	# KASAN would stop after its first report.
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

# The disk is not compressed: decompression is slow on an emulated machine.
make_disk() {
	in_tree -- mksquashfs "$tree" "$1/root" -noI -noD -noF -noX -no-xattrs \
		-all-root -no-progress -wildcards \
		-e 'usr/src/linux-source-*' boot 'var/cache/*' 'var/lib/apt/*'
}

# The backports' kernel is not in /boot, because its package does not put it there.
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

# The graphics drivers are a third of the sources, and we do not need them.
unpack_linux() {
	local archive

	archive=$(echo "$tree"/usr/src/linux-source-*.tar.xz)
	in_tree -- tar -x -I 'xz -T0' -f "$archive" -C "$1" --strip-components=1 \
		--exclude='*/drivers/gpu/*.[ch]'
}

# The module is built in the cache to keep the project's directory clean. rsync preserves
# the time stamps for make. The lock is held until the payload is packed.
build() {
	module=$built/module-$kernel
	mkdir -p "$module" "$built/selftests"
	lock "$built" "the module and its tests"
	step module "mtty.ko ($kernel)" build_module
	step selftests "selftests" build_selftests
	cat "$LOGS/module.log" "$LOGS/selftests.log" >&2
}

# All programs go to one directory because they share a library.
build_selftests() {
	local folder

	for folder in selftests stress interop bench; do
		in_tree --chdir "$project/tools/testing/$folder" -- \
			make -s OUTPUT="$built/selftests" KSRC="$linux"
	done
	in_tree -- rsync -a "$project/tools/testing/selftests/settings" \
		"$linux"/tools/testing/selftests/{run_kselftest.sh,kselftest} "$built/selftests"
}

# GCOV_PROFILE has no effect without CONFIG_GCOV_KERNEL.
# shellcheck disable=SC2016
build_module() {
	in_tree --chdir "$project" -- rsync -a --delete --exclude='*.mod.c' \
		--include='*.[ch]' --include=Kbuild --include=tests/ --exclude='*' \
		./ "$module/"
	in_tree -- sh -c 'make -s -j"$(nproc)" -C "$1" M="$2" KCFLAGS="$3" GCOV_PROFILE=y modules' \
		sh "$kdir" "$module" "$count"
}
