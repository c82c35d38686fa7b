// SPDX-License-Identifier: MIT

package world

import (
	"os"

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
