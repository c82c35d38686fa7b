# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'delay 45ms' 'delay 45ms out'
rtt_of 90 190 192.0.2.1
at_least 10 delayed
