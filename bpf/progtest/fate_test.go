// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"math/rand/v2"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/model"
	"dilih/reader/fault"
)

// processes are faults with each process of the language.
var processes = []string{
	"drop 50%",
	"drop 0.1%",
	"drop 100%",
	"drop 1% burst 4",
	"drop 30% burst 2.5",
	"drop gemodel 1%",
	"drop gemodel 5% 20%",
	"drop gemodel 5% 20% 70%",
	"drop gemodel 5% 20% 70% 0.5%",
	"drop every 1",
	"drop every 7",
	"drop first 5",
}

// put puts a fault in force and returns its rule.
func (k *kernel) fault(text string, seed uint64) abi.Rule {
	k.tb.Helper()
	faults, err := fault.Parse("test", text)
	if err != nil {
		k.tb.Fatal(err)
	}
	set, rules := fault.Set{Seed: seed, Faults: faults}.Encode(0)
	k.put(set, rules...)
	return rules[0]
}

// TestFatesOnACPU holds each packet of a CPU's sequence against the model.
func TestFatesOnACPU(t *testing.T) {
	const packets = 10_000
	k := load(t)
	for _, cpu := range []int{0, 1} {
		unpin := pin(t, cpu)
		for _, text := range processes {
			seed := newSeed(t)
			stream := model.NewStream(k.fault(text, seed), cpu, 0)
			for n := range packets {
				got, want := k.run(frame) == xdpDrop, stream.Next()
				qt.Assert(t, qt.Equals(got, want), qt.Commentf("%s, packet %d on CPU %d", text, n, cpu))
			}
		}
		unpin()
	}
}

// TestFatesInFlows interleaves flows at random and wanders between CPUs: nothing but seed, rule,
// flow and n may matter.
func TestFatesInFlows(t *testing.T) {
	const flows, packets = 50, 10_000
	k := load(t)
	for _, text := range append([]string{"drop 20% of flows"}, processes...) {
		if text != "drop 20% of flows" {
			text += " per flow"
		}
		seed := newSeed(t)
		random := rand.New(rand.NewPCG(seed, 0))
		rule := k.fault(text, seed)
		frames, streams := make([][]byte, flows), make([]*model.Stream, flows)
		for i := range frames {
			frames[i] = randomUDP(t, random)
			streams[i] = model.NewStream(rule, 0, model.Classify(frames[i]).Flow())
		}
		unpin := func() {}
		for n := range packets {
			if n%100 == 0 {
				unpin()
				unpin = pin(t, n/100%2)
			}
			i := random.IntN(flows)
			got, want := k.run(frames[i]) == xdpDrop, streams[i].Next()
			qt.Assert(t, qt.Equals(got, want), qt.Commentf("%s, packet %d, of flow %d", text, n, i))
		}
		unpin()
	}
}

// TestSharedFlowIsExact runs one flow on two CPUs at once: each of its n has one fate, so the
// number of losses is that of the model whatever the interleaving.
func TestSharedFlowIsExact(t *testing.T) {
	const packets = 100_000
	k := load(t)
	for _, text := range processes {
		seed := newSeed(t)
		rule := k.fault(text+" per flow", seed)
		data := randomUDP(t, rand.New(rand.NewPCG(seed, 0)))
		both(t, k, data, packets)
		stream := model.NewStream(rule, 0, model.Classify(data).Flow())
		want := expect(stream, 2*packets)
		got := k.counters(0)
		qt.Check(t, qt.Equals(got.Dropped.Packets, want.Dropped.Packets), qt.Commentf("%s", text))
		qt.Check(t, qt.Equals(got.LossPeriods, want.LossPeriods), qt.Commentf("%s", text))
	}
}

// TestCountsAreExactAcrossCPUs is for the processes that count all packets.
func TestCountsAreExactAcrossCPUs(t *testing.T) {
	const packets = 100_000
	k := load(t)
	for text, want := range map[string]uint64{
		"drop every 7":      2 * packets / 7,
		"drop every 1":      2 * packets,
		"drop first 12345":  12345,
		"drop first 300000": 2 * packets,
	} {
		k.fault(text, newSeed(t))
		both(t, k, frame, packets)
		qt.Check(t, qt.Equals(k.counters(0).Dropped.Packets, want), qt.Commentf("%s", text))
	}
}

// both sends a frame n times on each of the CPUs 0 and 1, at once.
func both(t *testing.T, k *kernel, data []byte, n int) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer pin(t, 1)()
		k.repeat(data, n)
	}()
	unpin := pin(t, 0)
	k.repeat(data, n)
	unpin()
	<-done
}

// expect is what the counters should show after n packets of the stream.
func expect(stream *model.Stream, n int) (c abi.RuleCounters) {
	before := false
	for range n {
		lost := stream.Next()
		if lost {
			c.Dropped.Packets++
			if !before {
				c.LossPeriods++
			}
		}
		before = lost
	}
	return c
}

func TestFlowsAreForgottenWithTheirSet(t *testing.T) {
	k := load(t)
	for range 3 {
		k.fault("drop first 2 per flow", 1)
		for n := range 5 {
			qt.Assert(t, qt.Equals(k.run(frame) == xdpDrop, n < 2))
		}
	}
	qt.Assert(t, qt.Equals(k.totals().Flows, 3))
}

// TestLossPeriodsOnACPU reads the mean burst back.
func TestLossPeriodsOnACPU(t *testing.T) {
	const packets = 300_000
	k := load(t)
	for _, text := range processes {
		stream := model.NewStream(k.fault(text, newSeed(t)), 0, 0)
		unpin := pin(t, 0)
		k.repeat(frame, packets)
		unpin()
		want, got := expect(stream, packets), k.counters(0)
		qt.Check(t, qt.Equals(got.Dropped.Packets, want.Dropped.Packets), qt.Commentf("%s", text))
		qt.Check(t, qt.Equals(got.LossPeriods, want.LossPeriods), qt.Commentf("%s", text))
	}
}
