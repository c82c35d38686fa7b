# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What each side sends is lost, and all others are still there: over IPv6 they are one.
in_force 'drop 100% from 192.0.2.2' 'drop 100% out to 192.0.2.2'
datagrams 20 9 5000
unheard 20
now "$(fault 0) | .matched == 20 and .dropped == 20"
now "$(fault 1) | .direction == \"out\" and .matched == 20 and .dropped == 20"
pings 1 1 2001:db8::1
now '.lease_seconds <= 30'
