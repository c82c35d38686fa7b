# shellcheck shell=bash disable=SC2154 # PIN is from lib.sh
# SPDX-License-Identifier: MIT
# down without dilih-reader, which has not been built or is gone: the programs that are pinned at PIN are detached by
# their ids, in this network namespace and in those that have a name, and the pins are removed. Nothing else is changed.
# This is the only script that reads what bpftool and tc show.

down_alone() {
	local LC_ALL=C ids=' ' inside=() pin said space
	is_roots "$PIN" || die "$PIN is not a directory of root's: $(how build) builds what can put that in order"
	for pin in "$PIN"/{xdp_dilih,xdp_dilih_l3,tc_out,tc_out_l3,tc_in,tc_in_l3,tc_queue}; do
		[ -e "$pin" ] || continue
		said=$(bpftool prog show pinned "$pin") || die "$pin: it cannot be read"
		ids+="${said%%:*} "
	done
	[ "$ids" != ' ' ] || die "$PIN has no programs of dilih in it"
	detach_here
	for space in /run/netns/*; do
		[ ! -e "$space" ] || { inside=(nsenter --net="$space" --) && detach_here; }
	done
	order rm -r -- "$PIN"
	say "removed the pins in $PIN. Without dilih-reader, queues (ip link show type ifb) and empty qdiscs (tc qdisc show) stay"
}

# order COMMAND...: shows and runs it.
order() {
	show_command "$*"
	"$@"
}

# detach_here: a name has no blanks in it, so that what comes after the last parenthesis is bpftool's.
detach_here() {
	local line said
	said=$("${inside[@]}" bpftool net show) || die "bpftool cannot show what is attached"
	while IFS= read -r line; do
		if [[ $line =~ ^([^[:space:]]+)\([0-9]+\)\ (generic|driver)\ id\ ([0-9]+)$ && $ids = *" ${BASH_REMATCH[3]} "* ]]; then
			order "${inside[@]}" bpftool net detach "xdp${BASH_REMATCH[2]/driver/drv}" dev "${BASH_REMATCH[1]}"
			say "detached from ${BASH_REMATCH[1]}"
		elif [[ $line =~ ^([^[:space:]]+)\([0-9]+\)\ clsact/(ingress|egress)\ .*\ id\ ([0-9]+)$ && $ids = *" ${BASH_REMATCH[3]} "* ]]; then
			detach_filter "${BASH_REMATCH[@]:1}"
		fi
	done <<<"$said"
}

# detach_filter DEVICE SIDE ID
detach_filter() {
	local said line
	said=$("${inside[@]}" tc filter show dev "$1" "$2") || die "tc cannot show the filters of $1"
	while IFS= read -r line; do
		[[ $line =~ ^filter\ .*pref\ ([0-9]+)\ bpf\ .*handle\ (0xd11[12])\ .*\ id\ $3\  ]] || continue
		order "${inside[@]}" tc filter del dev "$1" "$2" pref "${BASH_REMATCH[1]}" handle "${BASH_REMATCH[2]}" bpf
	done <<<"$said"
}
