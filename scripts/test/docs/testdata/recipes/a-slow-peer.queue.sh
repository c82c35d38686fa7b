# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'delay 300ms from 192.0.2.2'
rtt_of 300 450 192.0.2.1
rtt_of 0 100 2001:db8::1
at_least 5 delayed
