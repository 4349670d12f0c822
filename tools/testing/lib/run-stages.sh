# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The stages of check, check-debug and check-kernels: their table, the selection by TESTS,
# progress, and the count. Stages print TAP.
#
# TESTS is a list of words. If it is empty, everything runs.
#   STAGE        the whole stage
#   STAGE:PART   a part of the stage; several words for one stage add up
#   PART         a part of the first stage that has a file for it

lab=tools/testing/vm/lab
me=$(basename "$0")
log=$(mktemp)
trap 'rm -f "$log"*' EXIT

# Exit status of lab if the emulation failed, not the command in it
try_again=75

stages=()
declare -A kernel part command usual
# The selected parts of each selected stage; empty for the whole stage
declare -A selected

# stage NAME KERNEL PARTS COMMAND... [-- PART...]: add a stage to the table. It runs COMMAND
# with the parts that TESTS selects, or else with the parts given here. KERNEL is the host's
# kernel, or - if the stage needs no host. If it needs one, COMMAND can start with more
# variables for the lab. PARTS says what the stage's parts are:
#   a path with a % that stands for the part; the file must exist
#   -k    names of tests, for pytest
#   any   whatever COMMAND accepts
#   -     there are none
stage() {
	local name=$1 words=()

	stages+=("$name")
	kernel[$name]=$2
	part[$name]=$3
	shift 3
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	command[$name]=${words[*]@Q}
	usual[$name]=${*:2}
}

refuse() {
	printf '%s: TESTS: %s\n' "$me" "$1"
	printf 'stages: %s\n' "${stages[*]}"
	exit 2
} >&2

is_stage() { [[ " ${stages[*]} " == *" $1 "* ]]; }

# has_file STAGE PART: whether the part of the stage has a file. PART can end with a colon
# and the name of a test in this file.
has_file() { [[ ${part[$1]} == *%* && -n ${2%%:*} && -e ${part[$1]/\%/${2%%:*}} ]]; }

stage_of() { # PART
	local name

	for name in "${stages[@]}"; do
		if has_file "$name" "$1"; then
			echo "$name"
			return
		fi
	done
}

select_part() { # STAGE PART
	case ${part[$1]} in
	-) refuse "$1 has no parts, so $1:$2 cannot be run; run all of it by TESTS=$1" ;;
	*%*) has_file "$1" "$2" || refuse "$1:$2: there is no ${part[$1]/\%/${2%%:*}}" ;;
	esac
	# A stage that was selected as a whole stays so.
	[ -z "${selected[$1]-new}" ] || selected[$1]+="${selected[$1]:+ }$2"
}

select_stages() {
	local word words name

	read -rd '' -a words <<<"${TESTS-}" || :
	[ ${#words[@]} -gt 0 ] || words=("${stages[@]}")
	for word in "${words[@]}"; do
		name=$(stage_of "$word")
		if is_stage "$word"; then
			selected[$word]=
		elif [[ $word == *:?* ]] && is_stage "${word%%:*}"; then
			select_part "${word%%:*}" "${word#*:}"
		elif [ -n "$name" ]; then
			select_part "$name" "$word"
		else
			refuse "\"$word\" is neither a stage nor a part of one"
		fi
	done
}

# Set up what the selected stages need, so that a failure of that ends the run.
set_up() {
	local name kernels=' '

	"$lab" tree true
	for name in "${stages[@]}"; do
		[ -n "${selected[$name]+yes}" ] || continue
		case $kernels in
		*" ${kernel[$name]} "*) ;;
		*) kernels+="${kernel[$name]} " ;;
		esac
	done
	for name in ${kernels/ - / }; do
		KERNEL=$name "$lab" setup
	done
}

duration() { # SECONDS
	if [ "$1" -lt 120 ]; then
		echo "$1 s"
	else
		echo "$(($1 / 60)) min"
	fi
}

