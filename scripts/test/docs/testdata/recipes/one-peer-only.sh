# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# 1,000 datagrams at 10 %: 40 to 160 are 6 standard deviations, left 1 time in 10^9.
in_force 'drop 10% from 192.0.2.2'
datagrams 1000 9 5000
now "$(fault 0) | .matched == 1000 and .dropped > 40 and .dropped < 160"
