// SPDX-License-Identifier: MIT

package world

import (
	"maps"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// hostUserNamespace is the inode of the first user namespace, which the kernel has fixed.
const hostUserNamespace = 0xEFFFFFFD

func readRights() Rights {
	rights := Rights{UID: os.Geteuid(), UserNamespace: true}
	if id, err := identityAt("/proc/self/ns/user"); err == nil {
		rights.UserNamespace = id.inode != hostUserNamespace
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData // of 32 capabilities each
	if err := unix.Capget(&header, &sets[0]); err == nil {
		rights.Capabilities = uint64(sets[1].Effective)<<32 | uint64(sets[0].Effective)
	}
	return rights
}

// capabilities that dilih needs somewhere, by name.
var capabilities = map[string]int{
	"CAP_CHOWN": unix.CAP_CHOWN, "CAP_SETGID": unix.CAP_SETGID, "CAP_SETUID": unix.CAP_SETUID,
	"CAP_NET_ADMIN": unix.CAP_NET_ADMIN, "CAP_SYS_PTRACE": unix.CAP_SYS_PTRACE, "CAP_SYS_ADMIN": unix.CAP_SYS_ADMIN,
}

// Lacking returns those of the capabilities that are not there, or of all that dilih needs if none is named. In a user
// namespace none counts for BPF.
func (r Rights) Lacking(names ...string) (lacking []string) {
	if r.UserNamespace {
		lacking = append(lacking, "the rights of the host's root, because it is that of a user namespace")
	}
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(capabilities))
	}
	for _, name := range names {
		if r.Capabilities>>capabilities[name]&1 == 0 {
			lacking = append(lacking, name)
		}
	}
	return lacking
}

// kernelRelease is what uname says.
func kernelRelease() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return ""
	}
	return textOf(name.Release[:])
}

// full reports whether these are all rights that reading takes.
func (r Rights) full() bool {
	const needed = 1<<unix.CAP_SYS_ADMIN | 1<<unix.CAP_SYS_PTRACE
	return !r.UserNamespace && r.Capabilities&needed == needed
}
