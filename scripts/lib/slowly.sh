# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What takes long says so before, shows on a terminal that it goes on, and says how long it took.

# slowly TEXT COMMAND...
slowly() {
	local began=$SECONDS status=0 clock=
	say "$1"
	if [ -t 1 ]; then
		# It ends with this script, which may be killed.
		while sleep 1 && kill -0 $$; do printf '\r  %d s ' $((SECONDS - began)); done 2>/dev/null &
		clock=$!
	fi
	"${@:2}" || status=$?
	[ -z "$clock" ] || stop_clock "$clock"
	[ $status != 0 ] || say "  done in $((SECONDS - began)) s"
	return $status
}

# stop_clock PID
stop_clock() {
	kill "$1"
	wait "$1" 2>/dev/null || :
	printf '\r'
}
