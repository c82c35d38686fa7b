# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# 100 pings, half of which are lost: 20 to 80, which chance alone leaves once in 10^9 runs.

# shellcheck disable=SC2034 # checks.sh looks there
pin=/sys/fs/bpf/dilih-new
in_force 'drop 50%'
now "$(fault 0) | .matched >= 100 and .dropped > 20 and .dropped < .matched - 20"
