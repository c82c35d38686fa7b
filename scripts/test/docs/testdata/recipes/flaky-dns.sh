# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# 1,000 answers, of which 30 % are lost: 210 to 390 are 6 standard deviations, left 1 time in 10^9.
in_force 'drop 30% udp sport 53'
datagrams 1000 40000 53
datagrams 1000 53 40000
now "$(fault 0) | .matched == 1000 and .dropped > 210 and .dropped < 390"
