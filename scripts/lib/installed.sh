# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What `make install` writes, and where.

# take_prefix: sets root to where PREFIX is now, which for a package is below DESTDIR; home and list. Who may not write
# there becomes root.
take_prefix() {
	local there
	[[ $PREFIX = /* && $DESTDIR = @(|/*) ]] ||
		code=1 die "$(named PREFIX "$PREFIX"), $(named DESTDIR "$DESTDIR"): have to begin with a /"
	root=$DESTDIR$PREFIX
	home=$root/lib/dilih
	# shellcheck disable=SC2034 # for both
	list=$home/installed
	there=$root
	until [ -e "$there" ]; do there=$(dirname -- "$there"); done
	[ -w "$there" ] || need_root
}

# remove_files: those that the standard input names, a line each.
remove_files() {
	local file
	while IFS= read -r file; do
		rm -f -- "$root/$file"
	done
}
