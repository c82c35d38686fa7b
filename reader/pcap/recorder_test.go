// SPDX-License-Identifier: MIT

package pcap

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket/pcapgo"

	"dilih/bpf/abi"
	"dilih/reader/devices"
	"dilih/reader/events"
	"dilih/reader/printable"
)

var compared = cmp.AllowUnexported(packet{})

func summaryOf(recorded, dropped uint64) string {
	return fmt.Sprintf("%d of %d drops recorded", recorded, dropped)
}

// A packet has the text of the fault that dropped it, also when the faults change.
func TestTexts(t *testing.T) {
	_, r, path := newRecorder(t)
	r.Event(dropped(1, entry(4, 0), 60))
	take(t, r, snapshot(10, 4, 1, "four"))
	r.Event(dropped(11, entry(4, 0), 60))
	r.Event(dropped(12, entry(5, 1), 60))
	take(t, r, snapshot(20, 5, 3, "five", "five too"))
	r.Event(dropped(21, entry(5, 0), 60))
	r.Event(dropped(22, entry(6, 0), 60))
	take(t, r, snapshot(30, 6, 5, "six"))

	// Twice within an interval: whose entry it was is not known.
	r.Event(dropped(31, entry(6, 0), 60))
	r.Event(dropped(32, entry(7, 1), 60))
	r.Event(dropped(33, entry(8, 0), 60))
	take(t, r, snapshot(40, 8, 8, "eight"))
	r.Event(dropped(41, entry(8, 0), 60))
	take(t, r, snapshot(50, 8, 9, "eight"))

	packets, last := readBack(t, contents(t, path))
	qt.Assert(t, qt.DeepEquals(commentsOf(packets), []string{
		"four", "four", "five too", "five", "six", "rule 1", "rule 2", "rule 1", "eight",
	}))
	qt.Assert(t, qt.Equals(last, summaryOf(9, 9)))
	qt.Assert(t, qt.IsNil(packets[5].verdict))
}

// In shadow mode nobody should take the packet for dropped.
func TestShadow(t *testing.T) {
	_, r, path := newRecorder(t)
	r.Event(dropped(1, entry(1, 0), 60))
	s := snapshot(10, 1, 1, "drop 10%")
	s.Shadow = true
	take(t, r, s)
	packets, _ := readBack(t, contents(t, path))
	qt.Assert(t, qt.DeepEquals(commentsOf(packets), []string{"drop 10% (shadow: it passed all the same)"}))
	qt.Assert(t, qt.DeepEquals(packets[0].verdict, []byte{2, 0, 0, 0, 0, 0, 0, 0})) // XDP_PASS
}

// A fault that drops nothing else drops what its queue has no room for. Such drops count, too.
func TestFullQueue(t *testing.T) {
	_, r, path := newRecorder(t)
	r.Event(dropped(1, entry(1, 0), 60))
	s := snapshot(10, 1, 2, "rate 10mbit")
	s.Rules[0].Drops, s.Totals.QueueDropped.Packets = false, 1
	take(t, r, s)
	packets, last := readBack(t, contents(t, path))
	qt.Assert(t, qt.DeepEquals(commentsOf(packets), []string{"rate 10mbit (the queue was full)"}))
	qt.Assert(t, qt.Equals(last, summaryOf(1, 3)))
}

