# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The host: a virtual machine whose kernel mtty.ko and its tests may crash. It runs in the
# QEMU that add-qemu puts into the tree.

qemu=/opt/qemu-backports/usr/bin/qemu-system-x86_64

# EX_TEMPFAIL of sysexits.h
TRY_AGAIN=75

# A writable /dev/kvm is of use only if the processor supports it.
accelerator() {
	if [ -n "${ACCEL-}" ]; then
		echo "$ACCEL"
	elif [ -w /dev/kvm ] && grep -qwE 'vmx|svm' /proc/cpuinfo; then
		echo kvm
	else
		echo tcg
	fi
}

use_host() {
	accel=$(accelerator)
	case $accel in
	kvm) processor=host ;;
	tcg) processor=EPYC ;;
	*) die "ACCEL=$accel: choose kvm or tcg" ;;
	esac
	run=$(mktemp -d "$CACHE/run.XXXXXX")
	scratch+=("$run")
	console=$LOGS/console-$$.log
	mkdir -p "$LOGS"
	: >"$console"
	: >"$run/status"
	forget "$LOGS" '*'
	forget "$CACHE" 'run.*'
}

boot_host() {
	environment=
	patience=180
	boot=(-kernel "$host_kernel/kernel" -initrd "$host_kernel/initrd"
		-drive "file=$disk/root,if=virtio,format=raw,readonly=on")
	modules=(-C "$module" mtty.ko)
	[ ! -e "$module/tests/mtty_kunit.ko" ] || modules+=(-C "$module/tests" mtty_kunit.ko)
	[ ! -e "$host_kernel/modules" ] || modules+=(-C "$host_kernel" modules)
}

# boot_installed MAJOR: boot its own kernel of this major version.
boot_installed() {
	local release

	[ -e "$machine_disk" ] || die "there is no installed machine yet; make one with: lab install"
	release=$(basename "$installed/boot/vmlinuz-$1".*)
	environment="root=/dev/vda rw"
	patience=600
	boot=(-kernel "$installed/boot/$release" -initrd "$installed/boot/initrd.img-${release#vmlinuz-}"
		-drive "file=$machine_disk,if=virtio,format=qcow2")
	modules=()
}

