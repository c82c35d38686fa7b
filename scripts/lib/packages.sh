# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What dilih uses of the system, by purpose, and the Debian package that brings it.

# Where setup unpacks programs that it does not install.
unpacked=${XDG_CACHE_HOME:-~/.cache}/dilih
PATH=$PATH:$unpacked/usr/bin:$unpacked/usr/sbin

# add_tools PURPOSE: to the array tools; each is a command or file, and its package.
add_tools() {
	local version
	case $1 in
	build)
		tools+=('clang clang' 'llc llvm' '/usr/include/linux/types.h linux-libc-dev')
		[ -n "${LIBBPF:-}" ] || tools+=('/usr/include/bpf/bpf_helpers.h libbpf-dev')
		;;
	run) tools+=('bpftool bpftool' 'ip iproute2' 'ss iproute2' 'tc iproute2' 'flock util-linux' 'findmnt util-linux' 'mount mount' 'find findutils') ;;
	machine) tools+=('ping iputils-ping' 'nsenter util-linux') ;;
	demo)
		add_tools machine
		tools+=('jq jq')
		;;
	record) tools+=('termtosvg termtosvg') ;;
	lab)
		add_tools demo
		tools+=('tcpdump tcpdump')
		;;
	ansible)
		add_tools lab
		tools+=('ansible-playbook ansible-core' 'ssh openssh-client' 'sshd openssh-server'
			'/usr/share/doc/libwrap0 libwrap0') # which sshd loads
		;;
	test)
		add_tools ansible
		tools+=('shellcheck shellcheck' 'shfmt shfmt' 'clang-format clang-format'
			'gcc gcc' 'sysctl procps' '/usr/include/stdlib.h libc6-dev' 'setcap libcap2-bin' 'setpriv util-linux'
			'promtool prometheus' 'prometheus prometheus'
			'tshark tshark'
			'zsh zsh' 'fish fish' 'groff groff-base'
			'curl curl' 'redis-cli redis-tools' 'dnsmasq dnsmasq-base' 'dig bind9-dnsutils'
			'gtlsclient ngtcp2-client' 'gtlsserver ngtcp2-server' 'openssl openssl'
			'nft nftables' 'strace strace')
		;;
	package) tools+=('git git' 'gzip gzip') ;;
	image) tools+=('mmdebstrap mmdebstrap' 'jq jq' 'dpkg-deb dpkg') ;;
	vm-test) tools+=('qemu-system-x86_64 qemu-system-x86' 'kmod kmod' 'cpio cpio' 'wg wireguard-tools') ;;
	release-test)
		add_tools ansible
		tools+=('mmdebstrap mmdebstrap' 'dpkg-deb dpkg' 'podman podman' 'runc runc' 'conmon conmon'
			'dockerd docker.io' 'docker docker.io' 'containerd containerd' 'docker-compose docker-compose'
			'redis-cli redis-tools' 'redis-benchmark redis-tools' 'redis-check-rdb redis-tools'
			'chromium-headless-shell chromium-headless-shell')
		;;
	verifier)
		add_tools vm-test
		for version in $CLANGS; do
			tools+=("clang-$version clang-$version" "llc-$version llvm-$version")
		done
		;;
	esac
}

# find_missing PURPOSE...: sets missing to those of them that are not here.
find_missing() {
	local purpose tool tools=()
	missing=()
	for purpose; do
		add_tools "$purpose"
	done
	for tool in "${tools[@]}"; do
		have "${tool% *}" || missing+=("$tool")
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
	local missing setup=''
	find_missing "$@"
	[ -n "$installed" ] || setup='make setup, or '
	[ ${#missing[@]} = 0 ] ||
		die "missing here: ${missing[*]% *}. To install: ${setup}apt-get install ${missing[*]#* }"
}

# Ubuntu's bpftool is a wrapper that may know of none for the kernel that runs; any one will do.
if hash bpftool 2>/dev/null && read -rn 2 magic <"${BASH_CMDS[bpftool]}" && [ "$magic" = '#!' ] && ! bpftool version >/dev/null 2>&1; then
	for bpftool in /usr/lib/linux-tools*/*/bpftool; do
		[ ! -x "$bpftool" ] || PATH=${bpftool%/*}:$PATH
	done
fi
