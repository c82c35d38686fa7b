# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What comes after a verb of dilih: words, options and a command, turned into settings.

declare -A settings=()
command=()

# take_words VERB WORD...: sets settings, and command to what comes after --.
take_words() {
	local verb=$1 words name
	words=$(words_of "$verb")
	shift
	while [ $# != 0 ]; do
		case $1 in
		--)
			[[ $words = *--* ]] || misused "takes no command, and so nothing after --"
			command=("${@:2}")
			break
			;;
		-h | --help)
			show_help "$verb"
			exit
			;;
		-*)
			name=$(name_of "${1%%=*}")
			if is_switch "$name"; then
				set -- "$1" 1 "${@:2}"
			elif [[ $1 = *=* ]]; then
				set -- "$1" "${1#*=}" "${@:2}"
			fi
			[ $# != 1 ] || misused "needs a value after $1"
			give "$name" "$2"
			shift
			;;
		*) take_word "$1" ;;
		esac
		shift
	done
	[[ $words != DEV* || ${settings[DEV]-} ]] || misused "needs a device: dilih $verb eth0"
	[[ $words != *' -- '* || ${#command[@]} != 0 ]] || misused "needs a command: dilih $verb 'drop 5%' -- ./test.sh"
}

# misused WHY
misused() {
	code=1 die "$verb $1 (dilih help $verb)"
}

# name_of OPTION: of the setting.
name_of() {
	local name=${1#--} options
	name=${name//-/_}
	name=${name^^}
	[[ $1 = "$(option "$name")" && $'\n'$(names_of "$verb")$'\n' = *$'\n'$name$'\n'* ]] || {
		options=$(options_of "$verb")
		misused "has no option $1${options:+, but $options}"
	}
	say "$name"
}

# options_of VERB: in one line.
options_of() {
	local name
	for name in $(names_of "$1"); do option "$name"; done | xargs
}

# take_word WORD: the next of those that may stand here.
take_word() {
	local name
	for name in DEV FAULT; do
		if [[ $words = *$name* && -z ${settings[$name]+given} ]]; then
			give "$name" "$1"
			return
		fi
	done
	misused "has no place for '$1': quote what belongs together, as in dilih up eth0 'drop 1% burst 4; delay 40ms udp'"
}

# give NAME VALUE: some settings are lists, to which each option adds.
give() {
	local between='; '
	[ "$1" != DEV ] || between=' '
	if [ -z "${settings[$1]+given}" ]; then
		settings[$1]=$2
	elif [[ $1 = @(DEV|GUARD|ASSERT) ]]; then
		settings[$1]+=$between$2
	else
		misused "is given $(option "$1") twice"
	fi
}

# environment: words for env, one on each line, but a zero byte ends each line: these settings, and no others.
environment() {
	local name
	for name in $(setting_names); do
		printf '%s\0' -u "$name"
	done
	# The verbs work elsewhere than where this name was given.
	[[ ${settings[FAULT_FILE]-/} = /* ]] || settings[FAULT_FILE]=$PWD/${settings[FAULT_FILE]}
	for name in "${!settings[@]}"; do
		printf '%s\0' "$name=${settings[$name]}"
	done
}
