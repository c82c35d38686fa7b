# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What all verbs share: the settings, how they speak, what they need, how they become root.
set -Eeuo pipefail
shopt -s inherit_errexit

PATH=$PATH:/usr/local/go/bin:/usr/sbin:/sbin
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

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

# need_root: the script starts over as root, with its settings, unless it is root already; and in NETNS.
need_root() {
	if [ "$EUID" = 0 ]; then
		enter_namespace
		return
	fi
	local name kept=()
	for name in "${given[@]}" SSH_CONNECTION; do
		[ -z "${!name+given}" ] || kept+=("$name=${!name}")
	done
	if ! type -P sudo >/dev/null || ! sudo -- true; then
		code=4 die "this needs root: run make as root, or as a user who may use sudo"
	fi
	exec sudo -- env "${kept[@]}" "$PWD/scripts/${0##*/}"
}

# enter_namespace: only for the network. The bpffs is the one of here.
enter_namespace() {
	local namespace=/run/netns/$NETNS
	[ -n "$NETNS" ] || return 0
	[[ $NETNS != +([0-9]) || -e $namespace ]] || namespace=/proc/$NETNS/ns/net
	[[ $NETNS != */* && -e $namespace ]] ||
		code=1 die "NETNS=$NETNS: no such network namespace. It takes a name that \`ip netns\` knows, or the id of a process"
	[ "$namespace" -ef /proc/self/ns/net ] || exec nsenter --net="$namespace" -- "$PWD/scripts/${0##*/}"
}

need_kernel() {
	need_release "$(uname -r)"
}

# need_release RELEASE: as `uname -r` says it.
need_release() {
	local major minor
	IFS=.-+ read -r major minor _ <<<"$1"
	((major > 5 || (major == 5 && minor >= 15))) ||
		die "Linux $1 is too old: dilih needs 5.15 or newer"
}

# shellcheck disable=SC2034 # for up, where no FOR means the lease that is there
for_given=${FOR-}
each_setting take_setting
DEV=${DEV//$'\n'/ } # of a command that prints devices, a line each
. scripts/lib/packages.sh
