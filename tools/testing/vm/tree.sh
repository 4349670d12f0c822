# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The tree: a Debian 13 root file system that everything is built in. The host runs it.

missing_packages() {
	command -v mmdebstrap >/dev/null || echo mmdebstrap
	command -v bwrap >/dev/null || echo bubblewrap
	[ "$(id -u)" = 0 ] || command -v newuidmap >/dev/null || echo uidmap
}

install_missing_packages() {
	local missing

	missing=$(missing_packages | xargs)
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] ||
		die "packages are missing; install them as root: apt-get install --no-install-recommends $missing"
	update_index
	# shellcheck disable=SC2086
	step apt-install "installing $missing on this machine" \
		env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends $missing
}

update_index() { step apt-update "apt-get update" apt-get update; }

# mirror LABEL: the mirror that this machine uses for the Debian archive of this label
# shellcheck disable=SC2016
mirror() {
	apt-get indextargets --format '$(REPO_URI)' \
		'Origin: Debian' "Label: $1" 'Created-By: Packages' | sed -n 1p
}

# apt knows an archive's label only after it has fetched the index.
find_mirrors() {
	main=$(mirror Debian)
	if [ -z "$main" ] && [ "$(id -u)" = 0 ]; then
		update_index
		main=$(mirror Debian)
	fi
	[ -n "$main" ] ||
		die "apt knows no Debian mirror; name one in /etc/apt, then as root: apt-get update"
	security=$(mirror Debian-Security)
}

sources() {
	local suite

	for suite in trixie trixie-updates trixie-backports; do
		echo "deb $main $suite main"
	done
	[ -z "$security" ] || echo "deb $security trixie-security main"
}

# Packages of the release hide backports of the same name, so apt is asked for packages that
# the backports' metapackages depend on. The kernel comes without the tools for an initrd.
newest='?and(?exact-name(linux-%s-amd64),?version(bpo13))'
# shellcheck disable=SC2059
backports_headers=$(printf "?reverse-depends($newest)" headers)
# shellcheck disable=SC2059
backports_kernel=$(printf "?and(?name(amd64$),?reverse-depends(?reverse-depends($newest)))" image)

# names FILE: the packages in a list, as mmdebstrap wants them
names() { grep -v '^#' "$1" | xargs | tr ' ' ,; }

make_tree() {
	debian "$1" "$vm/packages" --include="$backports_headers" --include="$backports_kernel" \
		--customize-hook="$vm/add-qemu" \
		--customize-hook="$vm/add-headers \"\$1\" flavours"
}

# There are dozens of header packages, so only builds for all kernels use this tree.
make_kernels_tree() {
	debian "$1" "$vm/kernels-packages" \
		--customize-hook="$vm/add-headers \"\$1\" all"
}

# debian DIR LIST OPTION...: make a file system in DIR. An unprivileged mmdebstrap would
# leave files there that the user cannot remove, so it writes a tar archive instead.
debian() {
	local dir

	for dir in man doc info locale; do
		set -- "$@" "--dpkgopt=path-exclude=/usr/share/$dir/*"
	done
	if [ "$(id -u)" = 0 ]; then
		bootstrap "${@:3}" --include="$(names "$2")" trixie "$1" -
	else
		bootstrap "${@:3}" --include="$(names "$2")" trixie - - |
			tar -x -C "$1" --exclude='./dev/*'
	fi
}

bootstrap() {
	sources | TMPDIR=/var/tmp mmdebstrap --variant=apt --dpkgopt=force-unsafe-io "$@"
}

# The mirror is not a part of the key.
use_tree() {
	tree=$CACHE/tree-$(key "$backports_headers$backports_kernel" names make_tree \
		debian bootstrap "$vm/packages" "$vm/add-qemu" "$vm/add-headers")
}

setup_tree() {
	[ -d "$tree" ] || find_mirrors
	cached "$tree" "Debian 13 tree" make_tree
}

use_kernels_tree() {
	kernels_tree=$CACHE/kernels-tree-$(key kernels-tree names make_kernels_tree debian \
		bootstrap "$vm/kernels-packages" "$vm/add-headers")
}

setup_kernels_tree() {
	[ -d "$kernels_tree" ] || find_mirrors
	cached "$kernels_tree" "Debian 13 tree with the headers of all kernels" make_kernels_tree
}

# in_tree [BWRAP OPTION...] -- CMD...: run CMD in the tree. bwrap creates missing mount
# points in it, so it is remounted read-only last.
in_tree() {
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	[ "$(id -u)" != 0 ] || options+=(--cap-add ALL)
	bwrap --die-with-parent --unshare-pid --unshare-ipc --unshare-net \
		--bind "$tree" / --proc /proc --dev /dev --tmpfs /tmp --tmpfs /run \
		--bind "$project" "$project" --bind "$CACHE" "$CACHE" --remount-ro / \
		--clearenv --setenv PATH /usr/sbin:/usr/bin --setenv HOME /tmp \
		--setenv LANG C.UTF-8 --setenv TERM "${TERM:-dumb}" \
		--setenv CACHE "$CACHE" --setenv RESULTS "$results" --setenv KSRC "$linux" \
		--setenv KDIR "$(headers 6)" --setenv KDIR_BACKPORTS "$(headers 7)" \
		"${options[@]}" -- "$@"
}

# headers MAJOR: the build directory of the newest kernel of this major version
headers() {
	basename -a "$tree/usr/src/linux-headers-$1".*[0-9]-amd64 | sort -V | sed -n '$s,^,/usr/src/,p'
}
