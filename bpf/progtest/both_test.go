// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/bpf/model"
	"dilih/scripts/test/testenv"
)

// eachWay are the faults of a direction: one for each kind of frame, which its port tells.
const eachWay = `drop 30% burst 3 udp dport 1
drop every 3 udp dport 2
drop 20% per flow udp dport 3
pass udp dport 4
`

const (
	kinds  = 4
	rounds = 25_000 // in which a CPU sends a frame of each kind
	atOnce = 2      // CPUs
)

// end is a device that has programs of its own for both directions.
type end struct {
	loaded *kerneltest.Loaded
	device netlink.Link
	rules  []abi.Rule
	socket int
}

func makeEnd(t *testing.T, device netlink.Link) end {
	e := end{loaded: kerneltest.Load(t), device: device}
	set, rules := encode(t, eachWay+strings.ReplaceAll(eachWay, " udp", " out udp"), newSeed(t))
	e.rules = rules
	e.loaded.Put(set, rules...)
	addOut(t, device, e.loaded.Program(abi.HookTCOut))
	qt.Assert(t, qt.IsNil(netlink.LinkSetXdpFdWithFlags(device, e.loaded.Program(abi.HookXDP).FD(), nl.XDP_FLAGS_DRV_MODE)))
	var err error
	e.socket, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	qt.Assert(t, qt.IsNil(err))
	t.Cleanup(func() { unix.Close(e.socket) })
	return e
}

// arrived and left are what the rules for a kind have counted.
func (e end) arrived(kind int) abi.RuleCounters { return e.loaded.Counters(kind) }
func (e end) left(kind int) abi.RuleCounters    { return e.loaded.Counters(kinds + kind) }

func kindFrame(kind int) []byte {
	return ethernet().ipv4().udp(9, uint16(kind+1), make([]byte, 100*kind)...).frame()
}

// send sends on a CPU.
func (e end) send(cpu int) {
	defer onCPU(e.loaded.TB, cpu)()
	to := &unix.SockaddrLinklayer{Ifindex: e.device.Attrs().Index}
	for range rounds {
		for kind := range kinds {
			if err := unix.Sendto(e.socket, kindFrame(kind), 0, to); err != nil {
				qt.Check(e.loaded.TB, qt.IsNil(err))
				return
			}
		}
	}
}

// checkLeft holds what the end has sent against the model, kind by kind.
func (e end) checkLeft(t *testing.T) {
	var perCPU uint64
	for cpu := range atOnce {
		perCPU += picksOf(model.NewStream(e.rules[kinds], cpu, 0), rounds)
	}
	flow := model.Classify(kindFrame(2)).Flow(abi.ScopeFlow)
	for kind, dropped := range []uint64{perCPU, rounds * atOnce / 3, picksOf(model.NewStream(e.rules[kinds+2], 0, flow), rounds*atOnce), 0} {
		frame := uint64(len(kindFrame(kind)))
		counters := e.left(kind)
		qt.Check(t, qt.Equals(counters.Matched, abi.Tally{Packets: rounds * atOnce, Bytes: rounds * atOnce * frame}), qt.Commentf("kind %d", kind))
		qt.Check(t, qt.Equals(counters.Dropped, abi.Tally{Packets: dropped, Bytes: dropped * frame}), qt.Commentf("kind %d", kind))
	}
}

// checkArrived does so for what has come in, of which some may not have.
func (e end) checkArrived(t *testing.T) {
	every, perFlow := e.arrived(1), e.arrived(2)
	qt.Check(t, qt.Equals(every.Dropped.Packets, every.Matched.Packets/3))
	flow := model.Classify(kindFrame(2)).Flow(abi.ScopeFlow)
	qt.Check(t, qt.Equals(perFlow.Dropped.Packets, picksOf(model.NewStream(e.rules[2], 0, flow), perFlow.Matched.Packets)))
	qt.Check(t, qt.Equals(e.arrived(3).Dropped, abi.Tally{}))
}

func picksOf(stream *model.Stream, packets uint64) (picked uint64) {
	for range packets {
		if stream.Next().Lost {
			picked++
		}
	}
	return picked
}

// missing are packets that have left one end, but neither come in at the other nor been refused by its full queue.
func missing(t *testing.T, from, to end) int64 {
	link, err := netlink.LinkByIndex(from.device.Attrs().Index)
	qt.Assert(t, qt.IsNil(err))
	in := to.loaded.Totals()
	return int64(from.loaded.TotalsOf(abi.DirectionOut).Passed.Packets) -
		int64(in.Passed.Packets+in.Dropped.Packets) - int64(link.Attrs().Statistics.TxDropped)
}

// TestBothDirectionsAtOnce has two CPUs send from both ends of a veth, at each of which programs decide in both
// directions. Every count is what it has to be, to the packet.
func TestBothDirectionsAtOnce(t *testing.T) {
	enterQuietNamespace(t)
	a, b := addVeth(t, usualMTU)
	ends := [...]end{makeEnd(t, a), makeEnd(t, b)}
	var all sync.WaitGroup
	for cpu := range atOnce {
		for _, from := range ends {
			all.Go(func() { from.send(cpu) })
		}
	}
	all.Wait()
	for i, from := range ends {
		to := ends[1-i]
		testenv.Await(t, func() bool { return missing(t, from, to) <= 0 },
			func() string { return fmt.Sprintf("%d are missing", missing(t, from, to)) })
		qt.Check(t, qt.Equals(missing(t, from, to), 0))
		from.checkLeft(t)
		to.checkArrived(t)
		sum := to.loaded.Totals()
		t.Logf("%d came in, %d of them lost", sum.Passed.Packets+sum.Dropped.Packets, sum.Dropped.Packets)
	}
}
