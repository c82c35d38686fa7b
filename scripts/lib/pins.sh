# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The directory of pins: whose it is, how it comes and goes, who may write.

PIN=${PIN%/}
bpffs=${PIN%/*}
# Where pins are prepared before one rename puts them in place.
new=$PIN-new

need_bpffs() {
	local LC_ALL=C # or letters were more than a to z
	[[ $PIN =~ ^(/[A-Za-z0-9_.-]+)*/[A-Za-z0-9_][A-Za-z0-9_-]*$ ]] ||
		die "PIN=$PIN: must be an absolute path of letters, digits and _ . - /, its last name without a dot"
	is_bpffs "$bpffs" && return
	if [[ $PIN = /sys/fs/bpf/* ]] && ! is_bpffs /sys/fs/bpf; then
		mount -t bpf bpf /sys/fs/bpf || die "cannot mount the bpf file system at /sys/fs/bpf"
		warn_of_private_bpffs
	fi
	is_bpffs "$bpffs" || die "$bpffs is not on a bpf file system: choose a PIN below /sys/fs/bpf," \
		"or in another bpf file system"
}

# `ip netns exec` hides the bpffs of the host, and throws the one mounted in its place away at its end.
warn_of_private_bpffs() {
	[ /proc/self/ns/mnt -ef /proc/1/ns/mnt ] ||
		warn "the bpf file system mounted at /sys/fs/bpf is seen in this mount namespace only; when that ends," \
			"dilih goes on without pins. Instead of ip netns exec NAME use nsenter --net=/run/netns/NAME"
}

is_bpffs() {
	[ "$(stat -f -c %T -- "$1" 2>/dev/null)" = bpf_fs ]
}

# Writers take turns. The lock on PIN itself belongs to the reader.
lock_pins() {
	exec {pins_lock}<"$bpffs"
	flock -w 10 "$pins_lock" || die "another make is changing the pins in $bpffs; gave up after 10 s"
}

# inspect_pins: sets control_id to the id of our control map, or to nothing when PIN does not exist.
# What is at PIN and not ours is an error.
inspect_pins() {
	control_id=
	[ -e "$PIN" ] || return 0
	[ -d "$PIN" ] || die "$PIN is a file: $(pinned_file). dilih pins a directory there:" \
		"remove the file (rm $PIN) if nobody needs it, or choose another PIN="
	control_id=$(bpftool -j map show pinned "$PIN/control" 2>/dev/null | jq 'select(.name == "control").id') &&
		bpftool -j prog show pinned "$PIN/xdp_dilih" 2>/dev/null | uses_control && return
	die "$PIN is a directory, but without the pins of dilih: choose another PIN=," \
		"or remove it (rm -r $PIN) if nobody needs it"
}

pinned_file() {
	bpftool -j prog show pinned "$PIN" 2>/dev/null |
		jq -er '"the pin of program \(.name), id \(.id)"' 2>/dev/null || say "no program's pin"
}

# uses_control: does the program on stdin, as bpftool shows it in JSON, use our control map?
uses_control() {
	jq -e --argjson map "${control_id:-0}" 'any(.map_ids[]?; . == $map)' >/dev/null
}

# The ABI of what is loaded must be that of this tree.
need_abi() {
	local loaded ours
	loaded=$(bpftool -j map dump pinned "$PIN/control" | jq '.[0].formatted.value.abi')
	ours=$(sed -n 's/^#define DILIH_ABI //p' bpf/dilih.h)
	[ "$loaded" = "$ours" ] || die "$PIN holds a dilih of ABI $loaded, and this tree is of ABI $ours:" \
		"end that one first (make clean), or choose another PIN="
}

# The pins: what those in GROUP may look at, the events, and what is for root alone. Whoever can open a
# program can run it, and send packets into this host.
watched=(control sets rules rule_counters totals)
private=(xdp_dilih cpus sequences flows)

# need_all_pins: what was pinned at PIN must still be there.
need_all_pins() {
	local name
	for name in "${watched[@]}" output_map "${private[@]}"; do
		[ -e "$PIN/$name" ] || die "$PIN is not complete: $name is missing. End it (make clean), and load it anew"
	done
}

# share_pins DIR: those in GROUP may watch, and those in EVENTS_GROUP read events as well. Nobody who may
# is shut out meanwhile, and the directory comes last.
share_pins() {
	chmod 0600 "${private[@]/#/$1/}"
	chgrp -- "${EVENTS_GROUP:-0}" "$1/output_map"
	if [ -n "${EVENTS_GROUP-}" ]; then chmod 0660 "$1/output_map"; else chmod 0600 "$1/output_map"; fi
	chgrp -- "${GROUP:-0}" "${watched[@]/#/$1/}" "$1"
	chmod 0640 "${watched[@]/#/$1/}"
	chmod 0750 "$1"
}

# keep_groups DIR: who may watch may go on, unless the settings say something else.
keep_groups() {
	[ -n "$GROUP" ] || GROUP=$(stat -c %g "$1")
	[ "${EVENTS_GROUP+given}" ] || EVENTS_GROUP=$(stat -c '%a %g' "$1/output_map" | sed -n 's/^660 //p')
}

# Where systemd has mounted the bpffs nobody but root can get at what is in it.
warn_of_closed_bpffs() {
	[ -z "$GROUP" ] || [[ $(stat -c %A "$bpffs") = *[xt] ]] ||
		warn "$bpffs is closed to all but root; to let $GROUP through: chmod o+x $bpffs"
}

# remove_pins: PIN is there as a whole or not at all, whenever this is killed.
remove_pins() {
	discard_new
	[ ! -d "$PIN" ] || mv -T -- "$PIN" "$new"
	discard_new
}

# attached_elsewhere: bpftool shows the attachments of this network namespace alone. Once there are none
# left, a program of ours that outlives its pin is attached in another one. It gets the pin back.
attached_elsewhere() {
	local id tries
	mv -T -- "$PIN" "$new"
	rm -- "$new/xdp_dilih"
	for ((tries = 0; tries < 100; tries++)); do # the kernel takes its time to let go
		id=$(bpftool -j prog show | jq "last(.[] | select(any(.map_ids[]?; . == $control_id)).id) // empty")
		[ -n "$id" ] || return 1
		sleep 0.02
	done
	bpftool prog pin id "$id" "$new/xdp_dilih"
	chmod 0600 "$new/xdp_dilih"
	mv -T -- "$new" "$PIN"
}

# discard_new: what a killed make has left.
discard_new() {
	[ ! -d "$new" ] || rm -r -- "$new"
}
