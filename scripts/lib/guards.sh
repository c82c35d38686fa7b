# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Guards: what no fault may touch, so that an experiment on a host does not cost the host. The program has
# room for 24: two are for ARP and neighbour discovery, and the others are shared out here, so that no
# number of ssh connections takes the place of what GUARD asks for. If a fault says out, dilih-reader plan adds the
# mirror image of each, and there is room for half as many.
ssh_most=8 # and 14 for what GUARD asks for, in guard-presets.sh

# guards: one a line.
guards() {
	local connections translations asked
	[ "$GUARD" != off ] || return 0
	! may_say_out || ssh_most=4
	connections=$(ssh_connections)
	asked=$(asked_guards)
	say arp
	say nd
	if [ -n "$connections" ]; then
		translations=$(translations)
		ways_in "$connections" "$translations" | sum_up
	fi
	[ -z "$asked" ] || say "$asked"
}

# may_say_out: is there such a word in the faults, or a preset, which stands for one? In a comment it does no harm.
may_say_out() {
	local text=$FAULT
	[ ! -f "$FAULT_FILE" ] || text=$(cat -- "$FAULT_FILE")
	[[ $text =~ (^|[^[:alnum:]_])(out|preset)($|[^[:alnum:]_]) ]]
}

# ssh_connections: of each to this host a line: the peer, its port, our port.
ssh_connections() {
	typed_over
	ssh_sockets
}

# typed_over: the connection that this make was typed over. The variable may hold anything, so the reader is
# asked whether that is a flow.
typed_over() {
	local peer peer_port host port
	[ -n "${SSH_CONNECTION:-}" ] || return 0
	read -r peer peer_port host port < <(plain_addresses <<<"$SSH_CONNECTION")
	! ./dilih-reader predict --seed 1 --packets 1 --flow "tcp $peer $peer_port $host $port" 'drop 1% per flow' \
		>/dev/null 2>&1 || say "$peer $peer_port $port"
}

# ssh_sockets: what is connected to port 22, to another port that sshd listens on, or to an sshd that systemd
# has listened for. To a port that nobody listens on, sshd itself has connected, to forward somebody's port.
ssh_sockets() {
	local sockets
	sockets=$(ss -Htnp state listening state established) ||
		die "ss cannot tell which ssh connections to spare; $(named GUARD off) spares none"
	[[ $sockets = *ESTAB* ]] || return 0
	[ -z "$(lacking_rights CAP_SYS_PTRACE)" ] || warn "without CAP_SYS_PTRACE this root cannot see" \
		"which sockets are of sshd: only ssh to port 22 has a guard. For another port add $(named GUARD 'tcp dport N')"
	plain_addresses <<<"$sockets" | awk '
		function port(end) { sub(/.*:/, "", end); return end }
		function address(end) { sub(/:[^:]*$/, "", end); return end }
		{ sshd = /\("(sshd|sshd-session|sshd-auth|dropbear)",/ }
		$1 == "LISTEN" { listening[port($4)]; if (sshd) ssh[port($4)] }
		$1 == "ESTAB" { own[++n] = port($4); peer[n] = address($5) " " port($5); by_sshd[n] = sshd }
		END {
			ssh[22]
			for (i = 1; i <= n; i++)
				if (own[i] in ssh || by_sshd[i] && own[i] in listening)
					print peer[i], own[i]
		}'
}

# plain_addresses: as packets have them: without brackets, a scope, and IPv6 around IPv4.
plain_addresses() {
	sed -E 's/%[^ :]*//g; s/[][]//g; s/::ffff:([0-9]+\.)/\1/gI'
}

# translations: of each TCP connection that conntrack knows, if it can be asked: the peer and the port that
# stand in its packets; and what the socket has for them: the peer, its port, our port.
translations() {
	local from=/proc/net/nf_conntrack
	if [ -e "$from" ]; then
		cat "$from"
	elif [ -e /proc/sys/net/netfilter/nf_conntrack_count ] && type -P conntrack >/dev/null; then
		conntrack -L -p tcp 2>/dev/null ||
			warn "cannot ask conntrack which ports lead to sshd: name such a port with $(named GUARD 'tcp dport N')"
	fi | sed -nE 's/.*\btcp .* src=(\S+) .* dport=(\S+) .*src=\S+ dst=(\S+) sport=(\S+) dport=(\S+).*/\1 \2 \3 \5 \4/p'
}

# ways_in CONNECTIONS TRANSLATIONS: which peer sends to which port, a line each. Where this host translates
# the packets of a connection, that is not what its socket says. Addresses of IPv6 are compared as
# conntrack alone writes them.
ways_in() {
	awk 'NR == FNR { socket[$2, $3]; if (NF) print $1, $3; next }
		($4, $5) in socket && ($1 != $3 || $2 != $5) { print $1, $2 }' <(say "$1") <(say "$2") | sort -u
}

# sum_up: guards for such lines, not more than ssh_most. The more peers a port has, the sooner it gets one
# guard for all of them; and if the ports are too many, those that lie closest get one for their range.
sum_up() {
	sort -k2n | awk -v most="$ssh_most" '
		function guards(each,   p, sum) {
			for (p in peers)
				sum += peers[p] > each ? 1 : peers[p]
			return sum
		}
		function widest_gap(   i, at) {
			for (i = 2; i <= NR; i++)
				if (!(i in first) && port[i] - port[i - 1] > (at ? port[at] - port[at - 1] : 1))
					at = i
			return at
		}
		function ranges(   i, low) {
			for (i = 1; i < most; i++)
				first[widest_gap()]
			first[NR + 1]
			low = port[1]
			for (i = 2; i <= NR + 1; i++)
				if (i in first) {
					print "tcp dport " low "-" port[i - 1]
					low = port[i]
				}
		}
		{ peer[NR] = $1; port[NR] = $2; peers[$2]++ }
		END {
			for (each = most; each > 0 && guards(each) > most; each--);
			if (each == 0)
				ranges()
			else for (i = 1; i <= NR; i++)
				if (peers[port[i]] <= each)
					print "tcp from " peer[i] " dport " port[i]
				else if (port[i] != port[i - 1])
					print "tcp dport " port[i]
		}'
}
