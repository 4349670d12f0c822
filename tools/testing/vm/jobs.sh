# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Long jobs: progress, logs in $LOGS, and cleaning up

job=
scratch=()

say() { printf 'lab: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# Give the job's processes time to clean up.
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

# The job gets a process group, so that cleanup ends all of its processes.
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

# tick TEXT: show how long the job has been running.
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

# step NAME TEXT CMD...: run CMD, with its output in the log NAME.
step() {
	local log=$LOGS/$1.log text=$2 begin=$SECONDS

	shift 2
	mkdir -p "$LOGS"
	start "$@" >"$log" 2>&1 </dev/null
	tick "$text"
	if ! finish; then
		tail -n 20 "$log" >&2
		die "$text: failed after $((SECONDS - begin)) s; the whole log is $log"
	fi
	say "$text: done in $((SECONDS - begin)) s"
}
