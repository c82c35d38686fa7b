# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What all verbs share: the settings, how they speak, what they need.
set -Eeuo pipefail
shopt -s inherit_errexit

PATH=$PATH:/usr/local/go/bin:/usr/sbin:/sbin
cd "${BASH_SOURCE[0]%/*}/../.."

# each_setting COMMAND...: with the name, the default and the meaning of each setting, from the one list
# of them. A default of - marks one for which empty is something else than not given.
each_setting() {
	local name default meaning
	while IFS='|' read -r name default meaning; do
		"$@" "$name" "$default" "$meaning"
	done <scripts/lib/settings
}

given=() # the names of those that are

# take_setting NAME DEFAULT: from the environment, as make got it. Empty is the same as not given.
take_setting() {
	if [ "$2" = - ] || [ -n "${!1-}" ]; then
		given+=("$1")
	else
		printf -v "$1" %s "$2"
	fi
}

# say TEXT...: without control characters, which a name that somebody else chose may have in it.
say() {
	local text=$*
	printf '%s\n' "${text//[$'\001'-$'\010'$'\013'-$'\037'$'\177']/?}"
}

warn() {
	say "dilih: $*" >&2
}

# code=N die TEXT...: N is an exit status of dilih-reader's: 1 usage, 2 failed (which it is if not given),
# 3 nothing loaded, 4 not permitted, 5 busy.
die() {
	warn "$*"
	exit "${code:-2}"
}

need_kernel() {
	need_release "$(uname -r)"
}

# need_release RELEASE: as `uname -r` says it.
need_release() {
	is_release "$1" 15 || die "Linux $1 is too old: dilih needs 5.15 or newer"
}

# is_release RELEASE MINOR: is it 5.MINOR or newer?
is_release() {
	local major minor
	IFS=.-+ read -r major minor _ <<<"$1"
	((major > 5 || (major == 5 && minor >= $2)))
}

# shellcheck disable=SC2034 # for up, where no FOR means the lease that is there
for_given=${FOR-}
each_setting take_setting
DEV=${DEV//$'\n'/ } # of a command that prints devices, a line each
. scripts/lib/rights.sh
. scripts/lib/packages.sh
