# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'delay 279ms' 'delay 279ms out'
rtt_of 558 760 192.0.2.1
rtt_of 558 760 2001:db8::1
at_least 20 delayed
