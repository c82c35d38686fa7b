// SPDX-License-Identifier: MIT

//go:build kernel && netem

package e2e

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/scripts/lib/labtest"
)

// frameKind is what stands between the addresses of a frame and its payload. So many bytes of that are VLAN tags.
type frameKind struct {
	name string
	head []byte
	tags int
}

// frameKinds are what a time to send can, and cannot, be set for by a helper of the kernel at tc: the first two can.
var frameKinds = []frameKind{
	{"IPv4", []byte{0x08, 0x00}, 0},
	{"802.1Q", []byte{0x81, 0x00, 0, 7, 0x08, 0x00}, 4},
	{"QinQ", []byte{0x88, 0xa8, 0, 7, 0x81, 0x00, 0, 8, 0x08, 0x00}, 8},
	{"802.1Q twice", []byte{0x81, 0x00, 0, 7, 0x81, 0x00, 0, 8, 0x86, 0xdd}, 8},
	{"PPPoE", []byte{0x88, 0x64}, 0},
	{"MPLS", []byte{0x88, 0x47}, 0},
	{"ARP", []byte{0x08, 0x06}, 0},
	{"LLDP", []byte{0x88, 0xcc}, 0},
}

const (
	framesOfAKind = 20
	frameSize     = 250 // bytes on the wire, without tags
	lateFrame     = 0.5 // ms, for the median
)

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

// openEnds opens them for a way. What arrives goes on by a bridge, behind which a socket gets frames of any kind.
func openEnds(t *testing.T, w way) (e frameEnds) {
	open := func(socket *int, device string) func() error {
		return func() (err error) {
			*socket, err = openPacketSocket(device)
			return err
		}
	}
	if w.out {
		qt.Assert(t, qt.IsNil(open(&e.sender, device)()))
		atPeer(t, open(&e.receiver, device))
		return e
	}
	atPeer(t, open(&e.sender, device))
	output(t, `ip link add behind type bridge forward_delay 0; ip link add port type veth peer name end
		for device in behind port end; do ip link set $device up; done
		ip link set port master behind; ip link set `+device+` master behind`)
	qt.Assert(t, qt.IsNil(open(&e.receiver, "end")()))
	return e
}

func openPacketSocket(device string) (socket int, err error) {
	all := binary.NativeEndian.Uint16([]byte{0, unix.ETH_P_ALL})
	if socket, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(all)); err != nil {
		return 0, err
	}
	link, err := linkIndex(device)
	if err != nil {
		return 0, err
	}
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return 0, err
	}
	if err := unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: quiet * 1000}); err != nil {
		return 0, err
	}
	return socket, unix.Bind(socket, &unix.SockaddrLinklayer{Protocol: all, Ifindex: link})
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

// send sends frames of a kind and returns those that came, and how long each took.
func (e frameEnds) send(t *testing.T, kind frameKind, pause, longest time.Duration) (came []arrival) {
	got := make(chan []arrival)
	deadline := now(unix.CLOCK_MONOTONIC) + framesOfAKind*pause + longest + settled*time.Millisecond
	go func() { got <- e.receive(deadline) }()
	next := now(unix.CLOCK_MONOTONIC)
	for number := range framesOfAKind {
		_, err := unix.Write(e.sender, kind.frame(number))
		qt.Assert(t, qt.IsNil(err))
		next += pause
		sleepUntil(next)
	}
	return <-got
}

func (e frameEnds) receive(deadline time.Duration) (came []arrival) {
	runtime.LockOSThread()
	frame, note := make([]byte, 1<<12), make([]byte, 64)
	for now(unix.CLOCK_MONOTONIC) < deadline {
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

// TestFramesWait has frames of all kinds wait, take turns and come twice, in both directions and modes. Nothing is
// counted as delayed that was not. It needs a time of its own, as TestDelays does.
func TestFramesWait(t *testing.T) {
	for _, mode := range []string{"xdpgeneric", "xdpdrv"} {
		t.Run(mode, func(t *testing.T) {
			labtest.Run(t, labtest.Quiet, func() {
				settle(t, "up", "MODE="+mode, "GUARD=off", "FAULT=delay 1ms; delay 1ms out")
				for _, w := range []way{arriving, leaving} {
					ends := openEnds(t, w)
					for _, kind := range frameKinds {
						delayFrames(t, w, ends, kind)
						rateFrames(t, w, ends, kind)
						repeatFrames(t, w, ends, kind)
					}
				}
			})
		})
	}
}

func delayFrames(t *testing.T, w way, ends frameEnds, kind frameKind) {
	const asked = 50
	force(t, plan(t, "delay 50ms len 250"+w.word()))
	came := ends.send(t, kind, 2*time.Millisecond, 0)
	waits := newSample(came)
	qt.Assert(t, qt.HasLen(waits, framesOfAKind), qt.Commentf("%s, %s", w.name, kind.name))
	t.Logf("%s, %s, asked for %d ms: %v", w.name, kind.name, asked, waits)
	qt.Check(t, qt.IsTrue(waits[0] >= asked && waits.quantile(0.5) < asked+lateFrame))
	checkFrames(t, kind, framesOfAKind)
}

// checkFrames holds what was counted of them against the book.
func checkFrames(t *testing.T, kind frameKind, delayed uint64) {
	rule := counters(t).Rules[0].Counters
	note := qt.Commentf("%s", kind.name)
	qt.Check(t, qt.Equals(rule.Matched, abi.Tally{Packets: framesOfAKind, Bytes: framesOfAKind * frameSize}), note)
	qt.Check(t, qt.Equals(rule.Delayed, delayed), note)
	qt.Check(t, qt.Equals(rule.Undelayed, 0), note)
}

// rateFrames sends frames at ten times the rate. From the first to the last they take turns of 5 ms.
func rateFrames(t *testing.T, w way, ends frameEnds, kind frameKind) {
	const turn = 5 * time.Millisecond // of 250 bytes
	force(t, plan(t, "rate 400kbit queue 1s len 250"+w.word()))
	came := ends.send(t, kind, turn/10, framesOfAKind*turn)
	qt.Assert(t, qt.HasLen(came, framesOfAKind), qt.Commentf("%s, %s", w.name, kind.name))
	slices.SortFunc(came, func(a, b arrival) int { return int(a.at - b.at) })
	took := came[len(came)-1].at - came[0].at
	t.Logf("%s, %s, turns of %v: all took %v", w.name, kind.name, turn, took)
	qt.Check(t, qt.IsTrue(took > (framesOfAKind-1)*turn-time.Millisecond && took < (framesOfAKind-1)*turn+turn))
	checkFrames(t, kind, framesOfAKind)
}

func repeatFrames(t *testing.T, w way, ends frameEnds, kind frameKind) {
	force(t, plan(t, "delay 20ms duplicate 100% len 250"+w.word()))
	waits := newSample(ends.send(t, kind, 2*time.Millisecond, 0))
	qt.Assert(t, qt.HasLen(waits, 2*framesOfAKind), qt.Commentf("%s, %s", w.name, kind.name))
	qt.Check(t, qt.IsTrue(waits[0] >= 20 && waits.quantile(0.5) < 20+lateFrame))
	checkFrames(t, kind, framesOfAKind)
}
