// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"io"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// tunnel is a tunnel without a wire: a device of this name here and one at the peer, which begin with IP, and
// what one sends the other gets: tunnel DEVICE.
func tunnel() {
	runtime.LockOSThread()
	here := openTun(os.Args[1])
	namespace, err := os.Open("/run/netns/peer")
	must(err)
	must(unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET))
	there := openTun(os.Args[1])
	go carry(here, there)
	carry(there, here)
}

func openTun(name string) *os.File {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	must(err)
	request, err := unix.NewIfreq(name)
	must(err)
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	must(unix.IoctlIfreq(fd, unix.TUNSETIFF, request))
	return os.NewFile(uintptr(fd), name)
}

// carry takes a packet at a time, until the test ends. A device that is down yet takes none.
func carry(from io.Reader, to io.Writer) {
	packet := make([]byte, 1<<16)
	for {
		size, err := from.Read(packet)
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		_, _ = to.Write(packet[:size])
	}
}
