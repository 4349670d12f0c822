# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What every long step shares: the cache, its lock, progress, and the end.

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/mtty-lab
LOGS=$CACHE/log

job=
scratch=()
reused=()

say() { printf 'lab: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# What the job started may have its own things to tidy up.
stop() {
	local tries=300

	kill -TERM -- "-$job" 2>/dev/null || return 0
	while kill -0 -- "-$job" 2>/dev/null && [ $((tries -= 1)) -gt 0 ]; do
		sleep 0.1
	done
	kill -KILL -- "-$job" 2>/dev/null || true
}

cleanup() {
	trap '' INT TERM HUP
	[ -z "$job" ] || stop
	[ ${#scratch[@]} -eq 0 ] || rm -rf "${scratch[@]}"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# A group of its own lets cleanup end the command with all its children.
start() {
	set -m
	"$@" &
	job=$!
	set +m
}

finish() {
	local status=0

	wait "$job" || status=$?
	job=
	return "$status"
}

# tick TEXT: show that time passes for as long as the job runs.
tick() {
	local seconds=0

	while kill -0 "$job" 2>/dev/null; do
		if [ -t 2 ]; then
			printf '\rlab: %s ... %d s ' "$1" "$seconds" >&2
		elif [ $((seconds % 20)) -eq 0 ]; then
			say "$1 ... $seconds s"
		fi
		sleep 1
		seconds=$((seconds + 1))
	done
	[ ! -t 2 ] || printf '\r\033[K' >&2
}

# step NAME TEXT CMD...: run CMD with its output in a log named NAME.
step() {
	local log=$LOGS/$1.log text=$2 begin=$SECONDS

	shift 2
	mkdir -p "$LOGS"
	start "$@" >"$log" 2>&1 </dev/null
	tick "$text"
	if ! finish; then
		tail -n 20 "$log" >&2
		die "$text: failed after $((SECONDS - begin)) s, the whole log is $log"
	fi
	say "$text: done in $((SECONDS - begin)) s"
}

recipe() {
	local part

	printf '%s\n' "$1"
	for part in "${@:2}"; do
		declare -f "$part" || cat "$part"
	done
}

# key WORD [FUNCTION|FILE...]: a name for what is made from them.
key() { recipe "$@" | sha256sum | cut -c1-12; }

# forget DIR PATTERN: drop what nobody wanted for a fortnight.
forget() { find "$1" -mindepth 1 -maxdepth 1 -name "$2" -mtime +14 -exec rm -rf {} +; }

# cached DIR TEXT CMD...: have `CMD... DIR` make DIR, unless it is there.
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

# It is made under another name first, so that what has its name is whole.
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

# Labs that set up at the same time do not make the same thing: lock PRODUCT TEXT.
lock() {
	exec 8>"$1.lock"
	flock -n 8 && return
	say "waiting for another lab to make: $2"
	flock 8
}

unlock() { exec 8>&-; }

# While someone makes or packs things, none may remove the cache.
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
