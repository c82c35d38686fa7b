# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Three machines on the bridge br0, with the addresses 10.0.0.1 to 10.0.0.3. Each has a redis, of which the first
# leads, and a sentinel.

make_cluster() {
	ln -sf /usr/bin/redis-check-rdb redis-server # Debian's tools have the server in them, under another name
	ip link add br0 address 02:00:00:00:00:fe type bridge
	ip address add 10.0.0.254/24 dev br0
	ip link set br0 up
	machine 1
	machine 2 --replicaof 10.0.0.1 6379
	machine 3 --replicaof 10.0.0.1 6379
	# A sentinel asks for the replicas as it starts, and then again after ten seconds.
	soon says 'connected_slaves:2' -h 10.0.0.1 info replication
	for n in 1 2 3; do sentinel $n; done
	for n in 1 2 3; do
		soon says 'slaves=2,sentinels=3' -h 10.0.0.$n -p 26379 info sentinel
	done
}

# machine N REDIS-OPTION...
machine() {
	ip netns add "member$1"
	ip link add "port$1" type veth peer name eth0 netns "member$1"
	ip link set "port$1" master br0 up
	on "$1" ip address add "10.0.0.$1/24" dev eth0
	on "$1" ip link set eth0 up
	on "$1" ip link set lo up
	on "$1" ./redis-server --port 6379 --protected-mode no --save '' --daemonize yes "${@:2}" >/dev/null
}

# sentinel N
sentinel() {
	printf '%s\n' 'port 26379' 'protected-mode no' 'daemonize yes' 'sentinel monitor redis 10.0.0.1 6379 2' \
		'sentinel down-after-milliseconds redis 3000' 'sentinel failover-timeout redis 10000' >"sentinel$1"
	on "$1" ./redis-server "sentinel$1" --sentinel >/dev/null
}

on() {
	nsenter --net="/run/netns/member$1" -- "${@:2}"
}

# leader: the address of the one that leads the side of 10.0.0.2.
leader() {
	redis-cli -h 10.0.0.2 -p 26379 sentinel get-master-addr-by-name redis | head -n 1
}

# leads_alone: the one that was cut off takes what is written on its own machine.
leads_alone() {
	on 1 redis-cli set side minority | grep -qx OK
	on 1 redis-cli role | grep -qx master
}

remove_cluster() {
	for n in 1 2 3; do
		redis-cli -h 10.0.0.$n -p 26379 shutdown
		redis-cli -h 10.0.0.$n shutdown
		ip netns delete member$n
	done
	ip link delete br0
}
