# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How the verbs become root, and which rights they need as root: in a container it may lack some of them.

# need_root: the script starts over as root, with its settings, unless it is root already; and in NETNS.
need_root() {
	find_container
	if [ "$EUID" = 0 ]; then
		enter_namespace
		return
	fi
	local name kept=()
	# shellcheck disable=SC2154 # from lib.sh
	for name in "${given[@]}" SSH_CONNECTION; do
		[ -z "${!name+given}" ] || kept+=("$name=${!name}")
	done
	has_sudo || code=4 die "this needs root, and there is no sudo here: run it as root"
	sudo -- true || code=4 die "this needs root: run $(front) as root, or as a user who may use sudo"
	start_over sudo -- env "${kept[@]}"
}

# start_over COMMAND...: this script once more, by the command, as it was started.
start_over() {
	local script=$PWD/scripts/${0##*/}
	# shellcheck disable=SC2154 # from lib.sh
	cd -- "$started_in" 2>/dev/null || : # which only a lab has to be in
	# shellcheck disable=SC2154
	exec "$@" "$script" "${arguments[@]}"
}

has_sudo() {
	type -P sudo >/dev/null
}

# need_rights CAPABILITY...: before anything is changed, as what is begun without them might not come to an end.
need_rights() {
	local lacking
	lacking=$(lacking_rights "$@")
	[ -z "$lacking" ] || code=4 die "this root lacks $lacking, and dilih needs that. Nothing was changed"
}

# Those that dilih needs somewhere, by the number of each.
declare -A capabilities=([CAP_CHOWN]=0 [CAP_SETGID]=6 [CAP_SETUID]=7 [CAP_NET_ADMIN]=12 [CAP_SYS_PTRACE]=19
	[CAP_SYS_ADMIN]=21)

# lacking_rights CAPABILITY...: those of them that this process does not have. In a user namespace it has none that
# counts for BPF.
lacking_rights() {
	local name users status lacking=()
	read -r _ _ users </proc/self/uid_map
	[ $# = 0 ] || [ "$users" = 4294967295 ] || lacking=("the rights of the host's root, as it is that of a user namespace")
	# At one go: line by line bash seeks in the file, whose lines change their lengths meanwhile.
	status=$(</proc/self/status)
	[[ $status =~ CapEff:[[:space:]]*([0-9a-f]+) ]]
	for name; do
		((16#${BASH_REMATCH[1]} >> ${capabilities[$name]} & 1)) || lacking+=("$name")
	done
	say "${lacking[*]}"
}

# enter_namespace: only for the network. The bpffs is the one of here.
enter_namespace() {
	local namespace=/run/netns/$NETNS
	[ -n "$NETNS" ] || return 0
	if [[ $NETNS = +([0-9]) && ! -e $namespace ]]; then
		namespace=/proc/$NETNS/ns/net
		[ -e "$namespace" ] || [ ! -e "/proc/$NETNS" ] || need_rights CAP_SYS_PTRACE
	fi
	[[ $NETNS != */* && -e $namespace ]] ||
		code=1 die "$(named NETNS "$NETNS"): no such network namespace. It is a name that \`ip netns\` knows, or the id of a process"
	[ ! "$namespace" -ef /proc/self/ns/net ] || return 0
	need_rights CAP_SYS_ADMIN
	start_over nsenter --net="$namespace" --
}
