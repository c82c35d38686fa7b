# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Where XDP programs are attached, and which of them are ours: those that use the control map in PIN.

# attachments: every XDP program in this network namespace, a line each: device, mode, program id, ours or
# theirs, name. control_ids is the id of our control map.
attachments() {
	local said
	said=$(hear bpftool -j net show)
	[[ $said != '[{"xdp":[],"tc":['*'],"flow_dissector":['*']}]' ]] || return 0 # it saves a jq for each namespace
	said=$(hear bpftool -j prog show)$said
	# shellcheck disable=SC2016,SC2154 # of jq; from status
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
