# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# balance.sh COMMAND...: runs the command. Meanwhile dilih has to drop something of what leaves, and the packets that it
# counts as passed have to be those that the IP of the peer counts as received. Joined ones count as many.
set -euo pipefail

main() {
	local dropped passed missing
	dropped=$(out dropped)
	passed=$(out passed)
	missing=$(missing)
	"$@"
	for _ in {1..100}; do # the last ones may still come
		[ "$(missing)" != "$missing" ] || break
		sleep 0.1
	done
	passed=$(($(out passed) - passed)) dropped=$(($(out dropped) - dropped)) missing=$(($(missing) - missing))
	echo "dilih: $passed passed, $dropped dropped; the peer has $missing fewer than passed" >&2
	((missing == 0 && dropped > 0 && passed > 0))
}

# missing: how many fewer packets the peer has received than have passed, at a moment at which none passed.
missing() {
	local passed received
	for _ in {1..100}; do
		passed=$(out passed)
		received=$(received)
		[ "$passed" != "$(out passed)" ] || break
	done
	echo $((passed - received))
}

# out VERDICT: so many packets.
out() {
	bpftool -j map dump pinned "$PIN/totals" | jq "[.[1].formatted.values[].value.$1.packets] | add"
}

received() {
	peer cat /proc/net/netstat /proc/net/snmp6 | awk '
		/^Ip6In(NoECT|ECT0|ECT1|CE)Pkts / { sum += $2 }
		$1 == "IpExt:" && !n { n = split($0, name); next }
		$1 == "IpExt:" { for (i = 2; i <= n; i++) if (name[i] ~ /^In(NoECT|ECT0|ECT1|CE)Pkts$/) sum += $i }
		END { print sum }'
}

main "$@"
