# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The settings, of which there is one list: NAME|VALUE|DEFAULT|VERBS|MEANING in lib/tables/settings.

# each_setting COMMAND...: with the name, the default, the meaning and the value of each setting. A default of - marks
# one for which empty is something else than not given. The value is 1 if that is the only one.
each_setting() {
	local name value default meaning
	while IFS='|' read -r name value default _ meaning; do
		"$@" "$name" "$default" "$meaning" "$value"
	done <"${BASH_SOURCE[0]%/*}/tables/settings"
}
