# shellcheck shell=bash disable=SC2016 # jq expands what is in single quotes
# SPDX-License-Identifier: MIT
# What a run has to say of its faults, from the JSON of dilih-reader: when they have come into force and when they are
# over; and what was asserted of that.

# announce BEGAN: what is in force.
announce() {
	local text
	text=$(jq -r '"\([.rules[] | select(.guard | not).text] | join("; ")) on \([.devices[].name] | join(", ")), " +
		"seed \(.seed)" + if .shadow then " (shadow: nothing is dropped)" else "" end' <<<"$1")
	warn "$text"
}

# The counts that can be asserted: of both directions, and of all faults together.
counts=(entered passed dropped queue_dropped fq_dropped delayed duplicated matched)
counts_filter='def both(of): of + ((.out // {}) | of // 0);
	{ entered: both(.packets.entered), passed: both(.packets.passed), dropped: both(.packets.dropped),
	queue_dropped: both(.packets.queue_dropped), fq_dropped, delayed: both(.delayed), duplicated: both(.duplicated),
	matched: ([.rules[] | select(.guard | not).matched] | add // 0) }'

# tell BEGAN ENDED: what became of the packets; an error if a device has lost its program.
tell() {
	local text line gone
	[ -n "$2" ] || return 0
	text=$(jq -r "$counts_filter"' as $counts |
		"of \($counts.entered) packets dropped \($counts.dropped)" +
		([$counts | to_entries[] | select(IN(.key; "queue_dropped", "fq_dropped", "delayed", "duplicated") and .value > 0) |
			", \(.key) \(.value)"] | add // ""),
		(.rules[] | select(.guard | not) | "  \(.text): matched \(.matched), dropped \(.dropped)")' <<<"$2")
	while IFS= read -r line; do warn "$line"; done <<<"$text"
	gone=$(jq -rn --argjson began "$1" --argjson ended "$2" \
		'[$began.devices[].name] - [$ended.devices[].name] | join(", ")')
	[ -z "$gone" ] && return
	warn "not attached to $gone any more: its packets were spared since then"
	return 1
}

# need_asserts TEXT: one or more, with ; between.
need_asserts() {
	each_assert "$1" need_name
}

# need_name NAME OPERATOR NUMBER
need_name() {
	[[ " ${counts[*]} " = *" $1 "* ]] || code=1 die "$(named ASSERT "$1$2$3"): there is no count $1, but there are ${counts[*]}"
}

# each_assert TEXT COMMAND...: with the name, the operator and the number of each.
each_assert() {
	local list assert
	IFS=';' read -ra list <<<"$1"
	for assert in "${list[@]}"; do
		[[ $assert =~ ^[[:space:]]*([a-z_]+)[[:space:]]*(>=|<=|==|!=|>|<)[[:space:]]*(0|[1-9][0-9]{0,17})[[:space:]]*$ ]] ||
			code=1 die "$(named ASSERT "$assert"): is a count, one of >= <= > < == != and a number, as dropped>=1"
		"${@:2}" "${BASH_REMATCH[@]:1}"
	done
}

# check_asserts TEXT ENDED: an error if one is not true.
check_asserts() {
	local counted='{}' wrong=''
	[ -z "$2" ] || counted=$(jq -c "$counts_filter" <<<"$2")
	each_assert "$1" check_assert
	[ -z "$wrong" ]
}

# check_assert NAME OPERATOR NUMBER: sets wrong. What is not known is not true.
check_assert() {
	local count
	count=$(jq -r ".$1 // \"not known\"" <<<"$counted")
	if [ "$count" = 'not known' ] || ! (("$count $2 $3")); then
		warn "$1 is $count, and not $2$3"
		wrong=yes
	fi
}
