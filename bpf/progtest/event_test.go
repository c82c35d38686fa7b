// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"testing"
	"time"

	"github.com/cilium/ebpf/perf"
	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
)

// event is a decoded sample.
type event struct {
	abi.Event
	rest []byte // after the 16 bytes, perf's padding included
}

func decode(tb testing.TB, sample []byte) event {
	tb.Helper()
	e := event{}
	size, err := binary.Decode(sample, binary.NativeEndian, &e.Event)
	qt.Assert(tb, qt.IsNil(err), qt.Commentf("a sample of %d bytes", len(sample)))
	e.rest = sample[size:]
	return e
}

// collect opens the rings, calls send, and returns all that came through, by CPU.
func collect(loaded *kerneltest.Loaded, ringSize int, send func()) (events map[int][]event, lost uint64) {
	loaded.TB.Helper()
	reader, err := perf.NewReaderWithOptions(loaded.Maps[abi.OutputMap], ringSize, perf.ReaderOptions{Watermark: 1})
	qt.Assert(loaded.TB, qt.IsNil(err))
	defer reader.Close()
	send()
	reader.SetDeadline(time.Now().Add(50 * time.Millisecond))
	events = map[int][]event{}
	for {
		record, err := reader.Read()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return events, lost
		}
		qt.Assert(loaded.TB, qt.IsNil(err))
		lost += record.LostSamples
		if record.LostSamples == 0 {
			events[record.CPU] = append(events[record.CPU], decode(loaded.TB, record.RawSample))
		}
	}
}

const bigRing = 1 << 24

func TestSlowPacketsAreAllReported(t *testing.T) {
	const packets = 20
	loaded := kerneltest.Load(t)
	loaded.Put(abi.FaultSet{Snaplen: 96}, keyed(newSeed(t), drop(0.5)))
	defer onCPU(t, 0)()
	verdicts := []uint32{}
	events, _ := collect(loaded, bigRing, func() {
		for range packets {
			verdicts = append(verdicts, loaded.Run(frame))
			time.Sleep(9 * time.Millisecond) // the spacing of the packets is what is tested
		}
	})
	qt.Assert(t, qt.Equals(len(events[0]), 2*packets))
	for n, verdict := range verdicts {
		enter, end := events[0][2*n], events[0][2*n+1]
		qt.Assert(t, qt.Equals(enter.Type, abi.Enter))
		qt.Assert(t, qt.Equals(end.Type, map[uint32]abi.EventType{xdpDrop: abi.Drop, xdpPass: abi.Pass}[verdict]))
		qt.Assert(t, qt.Equals(end.SampleShift, 0))
		qt.Assert(t, qt.Equals(uint64(end.ProcessingTimeNs), end.Timestamp-enter.Timestamp))
	}
}

func TestEventsTellTheWholeStory(t *testing.T) {
	loaded := kerneltest.Load(t)
	data := make([]byte, 300)
	for i := range data {
		data[i] = byte(i)
	}
	defer onCPU(t, 0)()
	for _, snaplen := range []uint16{0, 1, 96, 299, 300, 1024} {
		loaded.Put(abi.FaultSet{Snaplen: snaplen, Events: abi.EventsAll}, drop(0), drop(1))
		events, _ := collect(loaded, bigRing, func() { loaded.Run(data) })
		qt.Assert(t, qt.Equals(len(events[0]), 2))
		enter, verdict := events[0][0], events[0][1]
		qt.Check(t, qt.Equals(enter.Rule, uint16(abi.HookXDP)))
		qt.Check(t, qt.Equals(enter.ProcessingTimeNs, 0))
		qt.Check(t, qt.Equals(len(enter.rest), 12)) // a sample of 24 bytes, which perf pads to 28
		qt.Check(t, qt.Equals(binary.NativeEndian.Uint32(enter.rest), 300))
		qt.Check(t, qt.Equals(binary.NativeEndian.Uint32(enter.rest[4:]), 0)) // nothing waits at XDP
		qt.Check(t, qt.Equals(uint32(verdict.Rule), loaded.Entry(0)))
		size := min(int(snaplen), len(data))
		qt.Assert(t, qt.IsTrue(len(verdict.rest) >= size && len(verdict.rest) < size+8))
		qt.Check(t, qt.DeepEquals(verdict.rest[:size], data[:size]))
	}
}

