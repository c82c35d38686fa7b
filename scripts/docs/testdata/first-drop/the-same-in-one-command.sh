# shellcheck shell=bash
# SPDX-License-Identifier: MIT
test ! -e /sys/fs/bpf/dilih
! ip link show dev lab0
