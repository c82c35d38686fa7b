# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'drop 100% ip6'
peer ip -6 neighbour flush dev eth0
pings 1 0 2001:db8::1
pings 1 1 192.0.2.1
now "$(fault 0) | .matched > 0 and .dropped == .matched"
now '.rules[] | select(.text == "pass nd").matched > 0'
