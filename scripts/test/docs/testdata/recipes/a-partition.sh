# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'drop 100% from 192.0.2.2' 'drop 100% from 192.0.2.3'
datagrams 20 9 5000
now "$(fault 0) | .matched == 20 and .dropped == 20"
now "$(fault 1).matched == 0"
pings 1 1 2001:db8::1
