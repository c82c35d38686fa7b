// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"
)

// frameKind is what stands between the addresses of a frame and its payload. So many bytes of that are VLAN tags.
type frameKind struct {
	name string
	head []byte
	tags int
}

const frameSize = 250 // bytes on the wire, without tags

// frame is one to all stations. It ends in its number and when it was sent, after eight bytes by which it is known.
func (k frameKind) frame(number int) []byte {
	frame := append(bytes.Repeat([]byte{0xff}, 6), 2, 0, 0, 0, 0, 9)
	frame = append(frame, k.head...)
	frame = append(frame, make([]byte, frameSize+k.tags-len(frame)-24)...)
	frame = append(frame, "numbered"...)
	frame = binary.BigEndian.AppendUint64(frame, uint64(number))
	return binary.BigEndian.AppendUint64(frame, uint64(now(unix.CLOCK_REALTIME)))
}

// frameEnds are a socket that sends frames and one that gets them.
type frameEnds struct{ sender, receiver int }

// openEnds opens them for a way.
func openEnds(t *testing.T, w way) (e frameEnds) {
	open := func(socket *int, device string) func() error {
		return func() (err error) {
			*socket, err = openPacketSocket(device, unix.ETH_P_ALL)
			return err
		}
	}
	if w.out {
		qt.Assert(t, qt.IsNil(open(&e.sender, device)()))
		atPeer(t, open(&e.receiver, device))
		return e
	}
	atPeer(t, open(&e.sender, device))
	e.receiver = openBehind(t)
	return e
}

// openBehind opens a socket that gets what arrives at the device, of any kind: a bridge takes it there.
func openBehind(t *testing.T) (receiver int) {
	output(t, `ip link add behind type bridge forward_delay 0; ip link add port type veth peer name end
		for device in behind port end; do ip link set $device up; done
		ip link set port master behind; ip link set `+device+` master behind`)
	receiver, err := openPacketSocket("end", unix.ETH_P_ALL)
	qt.Assert(t, qt.IsNil(err))
	return receiver
}

// openPacketSocket opens a socket that sends frames by a device of this thread's namespace and gets those of a protocol.
// ETH_P_ALL are all frames, before tc; any other protocol those of that protocol, after tc.
func openPacketSocket(device string, protocol uint16) (socket int, err error) {
	if socket, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
		return 0, err
	}
	link, err := linkIndex(device)
	if err != nil {
		return 0, err
	}
	for option, value := range map[int]int{unix.SO_RCVBUFFORCE: enoughRoom, unix.SO_TIMESTAMPNS: 1} {
		if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, option, value); err != nil {
			return 0, err
		}
	}
	if err := unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: quiet * 1000}); err != nil {
		return 0, err
	}
	return socket, unix.Bind(socket, &unix.SockaddrLinklayer{Protocol: bits.ReverseBytes16(protocol), Ifindex: link})
}

// linkIndex is the index of a device in the namespace of this thread.
func linkIndex(device string) (int, error) {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq(device)
	if err != nil {
		return 0, err
	}
	err = unix.IoctlIfreq(socket, unix.SIOCGIFINDEX, request)
	return int(request.Uint32()), err
}

// send sends so many frames of a kind and returns those that came, and how long each took.
func (e frameEnds) send(t *testing.T, kind frameKind, count int, pause, longest time.Duration) (came []arrival) {
	got := make(chan []arrival)
	var heardAll atomic.Bool
	go func() { got <- e.receive(&heardAll) }()
	next := now(unix.CLOCK_MONOTONIC)
	for number := range count {
		_, err := unix.Write(e.sender, kind.frame(number))
		qt.Assert(t, qt.IsNil(err))
		next += pause
		sleepUntil(next)
	}
	time.Sleep(longest + settled*time.Millisecond)
	heardAll.Store(true)
	return <-got
}

func (e frameEnds) receive(heardAll *atomic.Bool) (came []arrival) {
	runtime.LockOSThread()
	frame, note := make([]byte, 1<<12), make([]byte, 64)
	for !heardAll.Load() {
		n, noted, _, _, err := unix.Recvmsg(e.receiver, frame, note, 0)
		if err == unix.EAGAIN || err == unix.EINTR {
			continue
		}
		must(err)
		if n < 24 || string(frame[n-24:n-16]) != "numbered" {
			continue
		}
		number, sent := binary.BigEndian.Uint64(frame[n-16:]), time.Duration(binary.BigEndian.Uint64(frame[n-8:]))
		at := timestamp(note[:noted])
		came = append(came, arrival{number, at, at - sent})
	}
	return came
}
