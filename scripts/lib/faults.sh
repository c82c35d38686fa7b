# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The faults in force: planned by dilih-reader, put in force by bpftool, and told as they are.

need_one_fault() {
	[ -z "$FAULT" ] || [ -z "$FAULT_FILE" ] || code=1 die "faults and $(named FAULT_FILE "$FAULT_FILE") are both given: give one"
	[ -z "$FAULT_FILE" ] || [ -r "$FAULT_FILE" ] || code=1 die "$(named FAULT_FILE "$FAULT_FILE"): cannot read it"
}

# need_fault_for NAME...: settings that are part of the faults cannot be changed by themselves.
need_fault_for() {
	local name
	[ -z "$FAULT$FAULT_FILE" ] || return 0
	for name; do
		[ -z "${!name}" ] || code=1 die "$(named "$name" "${!name}") needs faults: give some as well"
	done
}

# The programs that were just loaded, and are to decide: NAME=ID of each.
loaded=()

# plan DIR: the bpftool batch that puts the faults in force in the maps pinned in DIR.
plan() {
	local options=(--pin "$1" --for "$FOR" "${loaded[@]/#/--program=}") guard spared
	spared=$(guards)
	[[ $SEED = @(|0|[1-9]*([0-9])) ]] || code=1 die "$(named SEED "$SEED"): must be a decimal number from 0 to 2^64-1, without a 0 in front"
	[ -z "$SEED" ] || options+=(--seed "$SEED")
	[[ $SEGMENTATION = @(|off) ]] || code=1 die "$(named SEGMENTATION "$SEGMENTATION"): must be off, or not given"
	[[ $SHADOW = @(|0|1) ]] || code=1 die "$(named SHADOW "$SHADOW"): must be 1 or 0"
	[ "$SHADOW" != 1 ] || options+=(--shadow)
	[ -z "$EVENTS" ] || options+=(--events "$EVENTS")
	[ -z "$SNAPLEN" ] || options+=(--snaplen "$SNAPLEN")
	while read -r guard; do
		[ -z "$guard" ] || options+=(--guard "$guard")
	done <<<"$spared"
	if [ -n "$FAULT_FILE" ]; then
		./dilih-reader plan "${options[@]}" --file "$FAULT_FILE"
	else
		./dilih-reader plan "${options[@]}" -- "$FAULT"
	fi
}

# hooks_of BATCH: what its faults ask for: in or in-queue, and out or out-queue.
hooks_of() {
	[[ $'\n'$1 =~ $'\n# hooks: '([^$'\n']*) ]]
	say "${BASH_REMATCH[1]}"
}

# asks BATCH HOOK
asks() {
	[[ " $(hooks_of "$1") " = *" $2 "* ]]
}

# give_what_is_asked DIR BATCH: all hooks that its faults ask for, from the programs in DIR. What XDP has decided without
# a mark must have gone by before tc_in is there, which would decide about it again.
give_what_is_asked() {
	local pin=$PIN
	[ "$(hooks_of "$2")" != in ] || return 0
	[ ! -e "$1/control" ] || pin=$1
	! asks "$2" in-queue || shift_to "$pin" --mark
	everywhere give_hooks "$1" "$2"
}

# plan_surplus BATCH: sets surplus to what has to be done once the faults of the batch are in force. It is asked
# before, as nothing that can fail should come after.
# shellcheck disable=SC2034 # for fault and up
plan_surplus() {
	local kept
	kept=$(hooks_of "$1")
	surplus=:
	# shellcheck disable=SC2086 # words
	if [[ $1 = *$'\n# marks: to be ended\n'* ]] || is_surplus $kept; then
		surplus="withdraw $kept"
	fi
}

# shift_to DIR --mark|--settle|--unmark: a step in where XDP and tc decide about incoming packets by the maps pinned in
# DIR. No packet is between the two afterwards that was on its way there before.
shift_to() {
	local batch
	batch=$(./dilih-reader plan --pin "$1" "$2")
	[[ $batch = *'map update'* ]] || return 0 # so it is already
	put_in_force "$batch"
	need_in_force "$batch"
	sleep 0.02
}

# restore_hooks: from the programs that are still pinned, those that the faults in force ask for.
restore_hooks() {
	local batch
	if [ -e "$PIN/tc_out" ]; then
		batch=$(./dilih-reader plan --pin "$PIN") || exit
		give_what_is_asked "$PIN" "$batch"
		# shellcheck disable=SC2046 # words
		withdraw $(hooks_of "$batch")
	else
		everywhere take_hooks_away
	fi
}

# put_in_force BATCH
put_in_force() {
	order batch file - <<<"$1"
}

# need_in_force BATCH: its last line is the one by which all of it counts, and so what the kernel has to show. The very
# words are looked for: that needs no jq.
need_in_force() {
	local said bytes
	[[ $1 =~ map\ update\ (pinned\ [^ ]+\ key\ hex\ [0-9a-f ]+)\ value\ hex\ ([0-9a-f ]+)$ ]]
	bytes=${BASH_REMATCH[2]}
	# shellcheck disable=SC2086 # words
	said=$(hear bpftool -j map lookup ${BASH_REMATCH[1]})
	[[ $said != *"\"value\":[\"0x${bytes// /\",\"0x}\"]"* ]] || return 0
	understand 1 empty "bpftool -j map lookup ${BASH_REMATCH[1]}" "$said"
	die "bpftool says that it has put the faults in force, and it has not"
}

# tell: what is true now, from the kernel, and what can be done about it.
tell() {
	local told
	told=$(summarize)
	[[ $told != *' is on no interface, '* ]] || everywhere look_there
	say "$told"
}

# look_there: what is told is of the last place where there are devices.
look_there() {
	local ours
	[ -n "$where" ] || return 0
	ours=$(our_attachments)
	[ -z "$ours" ] || told="this is$where:"$'\n'$(summarize)
}

summarize() {
	# shellcheck disable=SC2154 # from ask.sh
	"${inside[@]}" ./dilih-reader --pin "$PIN" --format summary --count 1 --interval 10ms ||
		die "cannot look at what is in force at $PIN"
}
