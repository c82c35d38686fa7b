# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'drop 100% out to 192.0.2.2'
heard() { awk '$1 == "Icmp:" && $2 ~ /[0-9]/ { print $10 }' /proc/net/snmp; } # InEchos
before=$(heard)
pings 10 0 192.0.2.1
[ $(($(heard) - before)) = 10 ]
now "$(fault 0) | .matched == 10 and .dropped == 10"
unheard 5
pings 1 1 2001:db8::1
