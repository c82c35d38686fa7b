// SPDX-License-Identifier: MIT

//go:build kernel

package session_test

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/events"
	"dilih/reader/fault/faulttest"
	"dilih/reader/session"
	"dilih/reader/tally"
)

func open(t *testing.T, path string, consumers ...events.Consumer) *session.Session {
	t.Helper()
	s, err := session.Open(path, consumers...)
	qt.Assert(t, qt.IsNil(err))
	t.Cleanup(func() { s.Close() })
	return s
}

func look(t *testing.T, s *session.Session) tally.Snapshot {
	t.Helper()
	snapshot, err := s.Snapshot()
	qt.Assert(t, qt.IsNil(err))
	return snapshot
}

// recorder keeps what it is told.
type recorder struct {
	events  []events.Event
	flushes int
}

func (r *recorder) Event(event events.Event) {
	event.Packet = bytes.Clone(event.Packet)
	r.events = append(r.events, event)
}

func (r *recorder) Flushed() { r.flushes++ }

// After 997 packets (a prime number of them, below the watermark) everything agrees with everything.
func TestSnapshot(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 50%", faulttest.GuardARP)
	loaded.Packets(10, 60) // before the session
	events := &recorder{}
	s := open(t, loaded.Pin, events)
	first := look(t, s)
	qt.Assert(t, qt.Equals(first.Entered.Packets, 10))
	qt.Assert(t, qt.Equals(first.Elapsed, 0))
	qt.Assert(t, qt.Equals(first.Events, tally.Events{}))

	loaded.Packets(997, 500)
	now := look(t, s)
	totals := loaded.Totals()
	qt.Assert(t, qt.Equals(now.Entered.Packets, 1007))
	qt.Assert(t, qt.Equals(now.Entered.Bytes, 10*60+997*500))
	qt.Assert(t, qt.Equals(now.Dropped.Packets, totals.Dropped.Packets))
	qt.Assert(t, qt.Equals(now.Passed.Packets, totals.Passed.Packets))
	qt.Assert(t, qt.Equals(math.Round(now.Entered.Rate*now.Elapsed.Seconds()), 997))
	qt.Assert(t, qt.Equals(now.Rules[1].Dropped.Packets, totals.Dropped.Packets))
	qt.Assert(t, qt.Equals(now.Events, tally.Events{Read: 2 * 997}))
	qt.Assert(t, qt.Equals(now.PassedTimes.Count+now.DroppedTimes.Count, 997))
	qt.Assert(t, qt.IsTrue(now.PassedTimes.Mean > 0))
	checkEvents(t, events, totals)
}

// checkEvents: an Enter and then a verdict, each with the frame's length and the packet's first bytes.
func checkEvents(t *testing.T, events *recorder, totals abi.Totals) {
	t.Helper()
	qt.Assert(t, qt.Equals(events.flushes, 2))
	qt.Assert(t, qt.HasLen(events.events, 2*997))
	for i, event := range events.events {
		qt.Assert(t, qt.Equals(event.Length, 500))
		qt.Assert(t, qt.Equals(event.Type == abi.Enter, i%2 == 0))
		if event.Type != abi.Enter {
			qt.Assert(t, qt.DeepEquals(event.Packet, make([]byte, 96)))
			qt.Assert(t, qt.Equals(event.Rule, abi.MaxRules+1))
		}
	}
}

// gate is a consumer that is too slow: it takes nothing before it opens.
type gate struct{ opened chan struct{} }

func (g gate) Event(events.Event) { <-g.opened }
func (g gate) Flushed()           {}

// What the reader could not be handed is counted: read and lost are all events there were. The rings
// of two CPUs hold some 60,000 packets at the most.
func TestLostIsCounted(t *testing.T) {
	const packets = 100_003
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 30%")
	slow := gate{make(chan struct{})}
	s := open(t, loaded.Pin, slow)
	loaded.Packets(packets, 60)
	close(slow.opened)
	now := look(t, s)
	totals := loaded.Totals()
	qt.Assert(t, qt.Equals(totals.Events, now.Events.Read))
	qt.Assert(t, qt.Equals(totals.RingFull, now.Events.Lost))
	qt.Assert(t, qt.Equals(now.Events.Read+now.Events.Lost, 2*packets))
	qt.Assert(t, qt.IsTrue(now.Events.Lost > 0))
}

// With sampling, all events are either read, lost, or sampled out.
func TestSampledOut(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 30%", faulttest.Sampled)
	s := open(t, loaded.Pin)
	loaded.Packets(300_007, 60)
	now := look(t, s)
	t.Logf("%+v", now.Events)
	qt.Assert(t, qt.IsTrue(now.Events.SampledOut > 0))
	qt.Assert(t, qt.Equals(now.Events.Read+now.Events.Lost+now.Events.SampledOut, 2*300_007))
}

// Percentiles are those of the raw events, within 1 %.
func TestPercentilesAreThoseOfTheEvents(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 50%")
	events := &recorder{}
	s := open(t, loaded.Pin, events)
	loaded.Packets(5003, 60)
	now := look(t, s)
	for kind, times := range map[abi.EventType]tally.Times{abi.Drop: now.DroppedTimes, abi.Pass: now.PassedTimes} {
		var raw []uint32
		for _, event := range events.events {
			if event.Type == kind {
				raw = append(raw, event.ProcessingTimeNs)
			}
		}
		slices.Sort(raw)
		qt.Assert(t, qt.Equals(times.Count, uint64(len(raw))))
		qt.Assert(t, qt.Equals(times.Max, uint64(raw[len(raw)-1])))
		for part, got := range map[float64]uint64{0.5: times.P50, 0.99: times.P99} {
			// There are several ways to round a rank: any of these times is the percentile to somebody.
			rank := int(part * float64(len(raw)))
			low, high := float64(raw[rank-1]), float64(raw[rank])
			fits := float64(got) >= low*0.99 && float64(got) <= high*1.01
			qt.Check(t, qt.IsTrue(fits), qt.Commentf("%v: %v, not %v to %v", part, got, low, high))
		}
	}
}
