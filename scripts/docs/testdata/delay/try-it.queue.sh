# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The commands themselves have ended without a delay, and without a queue. With one a ping is late, either way.
in_force pass
fails ip link show type ifb
make fault FAULT='delay 50ms; delay 50ms out' >/dev/null
rtt_of 100 200 192.0.2.1
ping -n -q -c 1 192.0.2.2 | awk -F '[ /]' '$1 == "rtt" { found = $7 >= 100 } END { exit !found }'

# Nothing is lost when delays come and go.
ping -n -q -c 200 -i 0.02 -W 3 192.0.2.2 >/run/lab/pings &
sleep 0.5
make fault FAULT=pass >/dev/null
make fault FAULT='delay 30ms' >/dev/null
make fault FAULT='delay 20ms out' >/dev/null
make fault FAULT='drop 100% udp' >/dev/null
wait $!
grep '200 packets transmitted, 200 received' /run/lab/pings

# Who deletes the ifb loses what was to wait in it, until the faults are put in force again.
make fault FAULT='delay 10ms out' >/dev/null
queue=$(ip -j link show type ifb | jq -r '.[].ifname')
grep '^dilih-out' <<<"$queue"
ip link delete "$queue"
pings 3 0 192.0.2.1
make fault FAULT='delay 10ms out' >/dev/null
pings 3 3 192.0.2.1
