# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Guards: what no fault may touch, so that an experiment on a host does not cost the host.

# guards DEVICE...: one guard a line, for faults on these devices.
guards() {
	[ "$GUARD" != off ] || return 0
	say arp
	say nd
	ssh_guards "$@"
	[ -z "$GUARD" ] || say "$GUARD"
}

# ssh_guards DEVICE...: the peers whose ssh to this host comes in by one of the devices.
ssh_guards() {
	local elsewhere peer port server
	elsewhere=$(addresses_elsewhere "$@")
	{ ssh_connection && sshd_connections; } | tr -d '[]' | sed -E 's/%[^ ]*//g; s/::ffff:([0-9.]+)/\1/gI' |
		while read -r peer server port; do
			grep -qxF -- "$server" <<<"$elsewhere" || say "tcp from $peer dport $port"
		done | sort -u
}

# The connection that this make was typed over.
ssh_connection() {
	local peer server port
	read -r peer _ server port <<<"${SSH_CONNECTION:-}"
	[ -z "$port" ] || say "$peer $server $port"
}

# What is connected to port 22 or to another port that sshd listens on: peer, own address, own port.
sshd_connections() {
	local ports
	type -P ss >/dev/null || return 0
	ports=$(ss -Hltnp | awk '/"sshd"/ { sub(/.*:/, "", $4); print $4 }')
	ss -Htn state established | awk -v ports="22 ${ports//$'\n'/ }" '
		BEGIN { split(ports, list, " "); for (i in list) sshd[list[i]] }
		{ port = $3; sub(/.*:/, "", port); sub(/:[0-9]+$/, "", $3); sub(/:[0-9]+$/, "", $4) }
		port in sshd { print $4, $3, port }'
}

# addresses_elsewhere DEVICE...: this host's addresses that no packet through the devices is for: not
# theirs, nor those of bridges, bonds, VLANs and the like on top of them. Any other is guarded.
addresses_elsewhere() {
	ip -j address show | jq -r '
		. as $all |
		def stack: . as $below | . + [$all[] |
			if IN(.ifname; $below[]) then .master // empty
			elif IN(.link // ""; $below[]) then .ifname else empty end] | unique |
			if . == $below then . else stack end;
		($ARGS.positional | unique | stack) as $ours |
		$all[] | select(IN(.ifname; $ours[]) | not) | .addr_info[].local' --args "$@"
}