// A packet says which way it went, and what the program told the kernel to do with it.
func TestDirections(t *testing.T) {
	const in, out = pcapgo.NgEpbFlagDirectionInbound, pcapgo.NgEpbFlagDirectionOutbound
	const xdp, tc = pcapgo.NgEpbVerdictTypeLinuxeBPFXDP, pcapgo.NgEpbVerdictTypeLinuxeBPFTC
	for _, test := range []struct {
		hook    abi.Hook
		shadow  bool
		way     pcapgo.NgEpbFlag
		by      pcapgo.NgEpbVerdictType
		verdict int64
	}{
		{abi.HookXDP, false, in, xdp, 1},
		{abi.HookXDP, true, in, xdp, 2},
		{abi.HookXDPL3, false, in, xdp, 1},
		{abi.HookTCOut, false, out, tc, 4},
		{abi.HookTCOut, true, out, tc, -1},
		{abi.HookTCOutL3, false, out, tc, 4},
		{abi.HookTCIn, false, in, tc, 4},
	} {
		_, r, path := newRecorder(t)
		s := snapshot(10, 1, 1, "drop 10%")
		s.Shadow, s.Rules[0].Way, s.Arriving = test.shadow, test.hook.Direction(), test.hook
		event := dropped(1, entry(1, 0), 60)
		event.Hook = test.hook
		r.Event(event)
		take(t, r, s)
		packets, _ := readBack(t, contents(t, path))
		qt.Assert(t, qt.HasLen(packets, 1))
		qt.Check(t, qt.Equals(packets[0].way, test.way))
		qt.Check(t, qt.Equals(packets[0].by, test.by))
		qt.Check(t, qt.Equals(int64(binary.LittleEndian.Uint64(packets[0].verdict)), test.verdict))
	}
}

// Packets that begin with IP and frames are in one file, which libpcap reads to its end.
func TestLinkTypes(t *testing.T) {
	l, r, path := newRecorder(t)
	take(t, r, snapshot(0, 1, 0, "drop 100%"))
	for i, test := range []struct {
		hook   abi.Hook
		packet string
		header string
	}{
		{abi.HookXDPL3, "\x45\x00", "\x08\x00"},
		{abi.HookXDP, "\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x88\xcc", ""},
		{abi.HookTCOutL3, "\x60\x00", "\x86\xdd"},
		{abi.HookTCInL3, "\x00", "\x00\x00"},
		{abi.HookTCInL3, "", "\x00\x00"},
	} {
		event := dropped(uint64(i), entry(1, 0), 60)
		event.Hook, event.Packet = test.hook, []byte(test.packet)
		r.Event(event)
		take(t, r, snapshot(uint64(i), 1, uint64(i+1), "drop 100%"))
		packets, _ := readBack(t, contents(t, path))
		qt.Assert(t, qt.HasLen(packets, i+1))
		want, length := test.packet, 60
		if test.header != "" {
			want, length = strings.Repeat("\x00", 12)+test.header+test.packet, 74
		}
		qt.Check(t, qt.Equals(string(packets[i].data), want))
		qt.Check(t, qt.Equals(packets[i].length, length))
	}
	qt.Assert(t, qt.IsNil(l.Close()))
	out, err := exec.Command("tcpdump", "-nr", path).CombinedOutput()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", out))
	qt.Check(t, qt.StringContains(string(out), "LLDP"))
	qt.Check(t, qt.Equals(strings.Count(string(out), "\n"), 1+5), qt.Commentf("%s", out))
}

// A drop that the counters do not have yet waits for those that do, with its packet.
func TestCounted(t *testing.T) {
	_, r, path := newRecorder(t)
	record := func(times ...uint64) {
		for _, at := range times {
			r.Event(dropped(at, entry(1, 0), 60))
		}
	}
	record(1, 2, 3, 4, 5)
	take(t, r, snapshot(5, 1, 5, "drop 10%"))
	record(12, 10, 11, 9)
	take(t, r, snapshot(10, 1, 7, "drop 10%"))
	packets, last := readBack(t, contents(t, path))
	qt.Assert(t, qt.HasLen(packets, 7))
	qt.Assert(t, qt.Equals(last, summaryOf(7, 7)))
	record(8)
	take(t, r, snapshot(20, 1, 10, "drop 10%"))
	packets, last = readBack(t, contents(t, path))
	qt.Assert(t, qt.Equals(last, summaryOf(10, 10)))
	for i, at := range []int64{1, 2, 3, 4, 5, 9, 10, 8, 11, 12} {
		qt.Assert(t, qt.Equals(packets[i].at, at))
		qt.Assert(t, qt.Equals(packets[i].data[0], byte(at)))
	}
}