# pack [CMD...]: make the payload. The host runs CMD, or a shell if there is none.
pack() {
	local payload=$run/payload

	tar -c -f "$payload" --owner=0 --group=0 --exclude=__pycache__ \
		-C "$project" Makefile tests tools \
		-C "$built" selftests "${modules[@]}"
	tar -r -f "$payload" --owner=0 --group=0 --transform='s,^\.,guest,' \
		-C "$guest_kernel" . -C "$guest_initramfs" .
	[ -z "${PEER-}" ] || tar -r -f "$payload" --owner=0 --group=0 --transform='s,.*,peer.ko,' \
		-C "$(dirname "$PEER")" "$(basename "$PEER")"
	[ $# -gt 0 ] || return 0
	printf '%q ' "$@" >"$run/command"
	tar -r -f "$payload" --owner=0 --group=0 -C "$run" command
}

# machine OPTION...: run QEMU. It exits when the kernel panics instead of rebooting. QEMU's
# messages go to the kernel log, too, with the processor's state at a triple fault.
machine() {
	in_tree --dev-bind-try /dev/kvm /dev/kvm -- \
		timeout --foreground "${TIMEOUT:-1800}" "$qemu" \
		-d cpu_reset -nodefaults -no-user-config -machine q35 -accel "$accel" -cpu "$processor" \
		${ICOUNT:+-icount shift=0} -smp "${CPUS:-2}" -m 4096 -display none -no-reboot \
		"${boot[@]}" -append "console=ttyS0 panic=-1 oops=panic mitigations=off log_buf_len=8M $append $environment ${APPEND-}" \
		-chardev "file,id=log,path=$console,append=on" -serial chardev:log \
		-drive "file=$run/payload,if=virtio,format=raw,readonly=on" \
		-device virtio-serial-pci "$@" 2>>"$console"
}

# The output goes through a pipe because QEMU would have to reopen anything else.
stream_machine() {
	machine -add-fd fd=3,set=1 \
		-chardev file,id=output,path=/dev/fdset/1,append=on \
		-device virtserialport,nr=1,chardev=output \
		-chardev "file,id=status,path=$run/status" \
		-device virtserialport,nr=2,chardev=status \
		-chardev "file,id=results,path=$run/results" \
		-device virtserialport,nr=3,chardev=results \
		-chardev "file,id=heartbeat,path=$run/heartbeat" \
		-device virtserialport,nr=4,chardev=heartbeat \
		3>&1 >/dev/null | cat
}

# One of two emulated processors can halt for good, and the host waits for it: add-qemu
# says how; QEMU 11.1 did it once without any guest, while the host booted. The heartbeat
# of the host stops then.
watch_heartbeat() {
	local size=0 now seconds=0

	while sleep 5 && kill -0 "$job" 2>/dev/null; do
		now=$(stat -c %s "$run/heartbeat")
		seconds=$((now == size ? seconds + 5 : 0))
		size=$now
		if [ "$seconds" -ge "$patience" ]; then
			: >"$run/still"
			stop
		fi
	done
}

# broke_down: whether the emulation failed, not the software in it. If a processor halts,
# the kernel complains about another one, but not about the module. A triple fault is
# reported by QEMU and can be the emulation's own fault.
broke_down() {
	[ "$accel" = tcg ] || return 1
	! grep -qaF '[mtty]' "$console" || return 1
	[ -e "$run/still" ] ||
		! grep -qaE 'BUG:|Oops:|Kernel panic|KASAN|UBSAN|WARNING:' "$console"
}

# The host has not reported how its command ended.
died() { # STATUS
	if broke_down; then
		tail -n 25 "$console" >&2
		say "the emulated host stood still or disappeared; QEMU's exit status is $1"
		say "its kernel log is $console; try again"
		exit "$TRY_AGAIN"
	fi
	grep -aE -m 1 -A 25 'BUG:|Oops:|Kernel panic|Triple fault' "$console" >&2 || tail -n 25 "$console" >&2
	die "the host died; QEMU's exit status is $1, the kernel log is $console"
}

run_in_host() {
	use_host
	boot_host
	say_start "the host" "$kernel"
	run_machine "$@"
}

run_in_installed() { # MAJOR CMD...
	use_host
	boot_installed "$1"
	say_start "the installed machine" "$1"
	run_machine "${@:2}"
}

say_start() { say "starting $1 ($accel, $2 kernel), its kernel log is $console"; }

run_machine() {
	local status=0

	pack "$@"
	unlock
	leave_cache
	: >"$run/heartbeat"
	start stream_machine </dev/null
	watch_heartbeat >/dev/null 2>&1 &
	finish || status=$?
	[ "$status" -ne 124 ] || die "the command did not end in ${TIMEOUT:-1800} s; raise TIMEOUT, or see the kernel log $console"
	[ -s "$run/status" ] || died "$status"
	status=$(cat "$run/status")
	[ -z "${RESULTS-}" ] || keep_results "$results/$RESULTS"
	[ "$status" -eq 0 ] || die_of "$status"
	mv "$console" "$LOGS/console.log"
}

# keep_results DIR: keep the files that the command left in results. gcov needs the
# compiler's notes along with the counts.
keep_results() {
	rm -rf "$1"
	mkdir -p "$1"
	[ ! -s "$run/results" ] || tar -x -f "$run/results" -C "$1" --strip-components=1
	[ ! -d "$1/coverage" ] || cp "$module"/*.gcno "$module"/tests/*.gcno "$1/coverage/"
}

die_of() {
	say "the command ended with status $1, the kernel log is $console"
	exit "$1"
}

shell_in_host() {
	local rows columns

	[ -t 0 ] || die "a shell needs a terminal"
	read -r rows columns < <(stty size)
	use_host
	boot_host
	environment="TERM=$TERM LINES=$rows COLUMNS=$columns"
	pack
	unlock
	leave_cache
	machine -chardev stdio,id=tty,signal=off -device virtconsole,chardev=tty
}
