# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'drop 100% ip len 1415-65535' 'drop 100% ip6 len 1415-65535'
pings 1 1 -M 'do' -s 1372 192.0.2.1
pings 1 0 -M 'do' -s 1373 192.0.2.1
pings 1 1 -M 'do' -s 1352 2001:db8::1
pings 1 0 -M 'do' -s 1353 2001:db8::1
now "$(fault 0).dropped == 1 and $(fault 1).dropped == 1"
