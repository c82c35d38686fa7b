# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Some hundred pings on their way through two changes, of which one at most had no time to be answered. Now there is
# neither a delay nor a queue.
awk '/packets transmitted/ { found = $1 >= 100 && $1 - $4 <= 1 } END { exit !found }' /tmp/pings
in_force pass
[ -z "$(ip link show type ifb)" ]

# Who deletes the ifb loses what was to wait in it, until the faults are put in force again.
make fault FAULT='delay 50ms out' >/dev/null
rtt_of 50 150 192.0.2.1
queue=$(ip -j link show type ifb | jq -r '.[].ifname // empty')
grep '^dilih-out' <<<"$queue"
ip link delete "$queue"
pings 3 0 192.0.2.1
make fault FAULT='delay 50ms out' >/dev/null
pings 3 3 192.0.2.1
