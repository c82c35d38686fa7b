# shellcheck shell=bash
# SPDX-License-Identifier: MIT
[[ $(ip link show dev eth0) != *xdp* ]]
test ! -e /sys/fs/bpf/dilih
