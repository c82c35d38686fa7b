# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# devices.sh KIND MODE EXPECTED: makes a device of that kind in a quiet lab, puts dilih on it, and looks what
# becomes of pings that arrive there. For devices_test.go, which has the three from docs/devices.md. The exit
# status is 77 if this kernel has no such kind.
set -euo pipefail
export LC_ALL=C
# So many pings at once, so many times: a veth has room for 256 packets that wait for a busy CPU, and loses the others
# before dilih sees them.
burst=100 bursts=4
count=$((burst * bursts))

# What kinds may have otherwise: the device, the address that the pings go to, and where they come from.
device=dev0 address=198.51.100.1 from=peer

# The kinds.

veth() {
	device=eth0 address=192.0.2.1
}

bridge() {
	over_eth0 bridge
}

bridge_port() {
	over_eth0 bridge
	device=eth0
}

bond() {
	ip link set eth0 down # or a bond does not take it
	over_eth0 bond mode active-backup
}

bond_member() {
	bond
	device=eth0
}

vlan() {
	add link eth0 type vlan id 5
	peer ip link add link eth0 name dev0 type vlan id 5
	meet
}

macvlan() {
	add link eth0 type macvlan
	meet_eth0
}

ipvlan_l2() {
	add link eth0 type ipvlan mode l2
	meet_eth0
}

ipvlan_l3() {
	add link eth0 type ipvlan mode "${1:-l3}"
	meet_eth0
	# What it sends is routed once more, from eth0.
	ip route add 198.51.100.0/24 dev eth0 metric 1
	ip neighbour add 198.51.100.2 lladdr 02:00:00:00:00:02 dev eth0
}

ipvlan_l3s() {
	ipvlan_l3 l3s
}

vrf() {
	over_eth0 vrf table 5
}

tap() {
	cable tap
	meet
}

tun() {
	cable tun
	meet
}

vxlan() {
	tunnel vxlan id 5 dev eth0 dstport 4789
}

geneve() {
	tunnel geneve id 5
}

gretap() {
	tunnel gretap
}

gre() {
	tunnel gre
}

gre_without_remote() {
	add type gre local 192.0.2.1
}

vti() {
	add type vti local 192.0.2.1 remote 192.0.2.2 key 5
}

ipip() {
	tunnel ipip
}

sit() {
	tunnel sit
}

# wireguard: with keys that are no secret.
wireguard() {
	add type wireguard
	peer ip link add dev0 type wireguard
	share_keys AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8= 192.0.2.2
	peer bash -euc "$(declare -f share_keys); share_keys $theirs $own 192.0.2.1"
	meet
}

# share_keys OWN THEIRS ADDRESS: of this end and the other one, which is at that address.
share_keys() {
	own=$1 theirs=$2
	wg set dev0 listen-port 51820 private-key <(echo "$1") \
		peer "$(wg pubkey <<<"$2")" allowed-ips 0.0.0.0/0 endpoint "$3:51820"
}

lo() {
	device=lo address=127.0.0.1 from=
}

# ifb: all that arrives at eth0 goes through it.
ifb() {
	add type ifb
	ip link set dev0 up
	tc qdisc add dev eth0 ingress
	tc filter add dev eth0 ingress protocol all u32 match u32 0 0 action mirred egress redirect dev dev0
	address=192.0.2.1
}

# virtio_net: the virtual machine has two such cards, on one cable.
virtio_net() {
	[ -n "${VM_NETNS-}" ] || exit 77
	soon card_to $$ 02:00:00:00:01:01
	soon card_to peer 02:00:00:00:01:02
	meet
}

# How they are made.

# add WORD...: dev0, if the kernel has that kind.
add() {
	local why
	why=$(ip link add dev0 "$@" 2>&1) || {
		[[ $why != *'Unknown device type'* ]] || exit 77
		fail "$why"
	}
}

# over_eth0 WORD...: a dev0 that eth0 is part of, with its addresses.
over_eth0() {
	add address 02:00:00:00:00:01 type "$@"
	ip link set eth0 master dev0
	ip address flush dev eth0
	ip address add 192.0.2.1/24 dev dev0
	ip link set eth0 up
	ip link set dev0 up
	know 192.0.2.2 02:00:00:00:00:02
	address=192.0.2.1
}

# meet_eth0: dev0 is to be reached by way of eth0.
meet_eth0() {
	local own
	own=$(ip -j link show dev dev0 | jq -r '.[].address')
	ip address add 198.51.100.1/24 dev dev0
	ip link set dev0 up
	know 198.51.100.2 02:00:00:00:00:02
	peer ip address add 198.51.100.2/24 dev eth0
	peer ip neighbour add 198.51.100.1 lladdr "$own" dev eth0
}

