# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What checks of the documents use. They run in the tree of a lab, after the commands of a section.

pin=/sys/fs/bpf/dilih

# now FILTER: true if jq's filter is, of what the reader says in JSON.
now() {
	local json
	json=$(./dilih-reader --pin "$pin" --count 1 --interval 10ms --format json 2>/dev/null)
	jq -e "$1" <<<"$json" >/dev/null && return
	echo "not so: $1"
	jq -c '.packets, .rules[]' <<<"$json"
	return 1
}

# in_force FAULT...: these are the faults in force, as the reader prints them.
in_force() {
	local text
	text=$(printf '%s\n' "$@" | jq -R . | jq -sc .)
	now "[.rules[] | select(.guard | not).text] == $text"
}

# fault N: of jq, the Nth of the faults, from 0.
fault() {
	echo "([.rules[] | select(.guard | not)][$1])"
}

# fails COMMAND...
fails() {
	! "$@" || {
		echo "should have failed: $*"
		return 1
	}
}

# datagrams COUNT PORT FROM: the peer sends so many to our port, from that port of its own. That nobody
# listens makes a send fail now and then: that one was not sent.
datagrams() {
	peer bash -euc "
		cd /proc/sys/net/ipv4
		echo 0 >ip_unprivileged_port_start
		echo $3 $3 >ip_local_port_range
		exec 3>/dev/udp/192.0.2.1/$2
		echo 32768 60999 >ip_local_port_range
		for ((i = 0; i < $1; i++)); do until echo -n datagram >&3; do :; done; done 2>/dev/null"
}

# connects PORT: the peer asks for a TCP connection. It is refused, as nobody listens; or is it lost?
connects() {
	peer timeout "${2:-0.5}" bash -c "exec 3>/dev/tcp/192.0.2.1/$1" 2>/dev/null || [ $? != 124 ]
}

# pings SENT RECEIVED OPTION... ADDRESS
pings() {
	(peer ping -q -c "$1" -i 0.005 -W 1 "${@:3}" || :) | grep "$1 packets transmitted, $2 received"
}

# says TEXT OPTION...: redis-cli with these options has that among its answer. One that cannot be reached
# says nothing for ever.
says() {
	timeout 2 redis-cli "${@:2}" 2>&1 | grep -F -- "$1" >/dev/null
}

# soon COMMAND...: tries until the command succeeds, for as long as it may take on a machine that is very busy.
soon() {
	local end=$((SECONDS + 180))
	until "$@"; do
		((SECONDS < end)) || {
			echo "not within three minutes: $*"
			return 1
		}
		sleep 0.1
	done
}

# unheard COUNT: so many pings to the peer are not answered, and nobody tells us that they were lost.
unheard() {
	local said
	said=$(ping -n -q -c "$1" -i 0.01 -W 0.2 192.0.2.2 2>&1 || :)
	grep "$1 packets transmitted, 0 received" <<<"$said" && fails grep 'No buffer space\|not permitted' <<<"$said"
}

# rtt_of LEAST MOST OPTION... ADDRESS: the fastest of some pings from the peer took so many ms. A machine that is very
# busy may need another try.
rtt_of() {
	soon rtt_once "$@" >/dev/null || rtt_once "$@"
}

rtt_once() {
	local said
	said=$(peer ping -n -q -c 5 -i 0.2 "${@:3}")
	echo "$said"
	awk -F '[ /]' -v least="$1" -v most="$2" \
		'$1 == "rtt" { found = $7 >= least && $7 <= most } END { exit !found }' <<<"$said"
}

# counted FIELD: what the rules in force have counted in that, all CPUs together.
counted() {
	bpftool -j map dump pinned "$pin/rule_counters" |
		jq --arg field "$1" '[.[].formatted.values[].value[$field]] | add'
}

# at_least COUNT FIELD
at_least() {
	local found
	found=$(counted "$2")
	[ "$found" -ge "$1" ] || {
		echo "$2: $found, not $1 or more"
		return 1
	}
}
