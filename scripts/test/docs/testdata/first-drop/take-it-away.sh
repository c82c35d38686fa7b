# shellcheck shell=bash
# SPDX-License-Identifier: MIT
test ! -e /sys/fs/bpf/dilih-new
[[ $(ip link show dev lab0) != *xdp* ]]
# What the page has typed is what make would run.
planned=$(DEV=lab0 make -s DRY_RUN=1)
while IFS= read -r line; do
	[[ $'\n'$planned$'\n' = *$'\n'$line$'\n'* ]]
done < <(sed -n 's/^sudo \(\(mkdir\|bpftool prog loadall\|bpftool net attach\) .*\)/\1/p' docs/first-drop.md)