# meet: a dev0 at each end.
meet() {
	end 1 2
	peer bash -euc "$(declare -f end know); end 2 1"
}

# end NUMBER OTHER
end() {
	! ip link show dev dev0 | grep -q link/ether || ip link set dev0 address "02:00:00:00:01:0$1"
	ip address add "198.51.100.$1/24" dev dev0
	ip link set dev0 up
	know "198.51.100.$2" "02:00:00:00:01:0$2"
}

# know ADDRESS MAC: at dev0, if it has use for that.
know() {
	ip link show dev dev0 | grep -q NOARP || ip neighbour add "$1" lladdr "$2" dev dev0
}

# tunnel WORD...: from eth0 to eth0.
tunnel() {
	add type "$@" remote 192.0.2.2
	peer ip link add dev0 type "$@" remote 192.0.2.1
	meet
}

# cable tap|tun: a program makes a dev0 at each end, and carries what comes out of one to the other.
cable() {
	(exec -a cable "$E2E" "$1" dev0) &
	cable=$!
	trap 'kill $cable' EXIT
	soon both_ends
}

both_ends() {
	{ ip link show dev dev0 && peer ip link show dev dev0; } >/dev/null 2>&1
}

# card_to NETNS MAC: once no other lab has it. VM_NETNS is a file of the network namespace of the machine.
card_to() {
	local card
	card=$(nsenter --net="$VM_NETNS" ip -j link | jq -er --arg mac "$2" '.[] | select(.address == $mac).ifname') &&
		nsenter --net="$VM_NETNS" ip link set "$card" netns "$1" name dev0
}

# What becomes of the pings.

# loses_half: each ping that dilih passed was answered, and no other; and of those that came it dropped half.
# To be off by more than six standard deviations, of half the root of their number each, is left 1 time in 10^8.
loses_half() {
	local entered passed dropped i
	soon $from ping -n -q -c 1 -W 1 "$address" # without dilih the way is free
	mapfile -t before < <(icmp_counts)
	../../up
	for ((i = 0; i < bursts; i++)); do
		$from ping -n -q -c $burst -l $burst -S 1000000 -W 0.2 "$address" || : # it fails if there is no answer at all
	done
	soon adds_up
	((entered >= count && (2 * dropped - entered) ** 2 <= 36 * entered)) || fail "that is not half"
	../../down # the cards of the virtual machine are there for the next one
}

# adds_up: to the kernel's own counts of ICMP.
adds_up() {
	local counts
	counts=$(../../../dilih-reader --count 1 --interval 10ms --format json)
	read -r entered passed dropped < <(jq -r '.packets | "\(.entered) \(.passed) \(.dropped)"' <<<"$counts")
	mapfile -t now < <(icmp_counts)
	local came=$((now[0] - before[0])) answers=$((now[1] - before[1]))
	echo "$entered entered, $passed passed, $dropped dropped; $came came through, $answers were answered"
	((passed == came && dropped + answers == count))
}

# icmp_counts: what came in here, and the answers there.
icmp_counts() {
	echo $(($(icmp InEchos) + $(icmp InEchoReps)))
	icmp InEchoReps "$from"
}

# icmp NAME [peer]
icmp() {
	${2-} cat /proc/net/snmp | awk -v name="$1" '
		$1 == "Icmp:" && n { print $n }
		$1 == "Icmp:" { for (i = 2; i <= NF; i++) if ($i == name) n = i }'
}

# is_refused: in one line beside the commands that were run, and nothing stays.
is_refused() {
	local said status=0
	said=$(../../up 2>&1) || status=$?
	echo "$said"
	[[ $status = [12] ]] || fail "exit status $status"
	said=$(grep '^dilih: ' <<<"$said") || fail "no reason is given"
	[[ $said != *$'\n'* ]] || fail "that is not one line"
	[ ! -e /sys/fs/bpf/dilih ] || fail "there are pins"
}

# soon COMMAND...: tries until it succeeds, for as long as it may take on a machine that is very busy.
soon() {
	local end=$((SECONDS + 300))
	until "$@"; do
		((SECONDS < end)) || fail "not within five minutes: $*"
		sleep 0.05
	done
}

fail() {
	echo "FAIL: $*"
	exit 1
}

main() {
	local make=${1//[ -]/_}
	declare -F "$make" >/dev/null || fail "no kind of device: $1"
	"$make"
	export DEV=$device MODE=$2 FAULT='drop 50%'
	case $3 in
	'half is lost') loses_half ;;
	refused) is_refused ;;
	*) fail "what is \"$3\"?" ;;
	esac
}

main "$@"
