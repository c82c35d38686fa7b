# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'delay 30ms rate 9mbit' 'delay 30ms rate 1.5mbit queue 200ms out'
rtt_of 60 140 192.0.2.1
# 1400 bytes and their headers take 1.3 ms one way and 7.7 ms the other.
rtt_of 69 150 -s 1400 192.0.2.1
at_least 20 delayed
