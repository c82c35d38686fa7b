# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What virtual machines get of this tree, and how its tests are run in them.

# gather_for_vm DIR: this tree with its tests built, as a virtual machine has neither Go nor a compiler.
gather_for_vm() {
	mkdir -p "$1/bpf/progtest"
	cp -r dilih-reader docs scripts "$1"
	cp go.mod README.md "$1"
	cp bpf/*.o bpf/dilih.h "$1/bpf"
	go test -c -tags kernel -o "$1/bpf/progtest/progtest.test" ./bpf/progtest
	go test -c -tags kernel,netem -o "$1/scripts/test/e2e/e2e.test" ./scripts/test/e2e
	go test -c -tags kernel,netem -o "$1/scripts/test/docs/docs.test" ./scripts/test/docs
	cat >"$1/try" <<'END'
# For TestDevices: this kernel has all of them, and its network cards are in this namespace. On the file system of
# the tests themselves these need no room for copies of themselves.
export DILIH_ALL_DEVICES=1 VM_NETNS=/tmp/netns TMPDIR=/root
touch $VM_NETNS
mount --bind /proc/self/ns/net $VM_NETNS
eval "$1"
END
}

# in_vm [-i] [-t SECONDS] SUITE TESTS [PATTERN]: under the kernel of a Debian suite, those of the tests of e2e, docs or
# progtest whose names match, or the demo. With -i the guest has a time of its own (see vm/run).
in_vm() {
	local options=() dir suite commands status=0
	while [[ $1 = -* ]]; do
		options+=("$1")
		if [ "$1" = -t ]; then
			options+=("$2")
			shift
		fi
		shift
	done
	suite=$1
	case $2 in
	demo) commands=scripts/demo ;;
	progtest) commands="cd bpf/progtest; ./progtest.test -test.v -test.run '$3'" ;;
	*) commands="cd scripts/test/$2; ./$2.test -test.v -test.timeout 3h -test.run '$3'" ;;
	esac
	dir=$(mktemp -d)
	gather_for_vm "$dir"
	scripts/vm/run "${options[@]}" "$suite" "$dir" bash -eu try "export DILIH_THOROUGH=${DILIH_THOROUGH-} \
		DILIH_SEED=${DILIH_SEED-} DILIH_TIME_SCALE=${DILIH_TIME_SCALE:-10}; $commands" || status=$?
	rm -r "$dir"
	return $status
}
