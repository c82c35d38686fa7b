# shellcheck shell=bash disable=SC2154 # given and installed are from lib.sh and talk.sh
# SPDX-License-Identifier: MIT
# Carries out what dilih-reader plans: it is asked for steps until there are none left. Each is shown and run. If one
# fails, or a signal comes, the next steps are to undo what was done. reader/plan/encode.go says how steps are written.

# carry_out VERB [OPTION...]: sets there to the words that have a command run where the devices are, and where to a text.
carry_out() {
	local verb=$1 options=("${@:2}" --pin="$PIN") name option
	for name in DEV FAULT FAULT_FILE SEED SHADOW GUARD MODE GROUP EVENTS_GROUP SEGMENTATION EVENTS SNAPLEN; do
		option=--${name,,}
		[[ " ${given[*]} " != *" $name "* || -z ${!name+given} ]] || options+=("${option//_/-}=${!name}")
	done
	[ -z "$for_given" ] || options+=(--for="$for_given")
	[ -z "$installed" ] || options+=(--installed)
	[ "$DRY_RUN" != 1 ] || options+=(--dry-run)
	trap 'cut_off 130' INT
	trap 'cut_off 143' TERM HUP
	go_on
}

state='' answer=() there=() where=''

go_on() {
	local fields at index round
	for ((round = 0; round < 1000; round++)); do
		mapfile -d '' fields < <(exec ./dilih-reader next "${options[@]}" "${answer[@]}" "$verb" <<<"$state")
		state=${fields[0]-} answer=() at=1 index=0
		while [[ ${fields[at]-} = @(say|warn|step) ]]; do
			"take_${fields[at]}" || continue 2
		done
		case ${fields[at]-} in
		more) [ "$DRY_RUN" != 1 ] || exit 0 ;;
		done)
			local inside=() said=''
			where=${fields[at + 3]}
			[ -z "$where" ] || enter "${fields[@]:at+1:2}" || where=''
			there=("${inside[@]}")
			return
			;;
		fail)
			[ -z "${fields[at + 2]}" ] || warn "${fields[at + 2]}"
			exit "${fields[at + 1]}"
			;;
		*) die "dilih-reader cannot plan: $verb" ;;
		esac
	done
	die "$verb does not come to an end"
}

# cut_off STATUS: by a signal.
cut_off() {
	trap '' INT TERM HUP
	answer=(--undo)
	[ -z "$state" ] || go_on
	exit "$1"
}

take_say() {
	say "${fields[at + 1]}"
	at=$((at + 2))
}

take_warn() {
	warn "${fields[at + 1]}"
	at=$((at + 2))
}

# take_step: an error if it fails, and then answer says so.
take_step() {
	local step=("${fields[@]:at+1:9}") inside=() said=''
	local argv=("${fields[@]:at+10:step[8]}")
	if [ "$DRY_RUN" = 1 ]; then
		say "${step[3]}"
		show_text
		at=$((at + 10 + ${#argv[@]}))
		return
	fi
	show_command "${step[3]}"
	show_text >&2
	[ -z "${step[4]}" ] || say "${step[4]}"
	if { [ -n "${step[0]}" ] && ! enter "${step[@]::2}"; } || ! said=$(exec "${inside[@]}" "${argv[@]}" <<<"${step[7]}" 2>&1); then
		if [ "${step[2]}" != optional ]; then
			answer=(--failed="$index" --said="$said")
			return 1
		fi
	fi
	[ -z "${step[5]}" ] || say "${step[5]}"
	[ -z "${step[6]}" ] || warn "${step[6]}"
	at=$((at + 10 + ${#argv[@]})) index=$((index + 1))
}

# show_text: of a batch.
show_text() {
	[ "${VERBOSE-}" != 2 ] || [ -z "${step[7]}" ] || say "${step[7]}"
}

declare -A opened=() # network namespaces, by inode

# enter NAMESPACE PATH: sets inside to the words that have a command run there. The path may lead elsewhere by now.
enter() {
	local file
	if [ -z "${opened[$1]-}" ]; then
		{ exec {file}<"$2"; } 2>/dev/null || said="$2: it is gone"
		[ -z "$said" ] && [ "$(stat -Lc %i "/proc/self/fd/$file")" = "$1" ] || return 1
		opened[$1]=$file
	fi
	inside=(nsenter --net="/proc/self/fd/${opened[$1]}" --)
}

# tell: what is true now, from the kernel, and what can be done about it.
tell() {
	local told
	told=$(exec "${there[@]}" ./dilih-reader --pin "$PIN" --format summary --count 0) ||
		die "cannot look at what is active at $PIN"
	[ -z "$where" ] || say "this is $where:"
	say "$told"
}
