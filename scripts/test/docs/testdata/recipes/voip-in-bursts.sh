# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'drop 1% burst 4 udp dport 5004-5005'
datagrams 10 5003 5000
datagrams 10 5004 5000
datagrams 10 5005 5000
now "$(fault 0) | .matched == 20 and .asked == 0.01"
