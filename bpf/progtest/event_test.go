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
)

// article is what a reader decodes that knows only the article's struct.
type article struct {
	timestamp  uint64
	processing uint32
	kind       abi.EventType
}

// event is a decoded sample: the article's fields, and what dilih put into their padding.
type event struct {
	article
	shift uint8
	rule  uint16
	rest  []byte // behind the 16 bytes, perf's padding included
}

func decode(tb testing.TB, sample []byte) event {
	tb.Helper()
	if len(sample) < abi.EventSize {
		tb.Fatalf("a sample of %d bytes", len(sample))
	}
	native := binary.NativeEndian
	return event{
		article: article{native.Uint64(sample), native.Uint32(sample[8:]), abi.EventType(sample[12])},
		shift:   sample[13],
		rule:    native.Uint16(sample[14:]),
		rest:    sample[abi.EventSize:],
	}
}

// collect opens the rings, calls send, and returns all that came through, by CPU.
func (k *kernel) collect(ringSize int, send func()) (events map[int][]event, lost uint64) {
	k.tb.Helper()
	reader, err := perf.NewReaderWithOptions(k.Output, ringSize, perf.ReaderOptions{Watermark: 1})
	if err != nil {
		k.tb.Fatal(err)
	}
	defer reader.Close()
	send()
	reader.SetDeadline(time.Now().Add(50 * time.Millisecond))
	events = map[int][]event{}
	for {
		record, err := reader.Read()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return events, lost
		}
		if err != nil {
			k.tb.Fatal(err)
		}
		lost += record.LostSamples
		if record.LostSamples == 0 {
			events[record.CPU] = append(events[record.CPU], decode(k.tb, record.RawSample))
		}
	}
}

const bigRing = 1 << 24

func TestSlowPacketsAreAllReported(t *testing.T) {
	const packets = 20
	k := load(t)
	k.put(abi.FaultSet{Snaplen: 96}, key(newSeed(t), drop(0.5)))
	unpin := pin(t, 0)
	defer unpin()
	fates := []uint32{}
	events, _ := k.collect(bigRing, func() {
		for range packets {
			fates = append(fates, k.run(frame))
			time.Sleep(9 * time.Millisecond) // the spacing of the packets is what is tested
		}
	})
	qt.Assert(t, qt.Equals(len(events[0]), 2*packets))
	for n, fate := range fates {
		enter, verdict := events[0][2*n], events[0][2*n+1]
		qt.Assert(t, qt.Equals(enter.kind, abi.Enter))
		qt.Assert(t, qt.Equals(verdict.kind, map[uint32]abi.EventType{xdpDrop: abi.Drop, xdpPass: abi.Pass}[fate]))
		qt.Assert(t, qt.Equals(verdict.shift, 0))
		qt.Assert(t, qt.Equals(uint64(verdict.processing), verdict.timestamp-enter.timestamp))
	}
}

func TestEventsTellTheWholeStory(t *testing.T) {
	k := load(t)
	data := make([]byte, 300)
	for i := range data {
		data[i] = byte(i)
	}
	defer pin(t, 0)()
	for _, snaplen := range []uint16{0, 1, 96, 299, 300, 1024} {
		k.put(abi.FaultSet{Snaplen: snaplen, Events: abi.EventsAll}, drop(0), drop(1))
		events, _ := k.collect(bigRing, func() { k.run(data) })
		qt.Assert(t, qt.Equals(len(events[0]), 2))
		enter, verdict := events[0][0], events[0][1]
		qt.Check(t, qt.Equals(enter.rule, abi.NoRule))
		qt.Check(t, qt.Equals(enter.processing, 0))
		qt.Check(t, qt.Equals(len(enter.rest), 4)) // a 20-byte sample, as one of 16 bytes would be
		qt.Check(t, qt.Equals(binary.NativeEndian.Uint32(enter.rest), 300))
		qt.Check(t, qt.Equals(uint32(verdict.rule), k.entry(0)))
		size := min(int(snaplen), len(data))
		qt.Assert(t, qt.IsTrue(len(verdict.rest) >= size && len(verdict.rest) < size+8))
		qt.Check(t, qt.DeepEquals(verdict.rest[:size], data[:size]))
	}
}

