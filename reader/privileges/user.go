// SPDX-License-Identifier: MIT

package privileges

import "strconv"

// nobody is the user, and the group, that owns nothing.
const nobody = 65534

// ordinaryUser is who root is to become: the user who called sudo if the environment names one, or
// else nobody.
func ordinaryUser(environment func(string) string) (uid, gid int) {
	uid, gid = number(environment("SUDO_UID")), number(environment("SUDO_GID"))
	if uid == 0 || gid == 0 {
		return nobody, nobody
	}
	return uid, gid
}

// noChange is what the kernel takes for "leave it as it is" where it expects a user or a group.
const noChange = 1<<32 - 1

// number is the number of a user or group, or 0 if the text is none.
func number(text string) int {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n == noChange {
		return 0
	}
	return int(n)
}
