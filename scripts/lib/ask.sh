# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How bpftool and tc are asked, and told. What they could not answer is an error and not a "no": nothing is taken for
# gone because it could not be seen.

# What to say before a command to have it look elsewhere, and where that is, for people.
inside=() where=''

# everywhere COMMAND...: here, and in each network namespace that has a name; where says in which.
# shellcheck disable=SC2034 # where is for the command
everywhere() {
	local file
	where=''
	"$@"
	for file in /run/netns/*; do
		if [ "$(stat -f -c %T -- "$file" 2>/dev/null)" = nsfs ] && [ ! "$file" -ef /proc/self/ns/net ]; then
			where=" in ${file##*/}"
			inside=(nsenter --net="$file" --)
			"$@"
			inside=()
		fi
	done
}

# ask WORDS...: what bpftool answers, in JSON.
ask() {
	answer bpftool -j "$@"
}

ask_tc() {
	answer tc -j "$@"
}

answer() {
	local answer why
	if ! answer=$("${inside[@]}" "$@" 2>/dev/null) || ! is_answer <<<"$answer"; then
		why=$(jq -r 'first(.. | objects | .error // empty)' <<<"$answer" 2>/dev/null) || why=
		die "$*: ${why:-it gives no answer that can be read}"
	fi
	printf '%s\n' "$answer"
}

# is_answer: one value in JSON, and no error.
is_answer() {
	jq -se 'length == 1 and all(.. | objects; has("error") | not)' >/dev/null 2>&1
}

# order WORDS...: what bpftool is to do.
order() {
	obey bpftool "$@"
}

order_tc() {
	obey tc "$@"
}

obey() {
	local said
	said=$("${inside[@]}" "$@" 2>&1) || die "$*: $(reason <<<"$said")"
}

# reason: why it failed, from what it said.
reason() {
	local why
	why=$(sed -n 's/^libbpf: Kernel error message: //p; s/^Error: //p; s/^RTNETLINK answers: //p' | xargs -d '\n')
	say "${why:-it failed, and does not say why}"
}
