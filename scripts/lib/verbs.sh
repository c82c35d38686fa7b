# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The verbs of dilih, of which there is one list: with what may come after each of them, and what it does.

verbs_list=${BASH_SOURCE[0]%.sh}

# each_verb COMMAND...: with the name, the words and the meaning of each verb.
each_verb() {
	local name words meaning
	while IFS='|' read -r name words meaning; do
		"$@" "$name" "$words" "$meaning"
	done <"$verbs_list"
}

# verbs: their names, a line each.
verbs() {
	cut -d'|' -f1 "$verbs_list"
}

# words_of VERB: what may come after it, with brackets around what may be left out.
words_of() {
	sed -n "s/^$1|\([^|]*\)|.*/\1/p" "$verbs_list"
}

# names_of VERB: of the settings that it takes, a line each.
names_of() {
	each_setting name_if_taken "$1"
}

# name_if_taken VERB NAME DEFAULT VERBS ...
name_if_taken() {
	[[ " $4 " != *" $1 "* ]] || say "$2"
}

# is_switch NAME: such a setting is 1 or nothing, and its option takes no value.
is_switch() {
	# shellcheck disable=SC2154 # from settings.sh
	grep -q "^$1|[^|]*|[^|]*|1: " "$settings_list"
}
