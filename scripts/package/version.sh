# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The version of packages, and the time that is on all that is in them: both are the commit's, so that a second
# build gets the same packages, bit for bit.

# take_version: sets version, and apk_version, which has a grammar of its own; commit, and SOURCE_DATE_EPOCH. Of the
# commit with the tag v1.2.3 it is 1.2.3, five commits later 1.2.3+5.COMMIT; without a tag 0.0.0+DATE.TIME.COMMIT. What
# is not committed makes it one that ends in .changed.
take_version() {
	local tag later changed date time
	commit=$(git rev-parse --short=12 HEAD 2>/dev/null) || die "this is no checkout of git, and the version of a package is that of its commit"
	SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
	export SOURCE_DATE_EPOCH
	changed=$(git status --porcelain)
	if tag=$(git describe --tags --match 'v[0-9]*' --long 2>/dev/null); then
		[[ $tag =~ ^v([0-9]+(\.[0-9]+)*)-([0-9]+)-g ]] || die "the tag in $tag is no version such as v1.2.3"
		version=${BASH_REMATCH[1]} later=${BASH_REMATCH[3]}
		apk_version=$version
		[ "$later" = 0 ] || version+=+$later.$commit apk_version+=_p$later
	else
		read -r date time < <(TZ=UTC git log -1 --date=format-local:'%Y%m%d %H%M%S' --format=%cd)
		version=0.0.0+$date.$time.$commit apk_version=0.0.0_git${date}_p$time
	fi
	[ -z "$changed" ] || version+=.changed
}
