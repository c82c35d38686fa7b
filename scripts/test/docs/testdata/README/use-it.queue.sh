# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'drop 0.1% delay 279ms' 'delay 279ms out'
rtt_of 558 760 192.0.2.1
at_least 10 delayed
