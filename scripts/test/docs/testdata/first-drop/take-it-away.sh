# shellcheck shell=bash
# SPDX-License-Identifier: MIT
test ! -e /sys/fs/bpf/first
[[ $(ip link show dev lab0) != *xdp* ]]
