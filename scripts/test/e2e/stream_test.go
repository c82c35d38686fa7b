// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"
)

// way is from where to where datagrams go.
type way struct {
	name, from, to string
	port           int  // at both ends, so that each stream is the same flow
	out            bool // they leave here, and do not arrive
}

var (
	arriving = way{"what arrives", peerAddress, hostAddress, 5000, false}
	leaving  = way{"what leaves", hostAddress, peerAddress, 5001, true}
)

// word is what a fault for this way has in it.
func (w way) word() string {
	if w.out {
		return " out"
	}
	return ""
}

const (
	quiet      = 50         // ms after which a receiver looks whether it is to end
	settled    = 12 * quiet // ms after which nothing comes any more
	enoughRoom = 256 << 20  // of a socket, for all that waits in it
	recordSize = 1 << 18    // arrivals
)

// arrival is a datagram that came: which one, when the kernel had it for the receiver, and how long that took. When
// the receiver gets to read it depends on what else runs, as in a garbage collection.
type arrival struct {
	number   uint64
	at, took time.Duration // by CLOCK_REALTIME, as the kernel has it
}

// stream is numbered datagrams on their way. Both ends block in system calls on threads of their own, as what waits
// in Go's poller is woken late.
type stream struct {
	sender, receiver int
	address          unix.Sockaddr
	padding          int
	stop, heardAll   atomic.Bool
	ready            chan bool
	sent             chan uint64
	came             chan []arrival
}

// startStream sends so many datagrams, or until it is stopped if that is 0, with a pause after each.
func startStream(t *testing.T, w way, count int, pause time.Duration, padding int) *stream {
	runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0))) // or on one CPU the one that blocks would hold up the other
	s := &stream{padding: padding, ready: make(chan bool), sent: make(chan uint64, 1), came: make(chan []arrival, 1)}
	open := func(socket *int, address string) func() error {
		return func() (err error) {
			*socket, err = openSocket(socketAddress(address, w.port))
			return err
		}
	}
	here, there := &s.receiver, &s.sender
	if w.out {
		here, there = there, here
	}
	qt.Assert(t, qt.IsNil(open(here, hostAddress)()))
	atPeer(t, open(there, peerAddress))
	s.address = socketAddress(w.to, w.port)
	go s.receive()
	<-s.ready
	go s.send(uint64(count), pause)
	return s
}

func openSocket(address unix.Sockaddr) (socket int, err error) {
	if socket, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return 0, err
	}
	// What waits on its way from a veth still counts against its sender, which blocks without room for it.
	for option, value := range map[int]int{
		unix.SO_RCVBUFFORCE: enoughRoom, unix.SO_SNDBUFFORCE: enoughRoom, unix.SO_TIMESTAMPNS: 1,
	} {
		if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, option, value); err != nil {
			return 0, err
		}
	}
	if err := unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: quiet * 1000}); err != nil {
		return 0, err
	}
	return socket, unix.Bind(socket, address)
}

func socketAddress(address string, port int) unix.Sockaddr {
	return &unix.SockaddrInet4{Port: port, Addr: netip.MustParseAddr(address).As4()}
}

func (s *stream) send(count uint64, pause time.Duration) {
	runtime.LockOSThread()
	number, datagram := uint64(0), make([]byte, 16+s.padding)
	for next := now(unix.CLOCK_MONOTONIC); (count == 0 || number < count) && !s.stop.Load(); number++ {
		binary.BigEndian.PutUint64(datagram, number)
		binary.BigEndian.PutUint64(datagram[8:], uint64(now(unix.CLOCK_REALTIME)))
		must(unix.Sendto(s.sender, datagram, 0, s.address))
		if next += pause; pause > 0 {
			sleepUntil(next)
		}
	}
	s.sent <- number
}

func (s *stream) receive() {
	runtime.LockOSThread()
	// All memory is there before the first comes, and what was used before has been collected: to do so takes longer than
	// some packets wait.
	came, datagram, note := make([]arrival, recordSize), make([]byte, 1<<16), make([]byte, 64)
	for i := range came {
		came[i].number = 1
	}
	came = came[:0]
	runtime.GC()
	s.ready <- true
	for {
		n, noted, _, _, err := unix.Recvmsg(s.receiver, datagram, note, 0)
		if err == unix.EAGAIN && s.heardAll.Load() {
			break
		}
		if err == unix.EAGAIN || err == unix.EINTR {
			continue
		}
		must(err)
		if n >= 16 {
			sent, at := time.Duration(binary.BigEndian.Uint64(datagram[8:])), timestamp(note[:noted])
			came = append(came, arrival{binary.BigEndian.Uint64(datagram), at, at - sent})
		}
	}
	s.came <- came
}

// timestamp is the one that the kernel notes on a datagram.
func timestamp(note []byte) time.Duration {
	messages, err := unix.ParseSocketControlMessage(note)
	must(err)
	var at unix.Timespec
	_, err = binary.Decode(messages[0].Data, binary.NativeEndian, &at)
	must(err)
	return time.Duration(at.Nano())
}

// end waits until all is sent, or stops a stream without an end, and then until what was on its way has come. It may
// take so long.
func (s *stream) end(longest time.Duration) (sent uint64, came []arrival) {
	sent = <-s.sent
	time.Sleep(longest + settled*time.Millisecond)
	s.heardAll.Store(true)
	came = <-s.came
	unix.Close(s.sender)
	unix.Close(s.receiver)
	return sent, came
}

// times says of each number how many times it came.
func times(sent uint64, came []arrival) []int {
	times := make([]int, sent)
	for _, a := range came {
		times[a.number]++
	}
	return times
}

// countTimes says how many numbers came so many times.
func countTimes(sent uint64, came []arrival) map[int]int {
	count := map[int]int{}
	for _, n := range times(sent, came) {
		count[n]++
	}
	return count
}

func now(clock int32) time.Duration {
	var at unix.Timespec
	must(unix.ClockGettime(clock, &at))
	return time.Duration(at.Nano())
}

func sleepUntil(at time.Duration) {
	until := unix.NsecToTimespec(int64(at))
	for unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &until, nil) == unix.EINTR {
	}
}
