# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Containers, by the command lines of those who run them. They are asked as the user who calls, as each user of podman
# has containers of their own.

# find_container: sets NETNS to a process of CONTAINER, if that is given.
find_container() {
	local engine process network which
	[ -n "$CONTAINER" ] || return 0
	which=$(named CONTAINER "$CONTAINER")
	[ -z "$NETNS" ] || code=1 die "$(named NETNS "$NETNS") and $which are both given: give one"
	ask_for_container
	read -r engine process network <<<"$container"
	[[ $process = [1-9]*([0-9]) ]] || code=1 die "$which: $engine has it, but it is not running"
	[ "$network" != host ] || code=1 die "$which: it has the network of this host, so leave that out"
	export NETNS=$process CONTAINER=''
	given+=(NETNS)
}

# ask_for_container: sets container to who has it, its process id, which is 0 if there is none, and its kind of network.
ask_for_container() {
	local engine said question refused=''
	container=''
	for engine in docker podman; do
		type -P "$engine" >/dev/null || continue
		question=("$engine" container inspect --format '{{.State.Pid}} {{.HostConfig.NetworkMode}}' -- "$CONTAINER")
		if said=$("${question[@]}" 2>/dev/null); then
			[ -z "$container" ] || code=1 die "$which: docker has one of that name, and podman too." \
				"$(named NETNS PID) names a process in the one that you mean"
			container="$engine $said"
		else
			said=$("${question[@]}" 2>&1) || refused+="; $engine says: ${said##*$'\n'}"
		fi
	done
	[ -n "$container$refused" ] || die "$which: there is neither docker nor podman here"
	[ -n "$container" ] || code=1 die "$which: no such container that user $(id -un) can see$refused"
	[[ ${refused,,} = @(|*no such container*) ]] || warn "$which is ${container%% *}'s$refused"
}
