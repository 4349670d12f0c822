# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# How a virtual machine runs the command in its payload and reports the exit status

# A port appears some time after its driver is loaded.
wait_for() {
	until [ -c "$1" ]; do
		sleep 0.1
	done
}

# The port cannot be opened twice, so the command writes to it through a pipe. Processes
# that the command leaves behind are killed, because they would keep the pipe open.
run_command() {
	local group=/sys/fs/cgroup/command output status

	heartbeat &
	wait_for /dev/vport0p1
	wait_for /dev/vport0p2
	wait_for /dev/vport0p3
	mkdir "$group"
	exec 3> >(exec cat >/dev/vport0p1)
	output=$!
	(echo "$BASHPID" >"$group/cgroup.procs" && exec bash ./command) </dev/null >&3 2>&1
	status=$?
	exec 3>&-
	echo 1 >"$group/cgroup.kill"
	wait "$output"
	[ ! -d /sys/kernel/debug/gcov ] || collect_coverage
	[ ! -d results ] || tar -c results >/dev/vport0p3
	echo "$status" >/dev/vport0p2
}

# A sign of life, which needs every processor to run a program
heartbeat() {
	local processor

	wait_for /dev/vport0p4
	while sleep 5; do
		for processor in $(seq 0 $(($(nproc) - 1))); do
			taskset -c "$processor" true
		done
		echo
	done >/dev/vport0p4
}

# The kernel keeps a module's counts after the module is unloaded.
collect_coverage() {
	mkdir -p results/coverage
	find /sys/kernel/debug/gcov -name '*.gcda' -exec cp -t results/coverage {} +
}
