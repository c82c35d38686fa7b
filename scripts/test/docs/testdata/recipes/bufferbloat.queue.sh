# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# 80 packets of 1442 bytes at once take 0.92 s, and of 160 the last ones find no room.
in_force 'rate 1mbit queue 1s out'
longest() {
	local said
	said=$(ping -n -q -l "$1" -c "$1" -s 1400 -W 3 192.0.2.2)
	echo "$said"
	awk -F '[ /]' -v least="$2" '$1 == "rtt" { found = $9 >= least } END { exit !found }' <<<"$said"
}
longest 80 600
[ "$(counted queue_dropped)" = 0 ]
longest 160 800
at_least 1 queue_dropped
rtt_of 0 100 192.0.2.1
