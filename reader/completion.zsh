#compdef dilih-reader
# SPDX-License-Identifier: MIT
_dilih_reader() {
	local word=${words[CURRENT]}
	local -a asked=("${words[@]:0:$((CURRENT - 1))}") answers
	[[ $word == -* ]] && asked+=("$word")
	answers=("${(@f)$("${asked[@]}" --generate-bash-completion 2>/dev/null)}")
	[[ -n ${answers[1]} ]] && _describe 'values' answers || _files
}
compdef _dilih_reader dilih-reader
