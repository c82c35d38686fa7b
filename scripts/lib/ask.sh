# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How bpftool is asked, and told. What it could not answer is an error and not a "no": nothing is taken for
# gone because it could not be seen.

# What to say before bpftool to have it look elsewhere.
inside=()

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
	local answer
	if ! answer=$("${inside[@]}" bpftool -j "$@" 2>/dev/null) || [[ $answer = *'"error":'* ]]; then
		code=$(refusal_code) die "bpftool $*: $(jq -r '[.. | objects | .error // empty][0]' <<<"$answer")$(missing_rights)"
	fi
	printf '%s\n' "$answer"
}

# order WORDS...: what bpftool is to do.
order() {
	local said
	said=$("${inside[@]}" bpftool "$@" 2>&1) ||
		code=$(refusal_code) die "bpftool $*: $(sed -n 's/^libbpf: Kernel error message: //p; s/^Error: //p' <<<"$said" | xargs -d '\n')$(missing_rights)"
}

# missing_rights: which of the capabilities that all this takes are missing, or nothing.
missing_rights() {
	local lacking
	lacking=$(lacking_capabilities)
	[ -z "$lacking" ] || printf '. This root lacks %s' "$lacking"
}

refusal_code() {
	[ -z "$(lacking_capabilities)" ] && echo 2 || echo 4
}

lacking_capabilities() {
	local name value capability effective=0 lacking=()
	while read -r name value; do
		[ "$name" != CapEff: ] || effective=$((16#$value))
	done </proc/self/status
	for capability in 12:CAP_NET_ADMIN 21:CAP_SYS_ADMIN 38:CAP_PERFMON 39:CAP_BPF; do
		((effective >> ${capability%:*} & 1)) || lacking+=("${capability#*:}")
	done
	read -r _ _ value </proc/self/uid_map
	[ "$value" = 4294967295 ] || lacking+=("the rights of the host's root: it is one of a user namespace")
	printf '%s' "${lacking[*]}"
}
