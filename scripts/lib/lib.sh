# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What all verbs share: the settings, how they speak, what they need.
set -Eeuo pipefail
shopt -s inherit_errexit

PATH=$PATH:/usr/local/go/bin:/usr/sbin:/sbin
started_in=$PWD arguments=("$@")
cd "${BASH_SOURCE[0]%/*}/../.."

. scripts/lib/talk.sh
. scripts/lib/settings.sh

given=() # the names of those that are

# take_setting NAME DEFAULT ...: from the environment, as make got it. Empty is the same as not given.
take_setting() {
	if [ "$2" = - ] || [ -n "${!1-}" ]; then
		given+=("$1")
	else
		printf -v "$1" %s "$2"
	fi
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
. scripts/lib/container.sh
. scripts/lib/rights.sh
. scripts/lib/packages.sh
