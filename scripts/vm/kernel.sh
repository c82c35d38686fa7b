# shellcheck shell=bash disable=SC2154 # $tmp is made by run
# SPDX-License-Identifier: MIT
# Kernels of Debian's suites. apt gets a state of its own for it, so that the sources and packages of
# this machine stay as they are; only the address of the mirror is taken over.

# fetch_kernel SUITE DIR: unpacks the suite's cloud kernel, whose modules are few, into DIR.
fetch_kernel() {
	local apt=$tmp/apt packages deb
	mkdir -p "$apt"/{lists,cache,debs,parts} "$VM_CACHE"
	: >"$apt/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror "$1") $1 main" >"$apt/list"
	warn "downloading the kernel of $1, once"
	own apt-get update >&2 || no_kernel "$1: apt-get update failed"
	packages=$(own apt-cache depends --recurse -i linux-image-cloud-amd64 |
		grep -E '^linux-(image|base|binary|modules)-[0-9]') || no_kernel "$1 has no linux-image-cloud-amd64"
	# shellcheck disable=SC2086 # package names, a word each
	(cd "$apt/debs" && own apt-get download $packages >&2) || no_kernel "cannot download $packages"
	for deb in "$apt"/debs/*.deb; do
		dpkg-deb -x "$deb" "$apt/root"
	done
	# Another run may have fetched the same meanwhile.
	mv -T "$apt/root" "$2" 2>/dev/null || [ -d "$2" ] || no_kernel "cannot write to $VM_CACHE"
}

# modules KERNEL: the directory of its modules.
modules() {
	find "$1" -path '*/modules/*/modules.order' -printf '%h\n' | head -n 1
}

# release KERNEL: what `uname -r` says under it.
release() {
	basename "$(modules "$1")"
}

# own COMMAND...: an apt command with a state of its own.
own() {
	local apt=$tmp/apt
	"$@" -qq -o Dir::State::Lists="$apt/lists" -o Dir::State::status="$apt/status" \
		-o Dir::Cache="$apt/cache" -o Dir::Etc::SourceList="$apt/list" -o Dir::Etc::SourceParts="$apt/parts" \
		-o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none \
		-o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
}

mirror() {
	# shellcheck disable=SC2016 # for apt to expand
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
		grep -v security | sort -u | head -n 1 | grep . || no_kernel "apt knows no Debian mirror: apt-get update"
}

no_kernel() {
	warn "$*"
	exit 125
}
