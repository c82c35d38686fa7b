# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'delay 5ms jitter 5ms udp'
datagrams 100 9 5000
at_least 100 delayed
rtt_of 0 100 192.0.2.1
