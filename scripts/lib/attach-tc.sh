# shellcheck shell=bash disable=SC2154 # inside and where are from ask.sh
# SPDX-License-Identifier: MIT
# Where tc programs of ours are attached, at the ingress or the egress of a device, and how they come and go. They
# are there only while a fault in force asks for them. Filters and qdiscs of others are left alone.

# Our filter is the first that there is, since one of others that lets a packet pass ends the walk. The handle is
# one that nobody else will think of.
our_handle=0xd111

# our_filters: what of ours is attached here, a line each: device, ingress or egress, program id.
our_filters() {
	local said
	said=$(hear bpftool -j net show)
	# As nearly always: all that bpftool can say of nothing there. It saves a jq for each namespace.
	[[ $said != '[{"xdp":['*'],"tc":[],"flow_dissector":['*']}]' ]] || return 0
	said=$(hear bpftool -j prog show)$said
	# shellcheck disable=SC2016,SC2154 # of jq; from pins.sh
	understand 2 '
		(.[0] | map(select(any(.map_ids[]?; IN('"${control_ids:-0}"'))).id)) as $ours |
		.[1][0].tc[] | select(.kind == ("clsact/ingress", "clsact/egress") and (.id | IN($ours[]))) |
		"\(.devname) \(.kind | ltrimstr("clsact/")) \(.id)"' \
		'bpftool -j prog show, net show' "$said"
}

# has_ours DEVICE [SIDE]
has_ours() {
	local filters
	filters=$(our_filters) || exit
	[[ $'\n'$filters = *$'\n'"$1 ${2-}"* ]]
}

# attach_tc DIR DEVICE SIDE: the one of our programs in DIR that fits the device, with no gap after one of ours.
attach_tc() {
	local entry pref
	entry=$(entry_at "$2")
	entry=${program_at[$3]}${entry#xdp_dilih}
	if has_ours "$2" "$3"; then
		pref=$(our_pref "$2" "$3")
		order_tc filter replace dev "$2" "$3" pref "$pref" handle "$our_handle" bpf da object-pinned "$1/$entry"
	else
		need_clsact "$2"
		pref=$(first_pref "$2" "$3")
		order_tc filter add dev "$2" "$3" pref "$pref" handle "$our_handle" bpf da object-pinned "$1/$entry"
	fi
	has_ours "$2" "$3" || die "tc says that it has attached to the $3 of $2$where, and it has not"
}

declare -A program_at=([ingress]=tc_in [egress]=tc_out)

# detach_tc DEVICE SIDE: only what is ours.
detach_tc() {
	local pref
	has_ours "$1" "$2" || return 0
	pref=$(our_pref "$1" "$2")
	order_tc filter del dev "$1" "$2" pref "$pref" handle "$our_handle" bpf
}

# our_pref DEVICE SIDE: that of the program of ours which is there.
our_pref() {
	local pref
	pref=$(pref_of "$our_handle" "$1" "$2")
	[ -n "$pref" ] || die "there is a program of dilih at the $2 of $1$where, and not where dilih puts it: it is left alone." \
		"tc filter show dev $1 $2 tells where it is"
	say "$pref"
}

# pref_of HANDLE DEVICE SIDE: that of a filter of ours, or nothing.
pref_of() {
	ask_tc "first(.[] | select(.options.handle? == \"$1\").pref) // empty" filter show dev "$2" "$3"
}

# first_pref DEVICE SIDE: 1, unless something else than programs for all protocols is there.
first_pref() {
	local pref
	# shellcheck disable=SC2016 # of jq
	pref=$(ask_tc 'map(select(.kind != "bpf" or .protocol != "all").pref) as $taken |
		first(range(1; 1000) | select(IN($taken[]) | not))' filter show dev "$1" "$2")
	[ "$pref" = 1 ] || warn "filters of others come first at the $2 of $1$where: dilih sees only what these let pass"
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

# has_clsact DEVICE
has_clsact() {
	local found
	found=$(ask_tc '.[].kind' qdisc show dev "$1" clsact) || exit
	[[ $found = *clsact* ]]
}

# need_clsact DEVICE: the place for such filters.
need_clsact() {
	local mark
	! has_clsact "$1" || return 0
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
	links=$(hear ip -j link show)
	for mark in "${marks[@]}"; do
		IFS=- read -r kind index _ most <<<"${mark##*/}"
		device=$(jq -r --argjson index "$index" '.[] | select(.ifindex == $index).ifname' <<<"$links")
		if [ -n "$device" ]; then
			if has_ours "$device"; then continue; fi
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
	local in out
	has_clsact "$1" || return 0
	in=$(ask_tc length filter show dev "$1" ingress) || exit
	out=$(ask_tc length filter show dev "$1" egress) || exit
	((in + out > 0))
}

# give_hooks DIR BATCH: what leaves each device here that has dilih is decided by the programs in DIR, if the faults of
# the batch ask for that; and what arrives, where some of it may have to wait.
give_hooks() {
	local ours device mode
	ours=$(our_attachments)
	while read -r device mode; do
		if [ -z "$device" ]; then continue; fi
		if asks "$2" in-queue; then
			attach_tc "$1" "$device" ingress
			attach_queue "$1" "$device" ingress
			warn_of_held_senders "$device" "$mode"
		fi
		if asks "$2" out || asks "$2" out-queue; then
			[ "$SEGMENTATION" != off ] || split_segments "$device"
			attach_tc "$1" "$device" egress
		fi
		! asks "$2" out-queue || attach_queue "$1" "$device" egress
	done <<<"$ours"
}

# take_hooks_away KEPT...: of what is here all but these, of in-queue, out and out-queue.
take_hooks_away() {
	detach_filters "$@"
	release_queues "$@"
	release_marks
}

# detach_filters KEPT...
detach_filters() {
	local surplus device side
	surplus=$(surplus_filters "$@")
	while read -r device side _; do
		[ -z "$device" ] || detach_tc "$device" "$side"
	done <<<"$surplus"
}

# surplus_filters KEPT...: those of our_filters that none of these asks for.
surplus_filters() {
	local filters device side id
	filters=$(our_filters)
	while read -r device side id; do
		case "$side $* " in
		' '* | ingress*' in-queue '* | egress*' out '* | egress*' out-queue '*) ;;
		*) say "$device $side $id" ;;
		esac
	done <<<"$filters"
}

# withdraw KEPT...: the same everywhere. What arrives is decided at tc until all that waits has gone on, and then by
# XDP again: a packet that comes back from the queue passes by XDP once more.
withdraw() {
	if [[ " $* " = *' in-queue '* ]]; then
		everywhere take_hooks_away "$@"
		return
	fi
	everywhere wait_for_arrivals
	shift_to "$PIN" --settle
	everywhere take_hooks_away "$@"
	shift_to "$PIN" --unmark
}

# is_surplus KEPT...: is there anything of ours at tc that none of these asks for, or that a make has left which was
# killed?
is_surplus() {
	local filters surplus
	filters=$(everywhere our_filters) || exit
	if [ -z "$filters" ]; then
		compgen -G "$PIN/clsact-*" >/dev/null || compgen -G "$PIN/segments-*" >/dev/null
		return
	fi
	surplus=$(everywhere surplus_filters "$@" && everywhere surplus_queues "$@") || exit
	[ -n "$surplus" ]
}
