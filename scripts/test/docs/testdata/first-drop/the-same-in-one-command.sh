# shellcheck shell=bash
# SPDX-License-Identifier: MIT
test ! -e /sys/fs/bpf/dilih
# The kernel takes a namespace apart when it has time, and the pair with it.
gone() {
	! ip link show dev lab0 >/dev/null 2>&1
}
soon gone