# progress STAGE NEXT TEXT: print to our own output, even if the stage's output is shown
# later.
progress() {
	local name number=0

	for name in "${order[@]}"; do
		number=$((number + 1))
		[ "$name" != "$1" ] || break
	done
	printf '[%d of %d] %s: %s (%s so far%s)\n' "$number" ${#order[@]} "$1" "$3" \
		"$(duration "$SECONDS")" "${2:+; next: $2}" >&"$output"
}

count() { # PATTERN FILE
	grep -cE "$1" "$2" || true
}

# counts FILE: print how many tests passed, failed, and were skipped.
counts() {
	local skipped

	skipped=$(count '^ok .*# SKIP' "$1")
	printf '%d passed, %d failed, %d skipped' $(($(count '^ok ' "$1") - skipped)) \
		"$(count '^not ok ' "$1")" "$skipped"
}

attempt() {
	"$@" 2>&1 | tee "$log.attempt"
}

run_stage() { # NAME NEXT
	local name=$1 next=$2 begin=$SECONDS status=0 words parts

	eval "words=(${command[$name]})"
	read -ra parts <<<"${selected[$name]:-${usual[$name]}}"
	if [ "${part[$name]}" = -k ] && [ ${#parts[@]} -gt 0 ]; then
		parts=("${parts[*]}")
		words+=(-k "${parts[0]// / or }")
	else
		words+=("${parts[@]}")
	fi
	[ "${kernel[$name]}" = - ] || words=("KERNEL=${kernel[$name]}" "${words[@]}")

	printf '\n'
	progress "$name" "$next" begins
	printf '# %s:%s\n' "$name" "$(printf ' %q' "${words[@]}")"
	[[ ${words[0]} != *=* ]] || words=(env "${words[@]}")
	attempt "${words[@]}" || status=$?
	if [ "$status" -eq "$try_again" ]; then
		printf '\n# %s: the emulated host broke down; running the stage again\n' "$name"
		status=0
		attempt "${words[@]}" || status=$?
	fi
	# A stage that stops early counts as a failed test.
	if [ "$status" -ne 0 ] && ! grep -q '^not ok ' "$log.attempt"; then
		echo "not ok - ${name}_runs_to_its_end # exit status $status" | tee -a "$log.attempt"
	fi
	cat "$log.attempt" >>"$log"
	progress "$name" "$next" "$(counts "$log.attempt") in $(duration $((SECONDS - begin)))"
}

run_list() { # STAGES NEXT
	local names i

	read -ra names <<<"$1"
	for ((i = 0; i < ${#names[@]}; i++)); do
		run_stage "${names[i]}" "${names[i + 1]-$2}"
	done
}

# FIRST_NICE is the nice value of the first of two lists.
run_first() { # STAGES NEXT
	[ -z "${FIRST_NICE-}" ] || renice -n "$FIRST_NICE" "$BASHPID" >/dev/null
	run_list "$@"
}

# run_beside FIRST SECOND NEXT: run two lists at once, because no test keeps two processors
# busy. The first list's output is shown when it ends. The list gets a process group, so
# that all of its processes end if we do.
run_beside() {
	local own=$log.first

	: >"$own"
	set -m
	log=$own run_first "$1" "$3" >"$own.shown" 2>&1 &
	first=$!
	trap 'kill -- -"$first" 2>/dev/null || true; rm -f "$log"*' EXIT
	set +m
	run_list "$2" "$3"
	printf '\n# waiting for the end of %s, whose output follows\n' "${1// /, }"
	wait "$first" || true
	cat "$own.shown"
	cat "$own" >>"$log"
	trap 'rm -f "$log"*' EXIT
}

# only_selected LISTS: drop stages that are not selected, and a | without stages.
only_selected() {
	local word kept=

	for word in $1; do
		[ "$word" != '|' ] && [ -z "${selected[$word]+yes}" ] || kept+="$word "
	done
	kept=${kept#| }
	kept=${kept%| }
	echo "${kept% }"
}

heads() { # LISTS: the first stage of each
	case $1 in
	*\|*) echo "${1%% *} and $(heads "${1#* | }")" ;;
	*) echo "${1%% *}" ;;
	esac
}

# repeat HEADING PATTERN: print these results again at the end, where people look.
repeat() {
	[ "$(count "$2" "$log")" -ne 0 ] || return 0
	printf '\n%s:\n' "$1"
	grep -E "$2" "$log"
}

# run_stages LISTS...: run the selected stages of the lists, in this order. Two lists with a
# | between them run at the same time. Fails unless a test passed and none failed.
run_stages() {
	local lists steps=() next i total

	select_stages
	for lists; do
		lists=$(only_selected "$lists")
		[ -z "$lists" ] || steps+=("$lists")
	done
	read -ra order <<<"$(tr -d '|' <<<"${steps[*]}")"
	exec {output}>&1
	set_up
	for ((i = 0; i < ${#steps[@]}; i++)); do
		next=$(heads "${steps[i + 1]-}")
		case ${steps[i]} in
		*\|*) run_beside "${steps[i]% | *}" "${steps[i]#* | }" "$next" ;;
		*) run_list "${steps[i]}" "$next" ;;
		esac
	done
	repeat Failed '^not ok '
	repeat Skipped '^ok .*# SKIP'
	total=$(counts "$log")
	printf '\n%s\n' "$total"
	[[ $total == [1-9]*' passed, 0 failed, '* ]]
}
