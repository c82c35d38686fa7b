# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The pins of dilih: how they come and go, and who may look at them.
. scripts/lib/bpffs.sh
. scripts/lib/ask.sh
. scripts/lib/attach-xdp.sh
. scripts/lib/attach-tc.sh
. scripts/lib/queue.sh

# Where pins are prepared before one rename puts them in place, and where those go that others replace.
new=$PIN-new
old=$PIN-old

# Those that GROUP may look at, and those that are for root alone: anybody who can open a program can run it, and
# send packets into this host. Between them are output_map and the directory events, which is the readers' lock.
watched=(control sets rules rule_counters totals)
programs=(xdp_dilih xdp_dilih_l3 tc_out tc_out_l3 tc_in tc_in_l3)
private=("${programs[@]}" tc_queue tc_duplicate cpus sequences flows clocks)

# take_pins: from now on nobody else changes the pins, what others have put in their places is aside, what a
# killed make has left is in order, and control_ids are the ids of our control maps: one, or none when PIN is
# not there.
take_pins() {
	need_safe_way
	need_writable
	lock_pins
	set_aside "$PIN" "$new" "$old"
	discard_old
	discard_new
	inspect_pins
}

# inspect_pins: sets control_ids, and loaded_abi and events_usable. What root has put at PIN and is not ours is an error.
inspect_pins() {
	local found program
	control_ids=
	if ! is_roots "$PIN"; then
		[ "$(stat -c %u -- "$PIN" 2>/dev/null)" = 0 ] || return 0 # nothing, or a stranger's that goes when we need the name
		die "$PIN is a file: $(pinned_file). dilih pins a directory there:" \
			"remove the file (rm $PIN) if nobody needs it, or choose another $(named PIN)"
	fi
	program=$(first_program "$PIN")
	found=$(what_is_loaded "$program")
	[ -n "$found" ] ||
		die "$PIN is a directory, but without the pins of dilih: choose another $(named PIN), or give that directory another name"
	# shellcheck disable=SC2034 # for up
	read -r control_ids loaded_abi events_usable <<<"$found"
}

# what_is_loaded PROGRAM: of a dilih that is pinned at PIN, with this program: the id of its control map, its ABI, and
# whether its event map is usable: the one that the program reports to, and nobody has frozen it; or nothing.
what_is_loaded() {
	local events said
	[ -n "$1" ] && [ -e "$PIN/control" ] || return 0
	events=$(bpftool -j map show pinned "$PIN/output_map" 2>/dev/null) || events=null # it may be anything, or nothing
	said=$(hear_all "map show pinned $PIN/control" "prog show pinned $1" "map dump pinned $PIN/control")$events
	# shellcheck disable=SC2016 # of jq
	understand 4 '. as [$control, $program, $entries, $events] |
		select($control.name == "control" and any($program.map_ids[]?; . == $control.id)) |
		"\($control.id) \(first(($entries[0].formatted.value.abi)?, null)) " +
		"\($events.frozen? == 0 and any($program.map_ids[]; . == $events.id))"' \
		"bpftool -j map show, map dump pinned $PIN/control, prog show pinned $1" "$said"
}

# control_of DIR: the id of the control map that is pinned there, or nothing.
control_of() {
	[ ! -e "$1/control" ] || ask 'select(.name == "control").id' map show pinned "$1/control"
}

# first_program DIR: the pin of the first of our programs that is there, or nothing.
first_program() {
	local name
	for name in "${programs[@]}"; do
		if [ -e "$1/$name" ]; then
			say "$1/$name"
			return
		fi
	done
}

# program_ids DIR: NAME=ID of the programs that are pinned there, a line each. The very words are looked for: that needs
# no jq.
program_ids() {
	local said name
	said=$(hear_all "${programs[@]/#/prog show pinned $1/}")
	for name in "${programs[@]}"; do
		[[ $said =~ '"id":'([0-9]+)',"type":"'[a-z_]+'","name":"'"$name"'"' ]] ||
			refuse_answer "bpftool -j prog show pinned $1/$name" "$said"
		say "$name=${BASH_REMATCH[1]}"
	done
}

