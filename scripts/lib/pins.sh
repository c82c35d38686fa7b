# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What is pinned and attached, for status and report.
. scripts/lib/bpffs.sh
. scripts/lib/ask.sh
. scripts/lib/attach-xdp.sh

# control_of DIR: the id of the control map that is pinned there, or nothing.
control_of() {
	[ ! -e "$1/control" ] || ask 'select(.name == "control").id' map show pinned "$1/control"
}
