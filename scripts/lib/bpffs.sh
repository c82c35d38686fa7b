# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The bpf file system that holds PIN, and the names on it that are ours. Other users may write to it, if its
# mode is 1777: whatever they put at one of our names is moved aside, and never entered, followed or deleted.

PIN=${PIN%/}
bpffs=${PIN%/*}
# The writers' lock. It is on the bpffs itself, so that it is wherever that is mounted.
lock=$bpffs/dilih-lock

need_bpffs() {
	local LC_ALL=C # or letters were more than a to z
	[[ $PIN =~ ^(/[A-Za-z0-9_.-]+)*/[A-Za-z0-9_][A-Za-z0-9_-]*$ ]] ||
		code=1 die "$(named PIN "$PIN"): must be an absolute path of letters, digits and _ . - /, its last name without a dot"
	# Some names are longer still: those of what others had at PIN, and of the pins in it.
	((${#PIN} <= 4000 && ${#PIN} - ${#bpffs} <= 201)) || code=1 die "$(named PIN "${PIN::50}"...): is too long." \
		"It may have 4000 characters, and its last name 200"
	[[ $PIN != @(*-new|*-old|*/dilih-lock) ]] || code=1 die "$(named PIN "$PIN"): a name like this is for $(front)'s own use"
	is_bpffs "$bpffs" || mount_bpffs
}

# mount_bpffs: at its usual place, if that has none and PIN is there.
mount_bpffs() {
	local why
	if [[ $PIN = /sys/fs/bpf/* ]] && ! is_bpffs /sys/fs/bpf; then
		show_command 'mount -t bpf -o mode=0755 bpf /sys/fs/bpf'
		[ "$DRY_RUN" != 1 ] || return 0
		why=$(mount -t bpf -o mode=0755 bpf /sys/fs/bpf 2>&1) || die "cannot mount the bpf file system: ${why%%$'\n'*}"
		warn_of_private_bpffs
	fi
	is_bpffs "$bpffs" || code=1 die "$bpffs is not on a bpf file system: choose a PIN below /sys/fs/bpf," \
		"or in another bpf file system"
}

# `ip netns exec` hides the bpffs of the host, and throws the one mounted in its place away at its end.
warn_of_private_bpffs() {
	[ /proc/self/ns/mnt -ef /proc/1/ns/mnt ] ||
		warn "the bpf file system mounted at /sys/fs/bpf is seen in this mount namespace only; when that ends," \
			"dilih goes on without pins. Instead of ip netns exec NAME use nsenter --net=/run/netns/NAME"
}

is_bpffs() {
	[ "$(exec stat -f -c %T -- "$1" 2>/dev/null)" = bpf_fs ]
}

# need_safe_way: every directory on the way to PIN is root's, and nobody else can put another in its place.
# Where the sticky bit is set, others may add names but not move those of root.
need_safe_way() {
	local parts part way='' ways=(/) list owner mode name
	IFS=/ read -ra parts <<<"${bpffs#/}"
	for part in "${parts[@]}"; do
		way+=/$part
		ways+=("$way")
	done
	list=$(stat -c '%u %f %n' -- "${ways[@]}")
	while read -r owner mode name; do
		mode=$((16#$mode))
		((owner == 0 && (mode & 8#170000) == 8#040000 && (mode & 8#1000 || !(mode & 8#22)))) ||
			die "$name, on the way to $PIN, is not a directory that root alone can replace: make it one" \
				"(chown root, chmod go-w), or choose another $(named PIN)"
	done <<<"$list"
}

need_writable() {
	[ -w "$bpffs" ] || die "$bpffs is read-only, and nothing can be pinned or unpinned there:" \
		"mount -o remount,rw $(findmnt -fno TARGET -T "$bpffs"), or choose another $(named PIN)"
}

# Writers take turns. The lock goes with the pins, so who had to wait for it looks whether it is still the one,
# or else takes the next.
lock_pins() {
	local tries
	need_safe_way
	need_writable
	[ "$DRY_RUN" != 1 ] || return 0
	trap leave_lock EXIT
	for ((tries = 0; tries < 100; tries++)); do
		need_lock
		{ exec {pins_lock}<"$lock"; } 2>/dev/null || continue
		flock -w 10 "$pins_lock" || code=5 die "another $(front) is changing the pins in $bpffs; gave up after 10 s"
		[ ! "$lock" -ef "/proc/self/fd/$pins_lock" ] || return 0
		exec {pins_lock}<&-
	done
	die "cannot lock $lock"
}

leave_lock() {
	if [ ! -e "$PIN" ] && [ -d "$lock" ]; then
		show_command "rmdir -- $lock"
		rmdir -- "$lock"
	fi
}

need_lock() {
	is_lock && return
	show_command "mkdir -m 0700 -- $lock"
	take_name "$lock" make_lock
}

make_lock() {
	is_lock || mkdir -m 0700 -- "$1"
}

is_lock() {
	[ "$(LC_ALL=C exec stat -c '%u %a %F' -- "$lock" 2>/dev/null)" = '0 700 directory' ]
}

# take_name NAME COMMAND...: runs the command, with the name as its last word, until it gets the name. If
# other users take it again and again, they lose the right to take any.
take_name() {
	local name=$1 before=$strangers why tries
	shift
	for ((tries = 1; tries <= 20; tries++)); do
		set_aside "$name"
		! why=$("$@" "$name" 2>&1) || return 0
		((tries < 10 || strangers == before)) || close_bpffs "others take our names in $bpffs again and again"
	done
	die "cannot take the name $name: $why"
}

# How many names of ours other users had.
strangers=0

# set_aside NAME...: what another user has put there gets another name, in one step.
set_aside() {
	local owners owner name aside
	owners=$(stat -c '%u %n' -- "$@" 2>/dev/null) || : # some are not there
	while read -r owner name; do
		[ "${owner:-0}" != 0 ] || continue
		strangers=$((strangers + 1))
		aside=$name-foreign-$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')
		! mv -T -- "$name" "$aside" 2>/dev/null || warn "$name belonged to user $owner, and is now $aside"
	done <<<"$owners"
}

# is_roots NAME: a directory of root's is there. Others can neither put something else in its place nor change it,
# as they could with one of theirs, or a link, that has come after set_aside.
is_roots() {
	[ -d "$1" ] && [ "$(LC_ALL=C stat -c '%u %F' -- "$1" 2>/dev/null)" = '0 directory' ]
}

# close_bpffs WHY
close_bpffs() {
	[[ $(stat -c %A -- "$bpffs") = @(*w?|?????w*) ]] || return 0
	chmod go-w -- "$bpffs"
	warn "$1: others may not write there any more (chmod go-w)"
}

# loaded_here: where programs of ours are pinned beside PIN, or at it. Where only root can look, and nobody here
# can become root, there is none of this user's.
loaded_here() {
	# shellcheck disable=SC2016 # it is for the other bash
	local look='compgen -G "$1/*/xdp_dilih*" | xargs -rn 1 dirname | sort -u | xargs'
	if [ -x "$bpffs" ]; then
		bash -c "$look" look "$bpffs"
	elif has_sudo; then
		sudo -n -- bash -c "$look" look "$bpffs" 2>/dev/null || :
	fi
}

# anything: is there something at the names that are ours, no matter who has put it there?
anything() {
	local name
	for name in "$PIN" "$PIN-new" "$PIN-old" "$lock"; do
		[ ! -e "$name" ] && [ ! -L "$name" ] || return 0
	done
	return 1
}

# A user who can neither look into the bpffs nor become root has loaded nothing, and may clean the rest.
may_look() {
	[ ! -x "$bpffs" ] || return 0
	if [ "$EUID" != 0 ] && ! has_sudo; then
		warn "only root can look into $bpffs: what is loaded there stays"
		return 1
	fi
	need_root
	need_rights CAP_SYS_ADMIN # root of a user namespace may be unable to look, and knows nothing then
}

nothing() {
	say "nothing is loaded at $PIN"
	exit
}
