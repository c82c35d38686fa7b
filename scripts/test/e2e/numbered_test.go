// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"context"
	"encoding/binary"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/scripts/test/testenv"
)

// sendNumbered sends numbered datagrams from an address of the peer to one here, and says for each of the first
// n whether it was lost. They are sent from one CPU: dilih has a chain for each.
func sendNumbered(t *testing.T, from, to string, n int) []bool {
	roomy := net.ListenConfig{Control: makeRoom}
	receiver, err := roomy.ListenPacket(context.Background(), "udp", to)
	qt.Assert(t, qt.IsNil(err))
	defer receiver.Close()
	sender := dialFromPeer(t, func() (net.Conn, error) {
		local, err := net.ResolveUDPAddr("udp", from)
		if err != nil {
			return nil, err
		}
		return (&net.Dialer{LocalAddr: local}).Dial("udp", receiver.LocalAddr().String())
	})
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		sendNumbers(sender, stop)
	}()
	defer func() {
		close(stop)
		<-stopped
	}()

	lost := make([]bool, n)
	for i := range lost {
		lost[i] = true
	}
	for datagram := make([]byte, 8); ; {
		qt.Assert(t, qt.IsNil(receiver.SetReadDeadline(time.Now().Add(testenv.Patience()))))
		_, _, err := receiver.ReadFrom(datagram)
		qt.Assert(t, qt.IsNil(err))
		number := binary.BigEndian.Uint64(datagram)
		if number >= uint64(n) {
			return lost
		}
		lost[number] = false
	}
}

// sendNumbers goes on until it is stopped: then the last that count have been followed by one that
// came through, however many get lost.
func sendNumbers(sender net.Conn, stop <-chan struct{}) {
	defer sender.Close()
	runtime.LockOSThread()
	var first unix.CPUSet
	first.Set(0)
	must(unix.SchedSetaffinity(0, &first))
	for number := uint64(0); ; number++ {
		select {
		case <-stop:
			return
		default:
			_, err := sender.Write(binary.BigEndian.AppendUint64(nil, number))
			must(err)
		}
	}
}

// makeRoom lets a socket hold all that is sent while nobody reads, so that only faults lose anything.
func makeRoom(_, _ string, raw syscall.RawConn) error {
	var failure error
	err := raw.Control(func(fd uintptr) {
		failure = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 256<<20)
	})
	if err != nil {
		return err
	}
	return failure
}

// dialFromPeer opens a socket at the other end, where it stays.
func dialFromPeer(t *testing.T, dial func() (net.Conn, error)) (socket net.Conn) {
	atPeer(t, func() (err error) {
		socket, err = dial()
		return err
	})
	return socket
}

// atPeer does something at the other end.
func atPeer(t *testing.T, do func() error) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends here, with its namespace
		done <- func() error {
			fd, err := unix.Open("/run/netns/peer", unix.O_RDONLY|unix.O_CLOEXEC, 0)
			if err != nil {
				return err
			}
			defer unix.Close(fd)
			if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
				return err
			}
			return do()
		}()
	}()
	qt.Assert(t, qt.IsNil(<-done))
}
