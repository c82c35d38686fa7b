# shellcheck shell=bash disable=SC2154 # inside and where are from ask.sh
# SPDX-License-Identifier: MIT
# Where tc programs of ours are attached to what leaves, and how they come and go. They are there only while a fault
# in force says out. Filters and qdiscs of others are left alone.

# Our filter is the first that there is, since one of others that lets a packet pass ends the walk. The handle is
# one that nobody else will think of.
out_handle=0xd111

# our_outs: the devices here that have a program of ours at their egress, a line each: device, program id.
our_outs() {
	local said
	said=$(hear bpftool -j net show)
	# As nearly always: all that bpftool can say of nothing there. It saves a jq for each namespace.
	[[ $said != '[{"xdp":['*'],"tc":[],"flow_dissector":['*']}]' ]] || return 0
	said=$(hear bpftool -j prog show)$said
	# shellcheck disable=SC2016,SC2154 # of jq; from pins.sh
	understand 2 '
		(.[0] | map(select(any(.map_ids[]?; IN('"${control_ids:-0}"'))).id)) as $ours |
		.[1][0].tc[] | select(.kind == "clsact/egress" and (.id | IN($ours[]))) | "\(.devname) \(.id)"' \
		'bpftool -j prog show, net show' "$said"
}

# has_out DEVICE
has_out() {
	local outs
	outs=$(our_outs) || exit
	[[ $'\n'$outs = *$'\n'"$1 "* ]]
}

# attach_out DIR DEVICE: the one of our programs in DIR that fits the device, with no gap after one of ours.
attach_out() {
	local entry pref
	entry=$(entry_at "$2")
	entry=tc_out${entry#xdp_dilih}
	[ "$SEGMENTATION" != off ] || split_segments "$2"
	if has_out "$2"; then
		pref=$(pref_of_ours "$2")
		order_tc filter replace dev "$2" egress pref "$pref" handle "$out_handle" bpf da object-pinned "$1/$entry"
	else
		need_clsact "$2"
		pref=$(first_pref "$2")
		order_tc filter add dev "$2" egress pref "$pref" handle "$out_handle" bpf da object-pinned "$1/$entry"
	fi
	has_out "$2" || die "tc says that it has attached to what leaves $2$where, and it has not"
}

# detach_out DEVICE: only what is ours.
detach_out() {
	local pref
	has_out "$1" || return 0
	pref=$(pref_of_ours "$1")
	order_tc filter del dev "$1" egress pref "$pref" handle "$out_handle" bpf
}

pref_of_ours() {
	local pref
	pref=$(ask_tc "first(.[] | select(.options.handle? == \"$out_handle\").pref) // empty" filter show dev "$1" egress)
	[ -n "$pref" ] ||
		die "there is a program of dilih at what leaves $1$where, and not where dilih puts it: it is left alone." \
			"tc filter show dev $1 egress tells where it is"
	say "$pref"
}

# first_pref DEVICE: 1, unless something else than programs for all protocols is there.
first_pref() {
	local pref
	# shellcheck disable=SC2016 # of jq
	pref=$(ask_tc 'map(select(.kind != "bpf" or .protocol != "all").pref) as $taken |
		first(range(1; 1000) | select(IN($taken[]) | not))' filter show dev "$1" egress)
	[ "$pref" = 1 ] || warn "filters of others come first at what leaves $1$where: dilih sees what these let go on"
	say "$pref"
}

# What make has changed at a device it remembers by an empty directory, a mark: of which kind, the number of the
# device and, as that is one in its namespace alone, of the namespace. A mark comes before the change: a make that is
# killed in between must not leave something that nobody takes back.

# mark_of KIND DEVICE
mark_of() {
	local index
	index=$(ask_of '.[0].ifindex' ip -j link show dev "$2")
	say "$PIN/$1-$index-$(namespace_number)"
}

namespace_number() {
	"${inside[@]}" stat -Lc %i /proc/self/ns/net
}

# need_clsact DEVICE: the place for such filters.
need_clsact() {
	local found mark
	found=$(ask_tc '.[].kind' qdisc show dev "$1" clsact)
	[[ $found != *clsact* ]] || return 0
	mark=$(mark_of clsact "$1")
	[ -d "$mark" ] || mkdir -m 0700 -- "$mark"
	order_tc qdisc add dev "$1" clsact
}

# split_segments DEVICE: new connections of TCP do not hand over many segments as one packet there.
split_segments() {
	local most mark
	most=$(ask_of '.[0].gso_max_segs' ip -j -d link show dev "$1")
	[ "$most" != 1 ] || return 0
	mark=$(mark_of segments "$1")
	mkdir -m 0700 -- "$mark-$most"
	obey ip link set dev "$1" gso_max_segs 1
}

# release_marks: what is marked here, and that we have no use for any more, is as it was.
release_marks() {
	local namespace links marks mark kind index device most
	namespace=$(namespace_number)
	mapfile -t marks < <(
		compgen -G "$PIN/clsact-*-$namespace"
		compgen -G "$PIN/segments-*-$namespace-*"
	)
	[ ${#marks[@]} != 0 ] || return 0
	links=$("${inside[@]}" ip -j link show)
	for mark in "${marks[@]}"; do
		IFS=- read -r kind index _ most <<<"${mark##*/}"
		device=$(jq -r --argjson index "$index" '.[] | select(.ifindex == $index).ifname' <<<"$links")
		if [ -n "$device" ]; then
			if has_out "$device"; then continue; fi
			"release_$kind" "$device" "$most"
		fi
		rmdir -- "$mark"
	done
}

# release_clsact DEVICE: one that somebody else has come to use is theirs from now on.
release_clsact() {
	has_filters "$1" || order_tc qdisc del dev "$1" clsact
}

# release_segments DEVICE MOST
release_segments() {
	obey ip link set dev "$1" gso_max_segs "$2"
}

# has_filters DEVICE: or, so that there is nothing to take away, no clsact.
has_filters() {
	local found in out
	found=$(ask_tc '.[].kind' qdisc show dev "$1" clsact) || exit
	[[ $found = *clsact* ]] || return 0
	in=$(ask_tc length filter show dev "$1" ingress) || exit
	out=$(ask_tc length filter show dev "$1" egress) || exit
	((in + out > 0))
}

# give_out DIR: what leaves each device here that has dilih is decided by the programs in DIR.
give_out() {
	local ours device
	ours=$(our_attachments)
	while read -r device _; do
		[ -z "$device" ] || attach_out "$1" "$device"
	done <<<"$ours"
}

# take_out_away: what leaves is nobody's affair any more.
take_out_away() {
	detach_outs
	release_marks
}

detach_outs() {
	local outs device
	outs=$(our_outs)
	while read -r device _; do
		[ -z "$device" ] || detach_out "$device"
	done <<<"$outs"
}

# any_out: is there something of ours at what leaves, or something that a make has left that was killed?
any_out() {
	local outs
	outs=$(everywhere our_outs) || exit
	[ -n "$outs" ] || compgen -G "$PIN/clsact-*" >/dev/null || compgen -G "$PIN/segments-*" >/dev/null
}

# plan_out BATCH: sets surplus_out to what has to be done about what leaves once the faults of the batch are in force.
# It is asked before, as nothing that can fail should come after.
# shellcheck disable=SC2034 # for fault and up
plan_out() {
	surplus_out=:
	if ! asks_out "$1" && any_out; then surplus_out='everywhere take_out_away'; fi
}
