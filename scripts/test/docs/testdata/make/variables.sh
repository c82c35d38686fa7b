# shellcheck shell=bash
# SPDX-License-Identifier: MIT
test ! -e /sys/fs/bpf/dilih
