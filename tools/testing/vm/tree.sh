# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The tree: a Debian 13 root file system with all that is built or run here.

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
		die "packages are missing; as root: apt-get install --no-install-recommends $missing"
	update_index
	# shellcheck disable=SC2086
	step apt-install "installing $missing on this machine" \
		env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends $missing
}

update_index() { step apt-update "apt-get update" apt-get update; }

# mirror LABEL: where the machine itself gets the Debian archive of that label.
# shellcheck disable=SC2016
mirror() {
	apt-get indextargets --format '$(REPO_URI)' \
		'Origin: Debian' "Label: $1" 'Created-By: Packages' | sed -n 1p
}

# An archive's label is known only once its index has been fetched.
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

# The release's packages hide those of the same name in its backports, so what the latter
# stand for is asked for as such. The kernel is taken without what would make an initrd.
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

# For whoever builds against all kernels, and for nobody else, as there are dozens.
make_kernels_tree() {
	debian "$1" "$vm/kernels-packages" \
		--customize-hook="$vm/add-headers \"\$1\" all"
}

# debian DIR LIST OPTION...: what an unprivileged mmdebstrap puts into a directory belongs
# to user ids that the user cannot remove or enter, so it hands over a tar then.
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

# Which mirror it was makes no difference.
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

# in_tree [BWRAP OPTION...] -- CMD...: the mount points that are missing in the
# tree are made in it, hence read-only comes last.
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

# headers MAJOR: the build directory of the newest kernel of that major version.
headers() {
	basename -a "$tree/usr/src/linux-headers-$1".*[0-9]-amd64 | sort -V | sed -n '$s,^,/usr/src/,p'
}
