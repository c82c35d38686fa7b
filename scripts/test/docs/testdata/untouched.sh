# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A document leaves the lab as it found it, for the next one: pins, namespaces, devices, and what is attached to these.

found=/run/lab/found

traces() {
	ls /sys/fs/bpf /run/netns
	ip -j link show | jq -r '.[] | "\(.ifname) \(.xdp.mode)"'
	tc qdisc show
}

[ -e $found ] || traces >$found
untouched() {
	diff $found <(traces)
}
soon untouched >/dev/null || untouched
