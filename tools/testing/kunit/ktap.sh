# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A test that is not KUnit's, among those that are.

# holds NAME CMD...: CMD must succeed and say nothing. As KTAP, which ktap-to-tap turns
# into a line like all others.
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
