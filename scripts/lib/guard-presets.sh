# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What GUARD asks for: matches, or by name what a host needs that nobody can walk to.

# asked_guards: one a line.
asked_guards() {
	local guards count most=14
	[ -n "$GUARD" ] || return 0
	! may_say_out || most=6
	guards=$(sed 's/#.*//; s/;/\n/g' <<<"$GUARD" | while read -r asked; do preset "$asked"; done | awk '!seen[$0]++')
	count=$(grep -c . <<<"$guards") || return 0
	((count <= most)) || die "GUARD asks for $count guards: at most $most fit, leave out $((count - most))"
	say "$guards"
}

# preset GUARD: itself, or what it is the name of.
preset() {
	case $1 in
	'') ;;
	dhcp) printf '%s\n' 'udp dport 68' 'udp dport 546' ;;
	mld) printf '%s\n' 'proto 2' icmp6 ;;
	tunnels)
		device_tunnels
		ipsec_tunnels
		openvpn_tunnels
		;;
	*) say "$1" ;;
	esac
}

# device_tunnels: of the tunnels that are devices and up, what their packets are outside.
device_tunnels() {
	local links kind port
	links=$(ip -j -d link show up) || die "$(named GUARD tunnels): ip cannot tell which tunnels there are"
	jq -r '.[] | .linkinfo // {} | "\(.info_kind) \(.info_data.port? // "")"' < <(json "$links") | sort -u |
		while read -r kind port; do
			case $kind in
			wireguard) wireguard_ports ;;
			vxlan | geneve) say "udp dport $port" ;;
			gre | gretap | ip6gre | ip6gretap | erspan | ip6erspan) say proto 47 ;;
			ipip) say proto 4 ;;
			sit) say proto 41 ;;
			ip6tnl) printf 'proto %s\n' 4 41 ;;
			esac
		done
}

wireguard_ports() {
	local ports
	type -P wg >/dev/null || die "$(named GUARD tunnels): only wg knows the port of wireguard, and wg is not installed." \
		"Install wireguard-tools, or name the port: $(named GUARD 'udp dport 51820')"
	ports=$(wg show all listen-port) || die "$(named GUARD tunnels): wg cannot tell the port of wireguard"
	awk '$2 > 0 { print "udp dport " $2 }' <<<"$ports"
}

# ipsec_tunnels: what any of them may send, keys included.
ipsec_tunnels() {
	local states
	[ -e /proc/sys/net/core/xfrm_acq_expires ] || return 0 # the kernel has none
	states=$(ip xfrm state) || die "$(named GUARD tunnels): ip cannot tell whether there is IPsec"
	[ -z "$states" ] || printf '%s\n' 'proto 50' 'proto 51' 'udp dport 500' 'udp dport 4500'
}

openvpn_tunnels() {
	local sockets
	sockets=$(ss -Hulnp) || die "$(named GUARD tunnels): ss cannot tell the ports of openvpn"
	awk '/\("openvpn",/ { sub(/.*:/, "", $4); print "udp dport " $4 }' <<<"$sockets"
}
