# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# lab.sh DIR: the first process of a machine made of namespaces. eth0 leads to another one, the peer,
# which is a namespace by that name; both speak IPv4 and IPv6. Nobody has to ask for a password.
set -euo pipefail

mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs run /run
mount -t bpf bpf /sys/fs/bpf

mkdir "$1/bin"
printf '#!/bin/sh\nexec "$@"\n' >"$1/bin/sudo"
chmod +x "$1/bin/sudo"

# join DEVICE NUMBER
join() {
	ip link set lo up
	ip address add "192.0.2.$2/24" dev "$1"
	ip address add "2001:db8::$2/64" dev "$1" nodad
	ip link set "$1" up
}

ip netns add peer
ip link add eth0 address 02:00:00:00:00:01 type veth \
	peer name eth0 address 02:00:00:00:00:02 netns peer
join eth0 1
export -f join
nsenter --net=/run/netns/peer bash -euc 'join eth0 2'

echo ready
exec cat >/dev/null
