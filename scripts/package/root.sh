# shellcheck shell=bash disable=SC2016 # other shells expand what is in single quotes
# SPDX-License-Identifier: MIT
# Roots of Debian, in which packages are tried: each in memory, in namespaces of its own, and gone with its first process.

: "${ROOT_CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/dilih-roots}"

# fetch_root SUITE PACKAGE...: sets root_tar to one that has nothing but what is essential, apt, and these. It is made
# once, and kept in ROOT_CACHE.
fetch_root() {
	local packages
	packages=$(printf '%s\n' "${@:2}" | sort -u | paste -sd,)
	root_tar=$ROOT_CACHE/$1-$(sha256sum <<<"$packages" | cut -c1-12).tar
	[ ! -e "$root_tar" ] || return 0
	mkdir -p "$ROOT_CACHE"
	warn "making a root of $1, once, with $packages"
	mmdebstrap --quiet --format=tar --variant=apt --include="$packages" "$1" "$root_tar.$$" ||
		die "cannot make a root of $1 with $packages"
	mv "$root_tar.$$" "$root_tar"
}

# in_root DIR COMMAND...: the command is the first process in a new root from $root_tar. It has a network and a bpffs of
# its own, and DIR as /shared.
in_root() {
	[ -e "$root_tar" ] && timeout -k 5 300 unshare --mount --net --pid --ipc --uts --cgroup --fork --kill-child \
		bash -euc '. "$0"; enter_root "$@"' "${BASH_SOURCE[0]}" "$root_tar" "$@" </dev/null
}

# enter_root TAR DIR COMMAND...: in the first process.
enter_root() {
	local root=/mnt
	mount -t tmpfs -o mode=0755 root $root
	tar -xf "$1" -C $root
	mkdir $root/shared
	mount --bind "$2" $root/shared
	mount -t proc proc $root/proc
	mount -t sysfs sys $root/sys
	mount -t bpf -o mode=0700 bpf $root/sys/fs/bpf
	mount -t cgroup2 cgroup2 $root/sys/fs/cgroup
	mount -t tmpfs -o mode=0755 run $root/run
	mount --rbind /dev $root/dev
	cd $root || exit
	mount --move . /
	export HOME=/root LC_ALL=C.UTF-8 PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	exec chroot . "${@:3}"
}
