# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A test by a command, among the KUnit tests

# holds NAME CMD...: a test that CMD succeeds and prints nothing. Its result is KTAP, which
# ktap-to-tap turns into a line of TAP.
holds() {
	local said

	printf 'KTAP version 1\n1..1\n'
	if said=$("${@:2}" 2>&1) && [ -z "$said" ]; then
		echo "ok 1 $1"
	else
		printf '# %s\n' "${said//$'\n'/$'\n'# }"
		echo "not ok 1 $1"
	fi
}
