# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# That not one of 2,000 pings and answers comes twice happens once in 10^17 runs.
in_force 'duplicate 1%' 'duplicate 1% out'
peer ping -n -q -f -c 2000 -W 2 192.0.2.1 | grep -E 'packets transmitted, 2000 received, \+[1-9][0-9]* duplicates'
at_least 1 duplicated
