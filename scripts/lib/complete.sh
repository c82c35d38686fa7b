# shellcheck shell=bash disable=SC2154 # scripts and reader are from dilih
# SPDX-License-Identifier: MIT
# What can come next on the command line of dilih: the shells ask, as they ask dilih-reader, by the words so far and
# --generate-bash-completion.

# complete [VERB WORD...] --generate-bash-completion
complete() {
	case $1 in
	up | fault | status | down | run | lab) complete_words "$@" ;;
	watch) "$reader" "${@:2}" ;;
	plan | predict) "$reader" "$@" ;;
	*) verbs ;;
	esac
}

# complete_words VERB WORD... --generate-bash-completion: options if one has begun, or devices.
complete_words() {
	local word=${*: -2:1}
	if [[ $word = -* ]]; then
		options_of "$1" | tr ' ' '\n'
	elif [[ $(words_of "$1") = *DEV* ]]; then
		"$scripts/devices"
	fi
}
