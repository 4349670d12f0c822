# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The cache: directories whose names depend on their inputs. Each is made once, under a lock.

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/mtty-lab
LOGS=$CACHE/log

reused=()

recipe() {
	local part

	printf '%s\n' "$1"
	for part in "${@:2}"; do
		declare -f "$part" || cat "$part"
	done
}

# key WORD [FUNCTION|FILE...]: a hash of these inputs
key() { recipe "$@" | sha256sum | cut -c1-12; }

# forget DIR PATTERN: remove what was not used for a fortnight.
forget() { find "$1" -mindepth 1 -maxdepth 1 -name "$2" -mtime +14 -exec rm -rf {} +; }

# cached DIR TEXT CMD...: run `CMD... DIR` to make DIR, unless it exists.
cached() {
	local dir=$1 text=$2

	if [ -d "$dir" ]; then
		reused+=("$text")
		touch "$dir"
		return
	fi
	lock "$dir" "$text"
	[ -d "$dir" ] || make_cached "$@"
	unlock
}

# The directory gets its name when it is complete.
make_cached() {
	local dir=$1 text=$2

	shift 2
	forget "$CACHE" "$(basename "${dir%-*}")-*"
	scratch+=("$dir.new")
	rm -rf "$dir.new"
	mkdir -p "$dir.new"
	step "$(basename "$dir")" "$text" "$@" "$dir.new"
	mv "$dir.new" "$dir"
}

tell_reused() {
	local IFS=,

	[ ${#reused[@]} -eq 0 ] || say "from the cache:${reused[*]/#/ }"
}

# lock PRODUCT TEXT: labs that run at the same time make each product once.
lock() {
	exec 8>"$1.lock"
	flock -n 8 && return
	say "waiting for another lab to make: $2"
	flock 8
}

unlock() { exec 8>&-; }

# The cache must not be removed while somebody makes or packs products.
use_cache() {
	mkdir -p "$CACHE"
	exec 9>"$CACHE/lock"
	flock "${1:--s}" 9
}

leave_cache() { exec 9>&-; }

remove_cache() {
	use_cache -x
	rm -rf "$CACHE"
}
