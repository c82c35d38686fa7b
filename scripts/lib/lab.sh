# shellcheck shell=bash disable=SC2016 # other shells expand what is in single quotes
# SPDX-License-Identifier: MIT
# The lab: a throw-away machine made of namespaces, with mounts, processes and a network of its own. Its
# eth0 leads to that of the peer, which is a network namespace by this name. Nothing of the machine is
# seen outside, and nothing of it stays when its first process ends, however that ends.

# lab quiet|chatty COMMAND...: runs the command on such a machine. On a quiet one only what is sent on
# purpose is on the wire, so that each packet can be accounted for: there is neither ARP nor IPv6. Each
# of the processes at its root dies with the one before it.
lab() {
	setpriv --pdeathsig KILL unshare --mount --net --pid --mount-proc --fork --kill-child \
		bash -euc '. "$0"; make_machine "$1"; "${@:2}"; exit' "${BASH_SOURCE[0]}" "$@"
}

# make_machine quiet|chatty: in the first process.
make_machine() {
	mount -t tmpfs -o mode=0755 run /run
	mount -t bpf -o mode=0755 bpf /sys/fs/bpf
	ip netns add peer
	ip link add eth0 address 02:00:00:00:00:01 type veth \
		peer name eth0 address 02:00:00:00:00:02 netns peer
	mkdir /run/lab
	write_command peer 'exec nsenter --net=/run/netns/peer "$@"'
	write_command sudo '[ "$EUID" = 0 ] && exec "$@"' # root has no need of one, which may not be here
	PATH=/run/lab:$PATH
	join "$1" 1 2
	peer bash -euc '. "$0"; join "$@"' "${BASH_SOURCE[0]}" "$1" 2 1
}

# write_command NAME TEXT
write_command() {
	printf '#!/bin/bash\n%s\n' "$2" >"/run/lab/$1"
	chmod +x "/run/lab/$1"
}

# join quiet|chatty NUMBER OTHER: this end of the pair comes up; NUMBER is the last of its addresses.
join() {
	local disable_ipv6=/proc/sys/net/ipv6/conf/all/disable_ipv6
	[ -e $disable_ipv6 ] || disable_ipv6= # the kernel has none
	ip address add "192.0.2.$2/24" dev eth0
	if [ "$1" = quiet ]; then
		[ -z "$disable_ipv6" ] || echo 1 >"$disable_ipv6"
		ip neighbour add "192.0.2.$3" lladdr "02:00:00:00:00:0$3" dev eth0
	elif [ -n "$disable_ipv6" ]; then
		ip address add "2001:db8::$2/64" dev eth0 nodad
	fi
	ip link set lo up
	ip link set eth0 up
}
