# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A throw-away network: two namespaces joined by a pair of devices, and a bpffs of their own. Only
# what we send goes through it, so that every packet can be accounted for.

host=dilih-host-$$ peer=dilih-peer-$$
lab=

inside() {
	nsenter --net=/run/netns/"$1" "${@:2}"
}

# make_lab: DEV in $host (192.0.2.1), its other end in $peer (192.0.2.2), PIN on the bpffs.
make_lab() {
	lab=$(mktemp -d)
	export DEV=veth0 PIN=$lab/dilih
	mount -t bpf bpf "$lab"
	ip netns add "$host"
	ip netns add "$peer"
	inside "$host" ip link add "$DEV" address 02:00:00:00:00:01 type veth \
		peer name veth1 address 02:00:00:00:00:02 netns "$peer"
	join "$host" veth0 192.0.2.1 192.0.2.2 02:00:00:00:00:02
	join "$peer" veth1 192.0.2.2 192.0.2.1 02:00:00:00:00:01
}

# join NAMESPACE DEVICE ADDRESS NEIGHBOUR ITS-MAC: up, and silent by itself: neither ARP nor IPv6.
join() {
	inside "$1" tee /proc/sys/net/ipv6/conf/all/disable_ipv6 >/dev/null 2>&1 <<<1 || : # no IPv6 here
	inside "$1" ip address add "$3/24" dev "$2"
	inside "$1" ip neighbour add "$4" lladdr "$5" dev "$2"
	inside "$1" ip link set "$2" up
}

remove_lab() {
	[ -n "$lab" ] || return 0
	ip netns delete "$host" 2>/dev/null || :
	ip netns delete "$peer" 2>/dev/null || :
	umount "$lab" && rmdir "$lab"
}
