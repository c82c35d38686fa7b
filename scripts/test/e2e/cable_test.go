// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// cable joins a device of the peer's to one of the same name here, and carries what goes out by one in by the
// other: cable tap|tun NAME.
func cable() {
	here := plug(os.Args[1], os.Args[2])
	runtime.LockOSThread()
	namespace, err := unix.Open("/run/netns/peer", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	must(err)
	must(unix.Setns(namespace, unix.CLONE_NEWNET))
	there := plug(os.Args[1], os.Args[2])
	go carry(here, there)
	carry(there, here)
}

// plug makes a device in this thread's network namespace.
func plug(kind, name string) (fd int) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	must(err)
	request, err := unix.NewIfreq(name)
	must(err)
	flags := map[string]uint16{"tap": unix.IFF_TAP, "tun": unix.IFF_TUN}[kind]
	request.SetUint16(flags | unix.IFF_NO_PI)
	must(unix.IoctlIfreq(fd, unix.TUNSETIFF, request))
	return fd
}

func carry(from, to int) {
	packet := make([]byte, 1<<16)
	for {
		n, err := unix.Read(from, packet)
		must(err)
		// A device that is down takes nothing, and gets what it missed from nobody.
		_, _ = unix.Write(to, packet[:n])
	}
}