pinned_file() {
	bpftool -j prog show pinned "$PIN" 2>/dev/null |
		jq -er '"the pin of program \(.name), id \(.id)"' 2>/dev/null || say "no program's pin"
}

# same_abi: what is loaded says of which ABI it is, and so does what is built here.
same_abi() {
	[[ $loaded_abi = +([0-9]) ]] || die "cannot read of which ABI $PIN/control is"
	built_abi=$(./dilih-reader --version) || die "cannot run $PWD/dilih-reader"
	built_abi=${built_abi##* }
	[ "$loaded_abi" = "$built_abi" ]
}

# need_all_pins: the maps that were pinned at PIN must still be there.
need_all_pins() {
	local name
	for name in "${watched[@]}" output_map events cpus sequences flows clocks; do
		[ -e "$PIN/$name" ] || die "$PIN is not complete: $name is missing. End it ($(how clean)), and load it again"
	done
}

# pin_new_events: the event map that the program in $new has for itself.
pin_new_events() {
	local used id
	used=$(ask '.map_ids | tojson' prog show pinned "$new/xdp_dilih")
	id=$(ask "first(.[] | select(.name == \"output_map\" and IN(.id; ${used}[])).id)" map show)
	order map pin id "$id" "$new/output_map"
}

# share_pins DIR: those in GROUP may watch, and those in EVENTS_GROUP read events as well. Nobody who may
# is shut out meanwhile, and the directory comes last.
share_pins() {
	local closed=("${private[@]}")
	[ -n "${EVENTS_GROUP-}" ] || closed+=(output_map events)
	chmod u=rwX,go= "${closed[@]/#/$1/}"
	chgrp -- "${EVENTS_GROUP:-0}" "$1/output_map" "$1/events"
	if [ -n "${EVENTS_GROUP-}" ]; then
		chmod 0660 "$1/output_map"
		chmod 0750 "$1/events"
	fi
	chgrp -- "${GROUP:-0}" "${watched[@]/#/$1/}" "$1"
	chmod u=rwX,g=rX,o= "${watched[@]/#/$1/}" "$1"
}

# need_right_to_share: who is not in a group gives it a file only with this right.
need_right_to_share() {
	if watched_by_others || [ -n "${EVENTS_GROUP-}" ]; then need_rights CAP_CHOWN; fi
}

# keep_groups DIR: who may watch may go on, unless the settings say something else.
keep_groups() {
	[ -n "$GROUP" ] || GROUP=$(stat -c %g "$1")
	[ "${EVENTS_GROUP+given}" ] || [ ! -d "$1/events" ] ||
		EVENTS_GROUP=$(stat -c '%a %g' "$1/events" | sed -n 's/^750 //p')
}

# keep_to_looking: those in GROUP must not be able to change what they look at. The kernel lets a user who has a map
# open for reading pin it again, where that user may pin, and open that pin for writing; and put it into a program,
# where any user may load one.
keep_to_looking() {
	local mounts open
	watched_by_others || return 0
	close_bpffs "members of $(named GROUP "$GROUP") could pin maps in $bpffs and change them"
	mounts=$(findmnt -lno TARGET -t bpf) || die "cannot see which bpf file systems there are"
	mapfile -t mounts <<<"$mounts"
	open=$(find "${mounts[@]}" -xdev -type d \( -perm /022 -o ! -uid 0 \) -print -quit) ||
		die "cannot see who may write to the bpf file systems: ${mounts[*]}"
	[ -z "$open" ] || warn "members of $(named GROUP "$GROUP") could pin maps in $open and change them:" \
		"give it to root alone (chown root, chmod go-w)"
	[ "$(cat /proc/sys/kernel/unprivileged_bpf_disabled)" != 0 ] || warn "members of $(named GROUP "$GROUP") could change maps" \
		"by programs, which any user may load here: sysctl kernel.unprivileged_bpf_disabled=2 ends that"
}

watched_by_others() {
	[[ $GROUP != @(|0|root) ]]
}

# Where systemd has mounted the bpffs nobody but root can get at what is in it.
warn_of_closed_bpffs() {
	! watched_by_others || [[ $(stat -c %A "$bpffs") = *[xt] ]] ||
		warn "$bpffs is closed to all but root; to let $GROUP through: chmod o+x $bpffs"
}

# remove_pins: PIN is there as a whole or not at all, whenever this is killed. It is there again afterwards if
# its program is attached in another network namespace; elsewhere is its id then.
remove_pins() {
	take_name "$new" mv -T -- "$PIN"
	discard_new
}

# discard_new: what a make that was cut off has left in the new directory, or what remove_pins has put there.
discard_new() {
	is_roots "$new" || return 0 # not a bare return: in a trap that is the status from before
	need_ours "$new"
	if [ ! -e "$new/control" ]; then
		rm -r -- "$new" # a program on the maps in PIN, at most
	else
		! is_roots "$PIN" || hand_back
		retire "$new"
		[ -z "$elsewhere" ] || take_name "$PIN" mv -T -- "$new"
	fi
}

# hand_back: the programs in the new directory were to take over from those of another ABI, and were cut off.
# The devices that they have already go back to those.
hand_back() {
	local device mode side ours filters
	control_ids=$(control_of "$new") || exit
	ours=$(our_attachments)
	while read -r device mode _; do
		[ -z "$device" ] || order net attach "$mode" pinned "$PIN/$(entry_at "$device")" dev "$device" overwrite
	done <<<"$ours"
	filters=$(our_filters)
	control_ids+=,$(control_of "$PIN")
	while read -r device side _; do
		if [ -z "$device" ]; then continue; fi
		if [ -e "$PIN/${program_at[$side]}" ]; then attach_tc "$PIN" "$device" "$side"; else detach_tc "$device" "$side"; fi
	done <<<"$filters"
}

# discard_old: the pins of another ABI, once those that take over from them are at PIN. Where its programs are still at
# tc, no fault in force asks for one.
discard_old() {
	local control_ids
	is_roots "$old" || return 0
	need_ours "$old"
	if ! is_roots "$PIN" && is_roots "$new"; then take_name "$PIN" mv -T -- "$new"; fi
	keep_marks
	control_ids=$(control_of "$old")
	everywhere detach_filters
	retire "$old"
	[ -z "$elsewhere" ] || warn "the program before this one, id $elsewhere, is still attached in another network" \
		"namespace: its pins are in $old until the next $(front) there"
}

# keep_marks: what was changed at a device, and where one is, stays marked, whatever is pinned beside the marks.
keep_marks() {
	local mark
	for mark in "$old"/{clsact,segments,netns}-*; do
		[ ! -d "$mark" ] || mv -T -- "$mark" "$PIN/${mark##*/}"
	done
}

# need_ours DIR: root may have a directory of that name for something else.
need_ours() {
	local pin
	for pin in "$1"/*; do
		[[ " ${watched[*]} output_map events ${private[*]} " = *" ${pin##*/} "* || $pin = */@(clsact|segments|netns)-* ]] || [ ! -e "$pin" ] ||
			die "$1 is not of dilih: it has ${pin##*/} in it. Give it another name, or choose another $(named PIN)"
	done
}

# retire DIR: removes the pins there. bpftool shows the attachments of this network namespace alone; when there
# are none left, a program that outlives its pin is attached in another one. It gets its pin back, and elsewhere
# is its id. The next make, after a kill, finds it by its control map.
retire() {
	local control tries alive id name
	control=$(control_of "$1") || exit
	[ -n "$control" ] || die "$1/control is not dilih's"
	rm -f -- "${programs[@]/#/$1/}"
	for ((tries = 0; tries < 100; tries++)); do # the kernel takes its time to let go
		alive=$(newest_programs "$control") || exit
		[ -n "$alive" ] || break
		sleep 0.02
	done
	elsewhere=
	while read -r id name; do
		[ -n "$id" ] || continue
		order prog pin id "$id" "$1/$name"
		chmod 0600 "$1/$name"
		elsewhere+=${elsewhere:+ and }$id
	done <<<"$alive"
	[ -n "$elsewhere" ] || rm -r -- "$1"
}

# newest_programs CONTROL: id and name of the newest program of each name that uses the control map.
newest_programs() {
	ask "map(select(any(.map_ids[]?; . == $1))) | group_by(.name)[] | max_by(.id) | \"\(.id) \(.name)\"" prog show
}
