// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"unsafe"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/scripts/test/labtest"
)

// TestNoSenderIsTold loses all that UDP sends, by a cable and to this machine itself. A socket that asks for errors
// gets none, and the kernel counts none.
func TestNoSenderIsTold(t *testing.T) {
	labtest.BuildTree(t)
	labtest.Run(t, labtest.Quiet, func() {
		qt.Assert(t, qt.IsNil(addIPv6()))
		output(t, "sysctl -qw net.ipv6.conf.lo.disable_ipv6=0")
		settle(t, "up", "DEV="+device+" lo", "FAULT=drop 100% out udp")
		sent := 0
		for _, to := range []string{peerAddress, peerAddress6, "127.0.0.1", "::1"} {
			for _, send := range []func(*testing.T, int, unix.Sockaddr) int{sendConnected, sendTo, sendMany} {
				socket, address := openUDP(t, netip.MustParseAddr(to))
				sent += send(t, socket, address)
				qt.Check(t, qt.Equals(errorOf(t, socket), 0))
				qt.Assert(t, qt.IsNil(unix.Close(socket)))
			}
		}
		dropped := output(t, "bpftool -j map dump pinned "+pin+"/totals | jq '[.[1].formatted.values[].value.dropped.packets] | add'")
		qt.Check(t, qt.Equals(dropped, fmt.Sprint(sent)))
		qt.Check(t, qt.Equals(output(t, "nstat -asz UdpSndbufErrors Udp6SndbufErrors | awk '/^Udp/ { print $2 }'"), "0\n0"))
	})
}

const datagrams = 100 // each way

// openUDP is a socket that asks for all errors, and where to send to.
func openUDP(t *testing.T, to netip.Addr) (socket int, address unix.Sockaddr) {
	domain, level, option := unix.AF_INET, unix.IPPROTO_IP, unix.IP_RECVERR
	if to.Is4() {
		address = &unix.SockaddrInet4{Port: 9, Addr: to.As4()}
	} else {
		domain, level, option = unix.AF_INET6, unix.IPPROTO_IPV6, unix.IPV6_RECVERR
		address = &unix.SockaddrInet6{Port: 9, Addr: to.As16()}
	}
	socket, err := unix.Socket(domain, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.IsNil(unix.SetsockoptInt(socket, level, option, 1)))
	return socket, address
}

func sendConnected(t *testing.T, socket int, to unix.Sockaddr) int {
	qt.Assert(t, qt.IsNil(unix.Connect(socket, to)))
	for range datagrams {
		_, err := unix.Write(socket, []byte("datagram"))
		qt.Check(t, qt.IsNil(err))
	}
	return datagrams
}

func sendTo(t *testing.T, socket int, to unix.Sockaddr) int {
	for range datagrams {
		qt.Check(t, qt.IsNil(unix.Sendto(socket, []byte("datagram"), 0, to)))
	}
	return datagrams
}

// sendMany sends all by one sendmmsg.
func sendMany(t *testing.T, socket int, to unix.Sockaddr) int {
	qt.Assert(t, qt.IsNil(unix.Connect(socket, to)))
	text := []byte("datagram")
	part := unix.Iovec{Base: &text[0], Len: uint64(len(text))}
	var messages [datagrams]struct {
		header unix.Msghdr
		sent   uint32
	}
	for i := range messages {
		messages[i].header.Iov, messages[i].header.Iovlen = &part, 1
	}
	sent, _, failed := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(socket), uintptr(unsafe.Pointer(&messages)), datagrams, 0, 0, 0)
	qt.Check(t, qt.Equals(failed, 0))
	qt.Check(t, qt.Equals(sent, datagrams))
	return datagrams
}

// errorOf is what the socket has heard since.
func errorOf(t *testing.T, socket int) int {
	pending, err := unix.GetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_ERROR)
	qt.Assert(t, qt.IsNil(err))
	_, _, _, _, err = unix.Recvmsg(socket, nil, nil, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
	qt.Check(t, qt.Equals(err, error(unix.EAGAIN)))
	return pending
}

// output is what a command prints.
func output(t *testing.T, command string) string {
	t.Helper()
	out, err := exec.Command("bash", "-euo", "pipefail", "-c", command).Output()
	qt.Assert(t, qt.IsNil(err))
	return strings.TrimSpace(string(out))
}
