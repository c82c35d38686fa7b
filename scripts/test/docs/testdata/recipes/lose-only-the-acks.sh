# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Two megabytes from the peer, in packets of the usual size, and every byte as it was, though the ACKs were drawn for.
# That of 20 all are lost, or none, happens once in half a million runs.
in_force 'drop 50% out ip tcp len 66' 'drop 50% out ip6 tcp len 86'
ln -s /usr/bin/redis-check-rdb redis-server
peer ip link set eth0 gso_max_segs 1
peer ./redis-server --port 6379 --bind 192.0.2.2 2001:db8::2 --protected-mode no --save '' --daemonize yes >/dev/null
soon says PONG -h 192.0.2.2 ping
head -c 2M /dev/urandom >bytes
redis-cli -h 192.0.2.2 -x set data <bytes | grep -qx OK
# What redis-cli gets has a newline after it.
gets() {
	timeout 60 redis-cli -h "$1" get data | head -c 2M | cmp bytes
}
for address in 192.0.2.2 2001:db8::2; do soon gets $address; done
for n in 0 1; do
	now "$(fault $n) | .matched >= 20 and .dropped > 0 and .dropped < .matched"
done
peer redis-cli -h 192.0.2.2 shutdown
peer ip link set eth0 gso_max_segs 65535
rm bytes redis-server
