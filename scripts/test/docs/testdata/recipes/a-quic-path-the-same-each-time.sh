# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A client with another port in each run loses the packets that were predicted, after each hundred of them.
faults='drop 2% udp dport 443 per peer'
in_force "$faults"
predicted=$(./dilih-reader predict --seed 42 --packets 1000 --flow 'udp 192.0.2.2 1 192.0.2.1 443' "$faults" 2>/dev/null)
for port in 5000 6000; do
	make fault SEED=42 FAULT="$faults" >/dev/null
	for ((sent = 100; sent <= 1000; sent += 100)); do
		datagrams 100 443 $port
		dropped=$(awk -v sent=$sent '$1 <= sent' <<<"$predicted" | grep -c . || :)
		now ".seed == 42 and ($(fault 0) | .matched == $sent and .dropped == $dropped)"
	done
done

# Where the client runs, the same packets are lost on their way out.
make fault SEED=42 FAULT='drop 2% out udp dport 443 per peer' >/dev/null
for _ in {1..1000}; do echo -n datagram >/dev/udp/192.0.2.2/443; done 2>/dev/null
predicted=$(./dilih-reader predict --seed 42 --packets 1000 --flow 'udp 192.0.2.1 1 192.0.2.2 443' "$faults" 2>/dev/null)
now "$(fault 0) | .matched == 1000 and .dropped == $(grep -c . <<<"$predicted")"
