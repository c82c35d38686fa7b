# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Of 400 pings the mean is 40 ms, or a little more, as no delay is less than 0; one of 200 is 5 standard errors off.
in_force 'drop 1% burst 4 delay 20ms jitter 15ms normal' 'drop 1% burst 4 delay 20ms jitter 15ms normal out'
said=$(peer ping -n -q -c 400 -i 0.02 -W 2 192.0.2.1)
echo "$said"
awk -F '[ /]' '$1 == "rtt" { found = $8 >= 35 && $8 <= 140 && $9 >= 60 } END { exit !found }' <<<"$said"
at_least 300 delayed
