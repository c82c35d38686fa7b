# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What dilih uses of the system, by purpose, and the Debian package that brings it.

# Where setup unpacks programs that it does not install.
unpacked=${XDG_CACHE_HOME:-~/.cache}/dilih
PATH=$PATH:$unpacked/usr/bin:$unpacked/usr/sbin

# tools PURPOSE: a line each: command or file, package.
tools() {
	local version
	case $1 in
	build)
		printf '%s\n' 'clang clang' 'llc llvm' '/usr/include/linux/types.h linux-libc-dev'
		[ -n "${LIBBPF:-}" ] || echo '/usr/include/bpf/bpf_helpers.h libbpf-dev'
		;;
	run) printf '%s\n' 'bpftool bpftool' 'ip iproute2' 'ss iproute2' 'tc iproute2' 'flock util-linux' 'findmnt util-linux' 'mount mount' 'find findutils' ;;
	machine) printf '%s\n' 'ping iputils-ping' 'nsenter util-linux' ;;
	demo)
		tools machine
		echo 'jq jq'
		;;
	record) echo 'termtosvg termtosvg' ;;
	lab)
		tools demo
		echo 'tcpdump tcpdump'
		;;
	ansible)
		tools lab
		printf '%s\n' 'ansible-playbook ansible-core' 'ssh openssh-client' 'sshd openssh-server' \
			'/usr/share/doc/libwrap0 libwrap0' # which sshd loads
		;;
	test)
		tools ansible
		printf '%s\n' 'shellcheck shellcheck' 'shfmt shfmt' 'clang-format clang-format' \
			'gcc gcc' 'sysctl procps' '/usr/include/stdlib.h libc6-dev' 'setcap libcap2-bin' 'setpriv util-linux' \
			'promtool prometheus' 'prometheus prometheus' \
			'tshark tshark' \
			'zsh zsh' 'fish fish' 'groff groff-base' \
			'curl curl' 'redis-cli redis-tools' 'dnsmasq dnsmasq-base' 'dig bind9-dnsutils' \
			'gtlsclient ngtcp2-client' 'gtlsserver ngtcp2-server' 'openssl openssl' \
			'nft nftables'
		;;
	package) printf '%s\n' 'git git' 'gzip gzip' ;;
	image) printf '%s\n' 'mmdebstrap mmdebstrap' 'jq jq' 'dpkg-deb dpkg' ;;
	vm-test) printf '%s\n' 'qemu-system-x86_64 qemu-system-x86' 'kmod kmod' 'cpio cpio' 'wg wireguard-tools' ;;
	release-test)
		tools ansible
		printf '%s\n' 'mmdebstrap mmdebstrap' 'dpkg-deb dpkg' 'podman podman' 'runc runc' 'conmon conmon' \
			'dockerd docker.io' 'docker docker.io' 'containerd containerd' 'docker-compose docker-compose' \
			'redis-cli redis-tools' 'redis-benchmark redis-tools' 'redis-check-rdb redis-tools' \
			'chromium-headless-shell chromium-headless-shell'
		;;
	verifier)
		tools vm-test
		for version in $CLANGS; do
			printf '%s\n' "clang-$version clang-$version" "llc-$version llvm-$version"
		done
		;;
	esac
}

# missing PURPOSE...: those of them that are not here.
missing() {
	local purpose tool package
	for purpose; do
		while read -r tool package; do
			have "$tool" || echo "$tool $package"
		done < <(tools "$purpose")
	done
}

# have TOOL: a file, or a command.
have() {
	[ -e "$1" ] || tool "$1" >/dev/null
}

# tool COMMAND: its path; without a plain one, that with the newest LLVM's version at the end of its name.
tool() {
	type -P "$1" || type -P "$(compgen -c "$1-" | grep -xE "$1-[0-9]+" | sort -V | tail -n 1)"
}

# need PURPOSE...: one error that names all that is missing and how to get it.
need() {
	local list setup=''
	list=$(missing "$@")
	[ -n "$installed" ] || setup='make setup, or '
	[ -z "$list" ] || die "missing here: $(cut -d' ' -f1 <<<"$list" | xargs)." \
		"To install: ${setup}apt-get install $(cut -d' ' -f2 <<<"$list" | xargs)"
}

# Ubuntu's bpftool is a wrapper that may know of none for the kernel that runs; any one will do.
if have bpftool && read -rn 2 magic <"$(type -P bpftool)" && [ "$magic" = '#!' ] && ! bpftool version >/dev/null 2>&1; then
	for bpftool in /usr/lib/linux-tools*/*/bpftool; do
		[ ! -x "$bpftool" ] || PATH=${bpftool%/*}:$PATH
	done
fi
