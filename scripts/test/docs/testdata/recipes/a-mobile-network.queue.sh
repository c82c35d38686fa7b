# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'delay 75ms rate 1.6mbit queue 300ms' 'delay 75ms rate 750kbit queue 300ms out'
rtt_of 150 250 192.0.2.1
# 1400 bytes and their headers take 7.2 ms one way and 15.4 ms the other.
rtt_of 172 290 -s 1400 192.0.2.1
at_least 20 delayed
