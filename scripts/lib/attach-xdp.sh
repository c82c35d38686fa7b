# shellcheck shell=bash disable=SC2154 # inside and where are from ask.sh
# SPDX-License-Identifier: MIT
# Where XDP programs are attached, which of them are ours, and how ours come and go.
# Ours are those that use the control map in PIN: also the ones that a killed make has left halfway.

# attachments: every XDP program in this network namespace, a line each: device, mode, program id, ours or
# theirs, name. After take_pins, which finds out our control map; before it nothing is ours.
attachments() {
	local said
	said=$(hear bpftool -j net show)
	[[ $said != '[{"xdp":[],"tc":['*'],"flow_dissector":['*']}]' ]] || return 0 # it saves a jq for each namespace
	said=$(hear bpftool -j prog show)$said
	# shellcheck disable=SC2016,SC2154 # of jq; from pins.sh
	understand 2 '
		{generic: "xdpgeneric", driver: "xdpdrv", offload: "xdpoffload"} as $modes |
		(.[0] | map({key: "\(.id)", value: .}) | from_entries) as $programs |
		.[1][0].xdp[] | .devname as $device | (.multi_attachments // [.])[] |
		$programs["\(.id)"] as $program |
		(if any($program.map_ids[]?; IN('"${control_ids:-0}"')) then "ours" else "theirs" end) as $whose |
		"\($device) \($modes[.mode]) \(.id) \($whose) \($program.name // "-")"' \
		'bpftool -j prog show, net show' "$said"
}

# our_attachments: device and mode of ours, a line each.
our_attachments() {
	local all
	all=$(attachments)
	ours_among "$all"
}

# ours_among ATTACHMENTS
ours_among() {
	local device mode whose
	while read -r device mode _ whose _; do
		[ "$whose" != ours ] || printf '%s %s\n' "$device" "$mode"
	done <<<"$1"
}

# real_names: of the devices in DEV, which may be alternative ones. One that is gone keeps its name. For the own
# names of devices, which DEV mostly has, neither ip nor jq is started.
real_names() {
	local wanted device link own
	own=$(</proc/self/net/dev)
	read -ra wanted <<<"$DEV"
	for device in "${wanted[@]}"; do
		if [[ $own != *[[:space:]]"$device":* ]] && link=$(ip -j link show dev "$device" 2>/dev/null); then
			device=$(jq -r '.[0].ifname' < <(json "$link"))
		fi
		say "$device"
	done
}

no_such_device() {
	code=1 die "$(named DEV "$1"): no such network device here; there are: $(scripts/devices | tr '\n' ' ')"
}

# refuse_strangers DEVICE ATTACHMENTS: an error if somebody else's program is there.
refuse_strangers() {
	local device mode id whose name
	while read -r device mode id whose name; do
		[ "$device" != "$1" ] || [ "$whose" = ours ] || refuse_another_pin "$device" "$id"
		[ "$device" != "$1" ] || [ "$whose" = ours ] ||
			die "$device has another XDP program: id $id, name $name ($mode). It is left alone." \
				"If nobody needs it: $(how_to_detach "$device" "$mode" "$id")"
	done <<<"$2"
}

# refuse_another_pin DEVICE ID: an error if the program is a dilih that is pinned elsewhere.
refuse_another_pin() {
	local pin
	pin=$(ask 'first(.pinned[]? | capture("^(?<dir>.*)/xdp_dilih(_l3)?$").dir) // empty' -f prog show id "$2")
	[ -z "$pin" ] || die "$1 has the dilih that is pinned at $pin, and can have one only." \
		"Change that one ($(named PIN "$pin")), or end it there: $(how down DEV="$1" PIN="$pin")"
}

# how_to_detach DEVICE MODE ID: the command. What a link has attached comes off with the link alone.
how_to_detach() {
	local link
	link=$(ask "first(.[]? | select(.prog_id == $3 and .type == \"xdp\").id) // empty" link show)
	if [ -n "$link" ]; then
		say "bpftool link detach id $link"
	else
		say "bpftool net detach $2 dev $1"
	fi
}

# Which of our programs fits the device that `ip -j -d link` shows, or nothing. The packets of the second one begin
# with IP; those of a gre device that takes packets from anybody begin with the outer header, and those of xfrm with
# Ethernet's.
# shellcheck disable=SC2016 # of jq
entry_filter='(.[0] | .linkinfo.info_kind as $kind |
	if .link_type | IN("ether", "loopback") then "xdp_dilih"
	elif $kind | IN("tun", "wireguard", "ipip", "sit", "ip6tnl") then "xdp_dilih_l3"
	elif ($kind | IN("gre", "ip6gre")) and (.linkinfo.info_data.remote | IN(null, "any", "::", "0.0.0.0") | not)
	then "xdp_dilih_l3" else "" end)'

declare -A entries=() # of devices, as far as known; one may be called @, and a key may not

# entry_at DEVICE
entry_at() {
	if [ -n "${entries["$where/$1"]-}" ]; then
		say "${entries["$where/$1"]}"
	else
		ask_of "$entry_filter" ip -j -d link show dev "$1"
	fi
}

# attach DIR DEVICE MODE [overwrite]: the one of our programs in DIR that fits the device.
attach() {
	bpftool net attach "$3" pinned "$1/$(entry_at "$2")" dev "$2" ${4:+"$4"}
}

# detach DEVICE MODE: only what is ours.
detach() {
	local ours
	ours=$(our_attachments)
	! grep -qxF -- "$1 $2" <<<"$ours" || order net detach "$2" dev "$1"
}
