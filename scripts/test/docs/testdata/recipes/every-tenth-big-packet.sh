# shellcheck shell=bash
# SPDX-License-Identifier: MIT
in_force 'drop every 10 len 1000-65535'
pings 40 36 -s 1000 192.0.2.1
pings 40 40 -s 900 192.0.2.1
now "$(fault 0) | .matched == 40 and .dropped == 4"
