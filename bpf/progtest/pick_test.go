// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"math/rand/v2"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/bpf/model"
)

// processes are faults with each process that runs over a sequence of packets. Without a scope that is
// the sequence of each CPU, but of all packets for every and first.
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

// perFlow are the same over the sequence of each flow or peer, and the one that takes whole flows.
func perFlow() []string {
	faults := []string{"drop 20% of flows"}
	for _, text := range processes {
		faults = append(faults, text+" per flow", text+" per peer")
	}
	return faults
}

// TestPicksWithoutAScope holds each packet against the model, on one CPU after the other.
func TestPicksWithoutAScope(t *testing.T) {
	const packets = 10_000
	loaded := kerneltest.Load(t)
	for _, cpu := range []int{0, 1} {
		leave := onCPU(t, cpu)
		for _, text := range processes {
			rule := force(loaded, text, newSeed(t))
			stream := model.NewStream(rule, cpu, 0)
			for n := range packets {
				dropped, want := loaded.Run(frame) == xdpDrop, stream.Next().Lost
				qt.Assert(t, qt.Equals(dropped, want), qt.Commentf("%s, packet %d on CPU %d", text, n, cpu))
			}
		}
		leave()
	}
}

// TestPicksPerFlow interleaves flows at random and changes the CPU every 100 packets: nothing but seed,
// rule, flow and n may matter.
func TestPicksPerFlow(t *testing.T) {
	const flows, packets, stay = 50, 10_000, 100
	loaded := kerneltest.Load(t)
	for _, text := range perFlow() {
		seed := newSeed(t)
		rule := force(loaded, text, seed)
		random := rand.New(rand.NewPCG(seed, 0))
		frames, streams := make([][]byte, flows), make([]*model.Stream, flows)
		for i := range flows {
			frames[i] = randomUDP(random)
			streams[i] = flowStream(rule, frames[i])
		}
		for n := range packets / stay {
			leave := onCPU(t, n%2)
			for range stay {
				i := random.IntN(flows)
				dropped, want := loaded.Run(frames[i]) == xdpDrop, streams[i].Next().Lost
				qt.Assert(t, qt.Equals(dropped, want), qt.Commentf("%s, flow %d", text, i))
			}
			leave()
		}
	}
}

// randomUDP is a datagram of a flow that no other call has had, as good as never.
func randomUDP(random *rand.Rand) []byte {
	source := make([]byte, 16)
	for i := range source {
		source[i] = byte(random.Uint32())
	}
	sport, dport := uint16(random.Uint32()), uint16(random.Uint32())
	if random.IntN(2) == 0 {
		return ethernet().ipv4().from(source[:4]).udp(sport, dport).frame()
	}
	return ethernet().ipv6().from(source).udp(sport, dport).frame()
}

// flowStream is the model of a rule for the flow that a frame belongs to.
func flowStream(rule abi.Rule, frame []byte) *model.Stream {
	return model.NewStream(rule, 0, model.Classify(frame).Flow(rule.Scope))
}

// TestSharedSequenceIsExact runs one flow on two CPUs at once. Each n is drawn for once, in whatever order
// the CPUs take them, so the counters are those of the model, except packets that are counted as contended.
func TestSharedSequenceIsExact(t *testing.T) {
	const packets = 100_000
	loaded := kerneltest.Load(t)
	for _, text := range processes {
		for _, scope := range []string{" per flow", " per peer", " overall"} {
			seed := newSeed(t)
			rule := force(loaded, text+scope, seed)
			data := randomUDP(rand.New(rand.NewPCG(seed, 0)))
			before := loaded.Totals().Contended
			repeatOnCPUs(loaded, 2, data, packets)
			contended := loaded.Totals().Contended - before
			checkCounters(loaded, text+scope, flowStream(rule, data), 2*packets, contended)
		}
	}
}

// TestCountsAreExactAcrossCPUs is for the processes whose sequence is that of all packets.
func TestCountsAreExactAcrossCPUs(t *testing.T) {
	const packets = 100_000
	loaded := kerneltest.Load(t)
	for text, want := range map[string]uint64{
		"drop every 7":      2 * packets / 7,
		"drop every 1":      2 * packets,
		"drop first 12345":  12345,
		"drop first 300000": 2 * packets,
	} {
		force(loaded, text, newSeed(t))
		repeatOnCPUs(loaded, 2, frame, packets)
		qt.Check(t, qt.Equals(loaded.Counters(0).Dropped.Packets, want), qt.Commentf("%s", text))
	}
}

// TestFlowsAreForgottenWithTheirSet puts the same fault in force again and again.
func TestFlowsAreForgottenWithTheirSet(t *testing.T) {
	loaded := kerneltest.Load(t)
	for range 3 {
		force(loaded, "drop first 2 per flow", 1)
		for n := range 5 {
			qt.Assert(t, qt.Equals(loaded.Run(frame) == xdpDrop, n < 2))
		}
	}
	qt.Assert(t, qt.Equals(loaded.Totals().Flows, 3))
}

// TestLossPeriodsOnACPU counts the runs of drops of a sequence that one CPU has to itself.
func TestLossPeriodsOnACPU(t *testing.T) {
	const packets = 300_000
	loaded := kerneltest.Load(t)
	for _, text := range processes {
		rule := force(loaded, text, newSeed(t))
		repeatOnCPU(loaded, 0, frame, packets)
		checkCounters(loaded, text, model.NewStream(rule, 0, 0), packets, 0)
	}
}

// checkCounters holds the counters of the first rule against n packets of the model's. Those that were
// contended took the n of another one, so that the sequence is as much shorter; what became of each of them is
// not known.
func checkCounters(loaded *kerneltest.Loaded, text string, stream *model.Stream, n int, contended uint64) {
	loaded.TB.Helper()
	var drops, periods uint64
	before := false
	for range n - int(contended) {
		dropped := stream.Next().Lost
		if dropped {
			drops++
			if !before {
				periods++
			}
		}
		before = dropped
	}
	got := loaded.Counters(0)
	for _, count := range []struct{ got, of uint64 }{{got.Dropped.Packets, drops}, {got.LossPeriods, periods}} {
		within := count.got >= count.of && count.got <= count.of+contended
		qt.Check(loaded.TB, qt.IsTrue(within), qt.Commentf("%s: %d, not %d, with %d contended", text, count.got, count.of, contended))
	}
}
