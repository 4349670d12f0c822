# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What check and check-debug share: stages that print TAP, and their sum. A stage
# that stops before its end counts as a failed test of its own.

lab=tools/testing/vm/lab
log=$(mktemp)
trap 'rm -f "$log"*' EXIT

# What lab ends with when the emulation has failed, and not what ran in it
try_again=75

count() {
	grep -cE "$1" "$log" || true
}

attempt() {
	"$@" 2>&1 | tee "$log.attempt"
}

stage() {
	local name=$1 start=$SECONDS status=0
	shift
	printf '\n# %s: %s\n' "$name" "$*"
	attempt "$@" || status=$?
	if [ "$status" -eq "$try_again" ]; then
		printf '\n# %s: the emulated host broke down; once more, from the start\n' "$name"
		status=0
		attempt "$@" || status=$?
	fi
	if [ "$status" -ne 0 ] && ! grep -q '^not ok ' "$log.attempt"; then
		echo "not ok - ${name}_runs_to_its_end # exit status $status" | tee -a "$log.attempt"
	fi
	cat "$log.attempt" >>"$log"
	printf '# %s took %d s\n' "$name" $((SECONDS - start))
}

# beside FIRST SECOND: both of these at once, as no test keeps two processors busy; the
# first is shown when it ends. It gets a process group, so that all of it can be ended if
# we are.
beside() {
	local own=$log.$1

	: >"$own"
	set -m
	log=$own "$1" >"$own.shown" 2>&1 &
	trap 'kill -- -'$!' 2>/dev/null || true; rm -f "$log"*' EXIT
	set +m
	"$2"
	echo "# waiting for the stages $1"
	wait $! || true
	cat "$own.shown"
	cat "$own" >>"$log"
	trap 'rm -f "$log"*' EXIT
}

# list HEADING PATTERN: the results of that kind once more, where they are seen.
list() {
	[ "$(count "$2")" -ne 0 ] || return 0
	printf '\n%s:\n' "$1"
	grep -E "$2" "$log"
}

# The last line counts; the status tells whether all went well.
sum() {
	local passed failed skipped

	skipped=$(count '^ok .*# SKIP')
	passed=$(($(count '^ok ') - skipped))
	failed=$(count '^not ok ')
	list Failed '^not ok '
	list Skipped '^ok .*# SKIP'
	printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
	[ "$failed" -eq 0 ] && [ "$passed" -ne 0 ]
}
