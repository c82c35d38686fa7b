# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The run has taken its faults away.
test ! -e /sys/fs/bpf/dilih
