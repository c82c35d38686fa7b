# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the kernel drops of the flow is what was predicted for it.
in_force 'drop 2% udp dport 443 per flow'
datagrams 1000 443 5000
dropped=$(./dilih-reader predict --seed 42 --packets 1000 --flow 'udp 192.0.2.2 5000 192.0.2.1 443' \
	'drop 2% udp dport 443 per flow' 2>/dev/null | wc -l)
now ".seed == 42 and ($(fault 0) | .matched == 1000 and .dropped == $dropped)"