// TestFastPacketsAreSampled holds the estimates from the events against the counters. Each event
// stands for 2^shift packets and its weight has a variance of at most 2^shift times itself.
func TestFastPacketsAreSampled(t *testing.T) {
	const packets = 3_000_000
	k := load(t)
	k.put(abi.FaultSet{}, key(newSeed(t), drop(0.3)))
	defer pin(t, 0)()
	began := time.Now()
	events, lost := k.collect(bigRing, func() { k.repeat(frame, packets) })
	ticks := float64(time.Since(began)/(time.Second/250)) + 2 // 250 Hz or slower; the cap is per tick
	sum := k.totals()
	qt.Assert(t, qt.Equals(lost, 0))
	qt.Assert(t, qt.Equals(uint64(len(events[0])), sum.Events))
	// A tick spends its budgets once and begins on them again; the first ones from rest, up to 32 times.
	const budgets = 32 + 8
	most := budgets * (2*ticks + 32)
	qt.Assert(t, qt.IsTrue(float64(sum.Reported) < most), qt.Commentf("%d reported in %v ticks", sum.Reported, ticks))

	var estimate, variance, kinds [4]float64
	for _, e := range events[0] {
		weight := math.Ldexp(1, int(e.shift))
		kinds[e.kind]++
		estimate[e.kind] += weight
		variance[e.kind] += weight * (weight - 1)
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
	k := load(t)
	k.put(abi.FaultSet{Events: abi.EventsAll}, drop(1))
	defer pin(t, 0)()
	events, lost := k.collect(bigRing, func() { k.repeat(frame, packets) })
	qt.Assert(t, qt.Equals(lost, 0))
	qt.Assert(t, qt.Equals(len(events[0]), 2*packets))
}

func TestNoEventsMeansNone(t *testing.T) {
	k := load(t)
	k.put(abi.FaultSet{Events: abi.EventsNone}, drop(1))
	k.repeat(frame, 10_000)
	qt.Assert(t, qt.Equals(k.totals().Reported, 0))
}

func TestEventsWithoutReaderAreCounted(t *testing.T) {
	const packets = 1000
	k := load(t)
	k.put(abi.FaultSet{Events: abi.EventsAll}, drop(1))
	k.repeat(frame, packets)
	sum := k.totals()
	qt.Assert(t, qt.Equals(sum.NoReader, 2*packets))
	qt.Assert(t, qt.Equals(sum.Events+sum.RingFull+sum.Failed, 0))
}

// TestFullRingLosesCountedEvents fills a ring that nobody drains while packets come.
func TestFullRingLosesCountedEvents(t *testing.T) {
	const packets = 10_000
	k := load(t)
	k.put(abi.FaultSet{Events: abi.EventsAll, Snaplen: 64}, drop(1))
	defer pin(t, 0)()
	events, _ := k.collect(os.Getpagesize(), func() { k.repeat(frame, packets) })
	sum := k.totals()
	qt.Assert(t, qt.IsTrue(sum.RingFull > 0))
	qt.Assert(t, qt.Equals(sum.Events+sum.RingFull, 2*packets))
	qt.Assert(t, qt.Equals(uint64(len(events[0])), sum.Events))
}

// TestSamplingRecovers sends slow packets right after fast ones: within a second all are reported.
func TestSamplingRecovers(t *testing.T) {
	k := load(t)
	k.put(abi.FaultSet{}, drop(1))
	defer pin(t, 0)()
	k.repeat(frame, 3_000_000)
	time.Sleep(time.Second) // a second without packets is what is tested
	before := k.totals().Reported
	for range 10 {
		k.run(frame)
	}
	qt.Assert(t, qt.Equals(k.totals().Reported-before, 10))
}