// TestFastPacketsAreSampled holds the estimates from the events against the counters. Each event
// stands for 2^shift packets and its weight has a variance of at most 2^shift times itself.
func TestFastPacketsAreSampled(t *testing.T) {
	const packets = 3_000_000
	loaded := kerneltest.Load(t)
	loaded.Put(abi.FaultSet{}, keyed(newSeed(t), drop(0.3)))
	defer onCPU(t, 0)()
	began := time.Now()
	events, lost := collect(loaded, bigRing, func() { loaded.Repeat(frame, packets) })
	ticks := float64(time.Since(began)/(time.Second/250)) + 2 // 250 Hz or slower; the cap is per tick
	sum := loaded.Totals()
	qt.Assert(t, qt.Equals(lost, 0))
	qt.Assert(t, qt.Equals(uint64(len(events[0])), sum.Events))
	// A tick spends its budgets once and begins on them again; the first ones from rest, up to 32 times.
	const budgets = 32 + 8
	most := budgets * (2*ticks + 32)
	qt.Assert(t, qt.IsTrue(float64(sum.Reported) < most), qt.Commentf("%d reported in %v ticks", sum.Reported, ticks))

	var estimate, variance, kinds [4]float64
	for _, e := range events[0] {
		weight := math.Ldexp(1, int(e.SampleShift))
		kinds[e.Type]++
		estimate[e.Type] += weight
		variance[e.Type] += weight * (weight - 1)
	}
	qt.Assert(t, qt.Equals(kinds[abi.Enter], kinds[abi.Drop]+kinds[abi.Pass]))
	for kind, truth := range map[abi.EventType]uint64{abi.Drop: sum.Dropped.Packets, abi.Pass: sum.Passed.Packets} {
		bound := sigmas * math.Sqrt(variance[kind])
		qt.Assert(t, qt.IsTrue(math.Abs(estimate[kind]-float64(truth)) <= bound),
			qt.Commentf("type %d: estimated %v, counted %d, allowed %v", kind, estimate[kind], truth, bound))
	}
}

func TestAllEventsMeansAll(t *testing.T) {
	const packets = 20_000
	loaded := kerneltest.Load(t)
	loaded.Put(abi.FaultSet{Events: abi.EventsAll}, drop(1))
	defer onCPU(t, 0)()
	events, lost := collect(loaded, bigRing, func() { loaded.Repeat(frame, packets) })
	qt.Assert(t, qt.Equals(lost, 0))
	qt.Assert(t, qt.Equals(len(events[0]), 2*packets))
}

func TestNoEventsMeansNone(t *testing.T) {
	loaded := kerneltest.Load(t)
	loaded.Put(abi.FaultSet{Events: abi.EventsNone}, drop(1))
	loaded.Repeat(frame, 10_000)
	qt.Assert(t, qt.Equals(loaded.Totals().Reported, 0))
}

func TestEventsWithoutReaderAreCounted(t *testing.T) {
	const packets = 1000
	loaded := kerneltest.Load(t)
	loaded.Put(abi.FaultSet{Events: abi.EventsAll}, drop(1))
	loaded.Repeat(frame, packets)
	sum := loaded.Totals()
	qt.Assert(t, qt.Equals(sum.NoReader, 2*packets))
	qt.Assert(t, qt.Equals(sum.Events+sum.RingFull+sum.Failed, 0))
}

// TestFullRingLosesCountedEvents fills a ring that nobody drains while packets come.
func TestFullRingLosesCountedEvents(t *testing.T) {
	const packets = 10_000
	loaded := kerneltest.Load(t)
	loaded.Put(abi.FaultSet{Events: abi.EventsAll, Snaplen: 64}, drop(1))
	defer onCPU(t, 0)()
	events, _ := collect(loaded, os.Getpagesize(), func() { loaded.Repeat(frame, packets) })
	sum := loaded.Totals()
	qt.Assert(t, qt.IsTrue(sum.RingFull > 0))
	qt.Assert(t, qt.Equals(sum.Events+sum.RingFull, 2*packets))
	qt.Assert(t, qt.Equals(uint64(len(events[0])), sum.Events))
}

// TestSamplingRecovers sends slow packets right after fast ones: within a second all are reported.
func TestSamplingRecovers(t *testing.T) {
	loaded := kerneltest.Load(t)
	loaded.Put(abi.FaultSet{}, drop(1))
	defer onCPU(t, 0)()
	loaded.Repeat(frame, 3_000_000)
	time.Sleep(time.Second) // a second without packets is what is tested
	before := loaded.Totals().Reported
	for range 10 {
		loaded.Run(frame)
	}
	qt.Assert(t, qt.Equals(loaded.Totals().Reported-before, 10))
}
