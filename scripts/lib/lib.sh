# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What all verbs share: the settings, how they speak, what they need, how they become root.
set -Eeuo pipefail
shopt -s inherit_errexit

PATH=$PATH:/usr/local/go/bin:/usr/sbin:/sbin
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/lib/packages.sh

# The settings come in the environment, as make got them. Empty is the same as not given.
# EVENTS_GROUP is the one for which it is not.
settings=(DEV PIN FAULT FAULT_FILE FOR SEED SHADOW GUARD GROUP MODE EVENTS SNAPLEN PREFIX)
: "${DEV:=}" "${FAULT:=}" "${FAULT_FILE:=}" "${SEED:=}" "${SHADOW:=}" "${GUARD:=}" "${GROUP:=}"
: "${EVENTS:=}" "${SNAPLEN:=}" "${PREFIX:=/usr/local}" "${FOR:=1h}" "${MODE:=xdpgeneric}" "${PIN:=/sys/fs/bpf/dilih}"

say() {
	printf '%s\n' "$*"
}

warn() {
	printf 'dilih: %s\n' "$*" >&2
}

die() {
	warn "$*"
	exit 1
}

# need_root: the script starts over as root, with its settings, unless it is root already.
need_root() {
	[ "$EUID" != 0 ] || return 0
	local name kept=()
	for name in "${settings[@]}" SSH_CONNECTION; do
		kept+=("$name=${!name-}")
	done
	[ -z "${EVENTS_GROUP+given}" ] || kept+=("EVENTS_GROUP=$EVENTS_GROUP")
	if ! type -P sudo >/dev/null || ! sudo -- true; then
		die "this needs root: run make as root, or as a user who may use sudo"
	fi
	exec sudo -- env "${kept[@]}" "$PWD/scripts/${0##*/}"
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
