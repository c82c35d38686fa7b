# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The settings, of which there is one list.

settings_list=${BASH_SOURCE[0]%.sh}

setting_names() {
	cut -d'|' -f1 "$settings_list"
}

# each_setting COMMAND...: with the name, the default, the verbs and the meaning of each setting. A default of - marks
# one for which empty is something else than not given.
each_setting() {
	local name default verbs meaning
	while IFS='|' read -r name default verbs meaning; do
		"$@" "$name" "$default" "$verbs" "$meaning"
	done <"$settings_list"
}
