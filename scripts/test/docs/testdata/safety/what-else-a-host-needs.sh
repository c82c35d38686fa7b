# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'drop 100% ip' 'drop 100% ip6'
now '[.rules[] | select(.guard).text] == ["pass arp", "pass nd", "pass udp dport 68", "pass udp dport 546",
	"pass proto 2", "pass icmp6", "pass udp dport 51820"]'
pings 1 0 192.0.2.1
pings 1 1 2001:db8::1
datagrams 10 51820 5000
now '.rules[] | select(.text == "pass udp dport 51820").matched == 10'
