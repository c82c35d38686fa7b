# shellcheck shell=bash disable=SC2154 # reader is from dilih
# SPDX-License-Identifier: MIT
# The help of dilih, from the lists of its verbs, their settings and the exit codes.

# show_help [VERB]
show_help() {
	[ $# != 0 ] || {
		show_overview
		return
	}
	local words
	case $1 in
	watch) "$reader" --help ;;
	plan | predict) "$reader" "$1" --help ;;
	*)
		[[ $'\n'$(verbs)$'\n' = *$'\n'$1$'\n'* ]] || no_such_verb "$1"
		words=$(words_of "$1")
		say "dilih $1${words:+ $words}"
		say ""
		say "$(each_verb meaning_if "$1")"
		say ""
		each_setting explain "$1"
		;;
	esac
}

show_overview() {
	say "dilih: drop it like it's hot. Loses or delays what arrives or leaves."
	say ""
	each_verb explain_verb
	say ""
	say "For example:"
	say "  dilih up eth0 'drop 1% burst 4 udp; drop 5% of flows tcp' --for 10m --seed 42"
	say "  dilih run 'drop 1%; drop 5% out' --for 5m --assert 'dropped>0' -- ./test.sh"
	say ""
	say "Exit:"
	sed 's/|/ /' "${BASH_SOURCE[0]%/*}/exits" | xargs | fold -sw 76 | sed 's/^/  /'
}

explain_verb() {
	printf '  dilih %-23s %s\n' "$1${2:+ $2}" "$3"
}

# meaning_if VERB NAME WORDS MEANING
meaning_if() {
	[ "$1" != "$2" ] || say "$4"
}

# explain VERB NAME DEFAULT VERBS MEANING: the option, if the verb takes it.
explain() {
	local default=${3#-}
	[[ " $4 " != *" $1 "* ]] || printf '  %-15s %s%s\n' "$(option "$2")" "${5#1: }" "${default:+ ($default)}"
}
