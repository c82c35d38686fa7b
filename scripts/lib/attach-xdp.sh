# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Where XDP programs are attached, which of them are ours, and how ours come and go.
# Ours are those that use the control map in PIN: also the ones that a killed make has left halfway.

# attachments: every XDP program in this network namespace, a line each: device, mode, program id.
attachments() {
	bpftool -j net show | jq -r '
		{generic: "xdpgeneric", driver: "xdpdrv", offload: "xdpoffload"} as $modes |
		.[0].xdp[] | .devname as $device | (.multi_attachments // [.])[] |
		"\($device) \($modes[.mode]) \(.id)"'
}

# our_attachments: the same, ours only.
our_attachments() {
	local all device mode id
	all=$(attachments)
	while read -r device mode id; do
		! is_ours "$id" || say "$device $mode $id"
	done <<<"$all"
}

# is_ours ID: after take_pins, which finds out our control map. Before it nothing is ours.
is_ours() {
	[ -n "$control_ids" ] && [ -n "$1" ] && bpftool -j prog show id "$1" | uses_control
}

# refuse_strangers DEVICE: an error if somebody else's program is there.
refuse_strangers() {
	local all device mode id name
	all=$(attachments)
	while read -r device mode id; do
		if [ "$device" = "$1" ] && ! is_ours "$id"; then
			name=$(bpftool -j prog show id "$id" | jq -r .name)
			die "$device has another XDP program: id $id, name $name ($mode). It is left alone." \
				"If nobody needs it: bpftool net detach $mode dev $device"
		fi
	done <<<"$all"
}

# attach PROGRAM DEVICE MODE [overwrite]
attach() {
	bpftool net attach "$3" pinned "$1" dev "$2" ${4:+"$4"}
}

# detach DEVICE MODE: only what is ours.
detach() {
	local ours
	ours=$(our_attachments)
	! grep -q "^$1 $2 " <<<"$ours" || bpftool net detach "$2" dev "$1"
}
