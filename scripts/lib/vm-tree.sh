# shellcheck shell=bash disable=SC2154 # dir is set by the scripts that use it
# SPDX-License-Identifier: MIT
# What virtual machines get of this tree, and how its tests are run in them.

# gather_for_vm DIR: this tree with its tests built, as a virtual machine has neither Go nor a compiler.
gather_for_vm() {
	mkdir -p "$1/bpf/progtest"
	cp -r dilih-reader docs scripts "$1"
	cp go.mod README.md "$1"
	cp bpf/dilih_kern.o bpf/dilih.h "$1/bpf"
	CGO_ENABLED=0 go test -c -tags kernel -o "$1/bpf/progtest/progtest.test" ./bpf/progtest
	CGO_ENABLED=0 go test -c -tags kernel,netem -o "$1/scripts/e2e/e2e.test" ./scripts/e2e
	CGO_ENABLED=0 go test -c -tags kernel,netem -o "$1/scripts/docs/docs.test" ./scripts/docs
	cat >"$1/try" <<'END'
# For TestDevices: this kernel has all of them, and its network cards are in this namespace. On the file system of
# the tests themselves these need no room for copies of themselves.
export DILIH_ALL_DEVICES=1 VM_NETNS=/tmp/netns TMPDIR=/root
touch $VM_NETNS
mount --bind /proc/self/ns/net $VM_NETNS
eval "$1"
END
}

# under SUITE COMMANDS: in $dir, where they are gathered.
under() {
	scripts/vm/run "$1" "$dir" bash -eu try "$2"
}

# at_leisure SUITE COMMANDS: the same, with a time that does not depend on how busy this machine is.
at_leisure() {
	scripts/vm/run -i "$1" "$dir" bash -eu try "$2"
}

# patiently SUITE COMMANDS: the same as at_leisure, for what takes half an hour where nothing else runs.
patiently() {
	scripts/vm/run -i -t 10800 "$1" "$dir" bash -eu try "$2"
}
