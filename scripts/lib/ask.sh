# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How bpftool and tc are asked. What they could not answer is an error and not a "no": nothing is taken for
# gone because it could not be seen.

# What to say before a command to have it look elsewhere, and where that is, for people.
inside=() where=''

# everywhere COMMAND...: here, and in each network namespace that has a name, or a mark and a process; where says in
# which.
# shellcheck disable=SC2034 # where is for the command
everywhere() {
	local others=() file opened
	inside=() where=''
	find_others
	"$@"
	for file in "${others[@]}"; do
		{ exec {opened}<"$file"; } 2>/dev/null || continue # it is gone, as its process is
		inside=(nsenter --net="/proc/self/fd/$opened" --)
		where=" in ${file##*/}"
		[[ $file != /proc/* ]] || where=" in the network namespace of process $(cut -d/ -f3 <<<"$file")"
		"$@"
		inside=()
		exec {opened}<&-
	done
}

own_namespace=$(stat -Lc %i /proc/self/ns/net)

# find_others: sets others to a file for each of them, that of its name before that of a process. A mark is
# PIN/netns-NUMBER, where up has attached: without one, namespaces that any user can make would all have to be asked.
# Mostly there is none, and then nothing is started to find that out: it would take 70 ms.
find_others() {
	local mark marks='' files=(/run/netns/*)
	for mark in "$PIN"/netns-*; do
		[[ $mark = *-"$own_namespace" || ! -d $mark ]] || marks+=" ${mark##*-} "
	done
	[ -z "$marks" ] || files+=(/proc/*/ns/net)
	[ -e "${files[0]}" ] || [ -n "$marks" ] || return 0
	mapfile -t others < <(stat -Lc '%d %i %n' /proc/self/ns/net "${files[@]}" 2>/dev/null |
		awk -v marks="$marks" 'NR == 1 { nsfs = $1 } $1 == nsfs && !seen[$2]++ && NR > 1 {
			if ($3 !~ "^/proc/" || index(marks, " " $2 " ")) print substr($0, index($0, "/")) }')
}

# ask FILTER WORDS...: what jq's FILTER makes of what bpftool answers.
ask() {
	ask_of "$1" bpftool -j "${@:2}"
}

ask_tc() {
	ask_of "$1" tc -j "${@:2}"
}

ask_of() {
	local said
	said=$(hear "${@:2}")
	understand 1 ".[] | ($1)" "${*:2}" "$said"
}

# hear COMMAND...: what it says.
hear() {
	local said
	said=$("${inside[@]}" "$@" 2>/dev/null) || refuse_answer "$*" "$said"
	json "$said"
}

# json TEXT: with the control characters escaped that a device may have in its name. ip, tc and bpftool leave these as
# they are, and then it is no JSON.
json() {
	local text=$1 number character escaped
	if [[ $text = *[$'\001'-$'\010'$'\016'-$'\037']* ]]; then
		for number in {1..8} {14..31}; do
			printf -v escaped '\\u%04x' "$number"
			printf -v character %b "$escaped"
			text=${text//"$character"/"$escaped"}
		done
	fi
	printf '%s\n' "$text"
}

# understand COUNT FILTER NAME SAID: what FILTER makes of the list of so many answers. One jq finds out whether
# they are answers, which an error is not, and what is in them: it takes 15 ms to start.
understand() {
	jq -sr "map(if (.[0]?.command?) // false then .[].output else . end) |
		if length == $1 and all(.. | objects; has(\"error\") | not) then . else error end | $2" \
		<<<"$4" 2>/dev/null || refuse_answer "$3" "$4"
}

# refuse_answer NAME SAID
refuse_answer() {
	local why
	why=$(jq -r 'first(.. | objects | .error // empty)' <<<"$2" 2>/dev/null) || why=
	die "$1: ${why:-it gives no answer that can be read}"
}
