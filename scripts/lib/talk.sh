# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How the scripts speak, and how what they speak of is called here: people talk to make in the tree, and to dilih
# where there is only what `make install` has written.

# Beside what is installed is the list of it.
installed=''
[ ! -e "${BASH_SOURCE[0]%/*}/../../installed" ] || installed=yes

# say TEXT...: without control characters, which a name that somebody else chose may have in it.
say() {
	local text=$*
	printf '%s\n' "${text//[$'\001'-$'\010'$'\013'-$'\037'$'\177']/?}"
}

warn() {
	say "dilih: $*" >&2
}

# show_command COMMAND: that is about to be run. It goes to the standard error, because scripts read what a verb says.
show_command() {
	[ -n "$installed" ] && [ -z "${VERBOSE-}" ] || printf '%s\n' "$1" >&2
}

# code=N die TEXT...: N is an exit status of dilih-reader's: 1 usage, 2 failed (which it is if not given),
# 3 nothing loaded, 4 not permitted, 5 busy.
die() {
	warn "$*"
	exit "${code:-2}"
}

# how VERB [NAME=VALUE]...: the command that does this, as people here give it. Those of up begin with DEV.
how() {
	local verb=$1 command setting
	shift
	if [ -n "$installed" ]; then
		command="dilih ${verb/#clean/down}"
	elif [ "$verb" = up ]; then
		command="$1 make"
		shift
	else
		command="make $verb"
	fi
	for setting; do
		case $installed$setting in
		yesDEV=*) command+=" ${setting#*=}" ;;
		yesFAULT=*) command+=" '${setting#*=}'" ;;
		*) command+=" $(named "${setting%%=*}" "${setting#*=}")" ;;
		esac
	done
	say "$command"
}

# named NAME [VALUE]: a setting, as people here give it.
named() {
	local value=${2-}
	[[ $value != *[[:space:]]* ]] || value="'$value'"
	if [ -n "$installed" ]; then
		say "$(option "$1")${value:+ $value}"
	else
		say "$1=$value"
	fi
}

# front: whom people here talk to.
front() {
	if [ -n "$installed" ]; then say dilih; else say make; fi
}

# option NAME: that of dilih for this setting.
option() {
	local name=${1,,}
	say "--${name//_/-}"
}
