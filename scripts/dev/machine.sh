# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Other states that a machine may be in when the tests run.

# on_busy_machine COMMAND...: while four loops want its processors.
on_busy_machine() {
	local loops=() status=0
	for _ in 1 2 3 4; do
		(while :; do :; done) &
		loops+=($!)
	done
	"$@" || status=$?
	kill "${loops[@]}"
	wait "${loops[@]}" 2>/dev/null || :
	return $status
}

# after_demo COMMAND...: where somebody has seen the demo before.
after_demo() {
	scripts/demo && "$@"
}

# with_two_bpffs COMMAND...: where /sys/fs/bpf was mounted twice, as it is when systemd has mounted it too.
with_two_bpffs() {
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount bash -euc 'mount -t bpf bpf /sys/fs/bpf; mount -t bpf bpf /sys/fs/bpf
		. scripts/lib/lib.sh; . scripts/dev/steps.sh; "$@"' bash "$@"
}
