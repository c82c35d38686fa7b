# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'rate 56kbit queue 2s' 'rate 33.6kbit queue 2s out'
# 1042 bytes take 148.9 ms one way and 248.1 ms the other.
rtt_of 396 600 -i 1 -s 1000 192.0.2.1
at_least 10 delayed

make fault FAULT='rate 5660kbit queue 100ms delay 18.5ms; rate 820kbit queue 100ms delay 18.5ms out' >/dev/null
rtt_of 37 140 192.0.2.1