// Drops from before the reader began are none of its business. Those of maps that were replaced are.
func TestOtherMaps(t *testing.T) {
	_, r, path := newRecorder(t)
	old := snapshot(10, 1, 107, "old")
	old.Began = abi.Totals{Dropped: abi.Tally{Packets: 100}}
	r.Event(dropped(1, entry(1, 0), 60))
	take(t, r, old)
	r.Event(dropped(11, entry(1, 0), 60))
	anew := snapshot(20, 1, 3, "new")
	anew.Began = abi.Totals{Dropped: abi.Tally{Packets: 1}}
	take(t, r, anew)
	r.Event(dropped(21, entry(1, 0), 60))
	anew.Counted, anew.Totals.Dropped.Packets = 30, 5
	take(t, r, anew)
	packets, last := readBack(t, contents(t, path))
	qt.Assert(t, qt.DeepEquals(commentsOf(packets), []string{"old", "rule 1", "new"}))
	qt.Assert(t, qt.Equals(last, summaryOf(3, 7+4)))
}

func TestOrigin(t *testing.T) {
	eth0, eth1 := devices.Device{Name: "eth0"}, devices.Device{Name: "eth1"}
	native := devices.Device{Name: "eth0", Mode: "driver"}
	tests := []struct {
		before, now []devices.Device
		want        string
	}{
		{nil, nil, "dilih"},
		{nil, []devices.Device{eth0}, "eth0"},
		{[]devices.Device{eth0}, []devices.Device{eth0}, "eth0"},
		{[]devices.Device{eth0}, []devices.Device{native}, "eth0"},
		{[]devices.Device{eth0}, nil, "eth0"},
		{[]devices.Device{eth0}, []devices.Device{eth1}, "dilih"},
		{[]devices.Device{eth0, eth1}, []devices.Device{eth1}, "dilih"},
		{nil, []devices.Device{eth0, eth1}, "dilih"},
	}
	for _, test := range tests {
		qt.Check(t, qt.Equals(origin("/sys/fs/bpf/dilih", test.before, test.now), test.want))
	}
}

// Each pin directory has interfaces of its own, and all count together.
func TestTwoPins(t *testing.T) {
	l, one, path := newRecorder(t)
	two := recorderOf(l, "/p/other")
	for _, r := range []*Recorder{one, two} {
		r.Event(dropped(1, entry(1, 0), 60))
		take(t, r, snapshot(10, 1, 1, "of "+r.pin))
		both := snapshot(20, 1, 3, "of "+r.pin)
		both.Devices = append(both.Devices, devices.Device{Name: "eth1"})
		r.Event(dropped(11, entry(1, 0), 60))
		take(t, r, both)
	}
	packets, last := readBack(t, contents(t, path))
	var on []string
	for _, p := range packets {
		on = append(on, p.on+" "+p.comment)
	}
	qt.Assert(t, qt.DeepEquals(on, []string{
		"eth0 of /sys/fs/bpf/dilih", "dilih of /sys/fs/bpf/dilih", "eth0 of /p/other", "other of /p/other",
	}))
	qt.Assert(t, qt.Equals(last, summaryOf(4, 6)))
}

// However many drops there are, not all of them wait for the next Take.
func TestManyDrops(t *testing.T) {
	_, r, path := newRecorder(t)
	take(t, r, snapshot(10, 1, 0, "drop 100%"))
	for i := range uint64(mostDrops + 10) {
		r.Event(dropped(11+i, entry(1, 0), 60))
	}
	qt.Assert(t, qt.HasLen(r.drops, 10))
	packets, last := readBack(t, contents(t, path))
	qt.Assert(t, qt.HasLen(packets, mostDrops))
	qt.Assert(t, qt.Equals(last, summaryOf(mostDrops, mostDrops)))

	take(t, r, snapshot(1<<20, 1, mostDrops+11, "drop 100%"))
	packets, last = readBack(t, contents(t, path))
	qt.Assert(t, qt.HasLen(packets, mostDrops+10))
	qt.Assert(t, qt.Equals(last, summaryOf(mostDrops+10, mostDrops+11)))
}

// Between Hold and Take, drops wait: whether they have been counted is not known yet.
func TestHold(t *testing.T) {
	_, r, path := newRecorder(t)
	take(t, r, snapshot(10, 1, 0, "drop 100%"))
	r.Hold()
	for i := range uint64(3 * mostDrops) {
		r.Event(dropped(11+i, entry(1, 0), 60))
	}
	packets, _ := readBack(t, contents(t, path))
	qt.Assert(t, qt.HasLen(packets, 0))
	take(t, r, snapshot(10+mostDrops, 1, mostDrops, "drop 100%"))
	_, last := readBack(t, contents(t, path))
	qt.Assert(t, qt.Equals(last, summaryOf(mostDrops, mostDrops)))
	r.Event(dropped(1<<20, entry(1, 0), 60)) // from now on they need not wait
	_, last = readBack(t, contents(t, path))
	qt.Assert(t, qt.Equals(last, summaryOf(3*mostDrops+1, 3*mostDrops+1)))
}

// Events come from one goroutine while another takes snapshots.
func TestConcurrent(t *testing.T) {
	l, r, path := newRecorder(t)
	const count = 20_000
	var events sync.WaitGroup
	events.Go(func() {
		for i := range uint64(count) {
			r.Event(dropped(i, entry(1, 0), 60))
		}
	})
	for at := uint64(0); at < count; at += 100 {
		r.Hold()
		take(t, r, snapshot(at, 1, at+1, "drop 100%"))
	}
	events.Wait()
	take(t, r, snapshot(count, 1, count, "drop 100%"))
	qt.Assert(t, qt.IsNil(l.Close()))
	packets, last := readBack(t, contents(t, path))
	qt.Assert(t, qt.HasLen(packets, count))
	qt.Assert(t, qt.Equals(last, summaryOf(count, count)))
}

// Whatever comes out of the rings, what it makes of it is a file.
func FuzzEvent(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add(make([]byte, 20), bytes.Repeat([]byte{2}, 60))
	f.Add(bytes.Repeat([]byte{1}, 20), append(bytes.Repeat([]byte{2}, 12), 2, 0xff, 0xff, 0xff))
	f.Fuzz(func(t *testing.T, enter, drop []byte) {
		l, err := Open("-", io.Discard)
		qt.Assert(t, qt.IsNil(err))
		r, file := recorderOf(l, "/p"), &disk{}
		l.pages = &pages{file: file}
		decoder := events.Decoder{Snaplen: math.MaxUint16}
		for _, sample := range [][]byte{enter, drop} {
			if event, ok := decoder.Decode(0, sample); ok {
				r.Event(event)
			}
		}
		take(t, r, snapshot(math.MaxUint64, 1, 2))
		packets, last := readBack(t, file.bytes)
		qt.Assert(t, qt.Equals(last, summaryOf(uint64(len(packets)), 2)))
	})
}

// A packet whose length is not known is as long as what there is of it.
func TestUnknownLength(t *testing.T) {
	_, r, path := newRecorder(t)
	event := dropped(1, entry(1, 0), 50)
	event.Length = 0
	r.Event(event)
	take(t, r, snapshot(10, 1, 1, "drop 100%"))
	packets, _ := readBack(t, contents(t, path))
	qt.Assert(t, qt.Equals(packets[0].length, 50))
	qt.Assert(t, qt.Equals(packets[0].way, pcapgo.NgEpbFlagDirectionUnknown))
}

// A path may be anything, and what reads the file may show it on a terminal.
func TestPinIsPrintable(t *testing.T) {
	description := link{name: "eth0", pin: "/pins/\x1b[2J"}.descriptor().Description
	qt.Assert(t, qt.Equals(description, printable.Text("/pins/\x1b[2J")))
	qt.Assert(t, qt.Not(qt.StringContains(description, "\x1b")))
}
