// SPDX-License-Identifier: MIT

//go:build kernel && netem

package e2e

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/scripts/test/labtest"
	"dilih/scripts/test/testenv"
)

// spread is how long packets are to wait.
type spread struct {
	fault, netem  string
	delay, jitter float64                 // ms
	sd            float64                 // of the draw, in jitters
	draw          func(p float64) float64 // its quantile, in jitters
	packets       int
}

// many is how many packets have a jitter or may be lost.
var many = testenv.Rounds(20_000)

var spreads = []spread{
	{"delay 1ms", "delay 1ms", 1, 0, 0, constant, 2000},
	{"delay 5ms", "delay 5ms", 5, 0, 0, constant, 2000},
	{"delay 20ms", "delay 20ms", 20, 0, 0, constant, 2000},
	{"delay 100ms", "delay 100ms", 100, 0, 0, constant, 2000},
	{"delay 20ms jitter 10ms", "delay 20ms 10ms", 20, 10, 1 / math.Sqrt(3), uniform, many},
	{"delay 40ms jitter 10ms normal", "delay 40ms 10ms distribution normal", 40, 10, 1, normal, many},
}

func constant(float64) float64  { return 0 }
func uniform(p float64) float64 { return 2*p - 1 }
func normal(p float64) float64  { return math.Sqrt2 * math.Erfinv(2*p-1) }

const (
	between = 250 * time.Microsecond // packets
	longest = time.Second            // that any of them waits
	// late is how much later packets may come than asked for, in ms: the clock of the queue and the way itself take their
	// time. One in a hundred may meet something else that this machine has to do.
	late, lateTail = 0.1, 0.5
	// tolerated is how many standard errors anything may be off: of a normal distribution, more is seen less than once in
	// 500 million times, and there are some hundred such comparisons here.
	tolerated = 6
)

var quantiles = []float64{0.01, 0.25, 0.5, 0.75, 0.99}

// sample is how long packets took, in ms, the quickest first.
type sample []float64

func newSample(came []arrival) (s sample) {
	for _, a := range came {
		s = append(s, float64(a.took)/1e6)
	}
	slices.Sort(s)
	return s
}

func (s sample) mean() float64 {
	sum := 0.0
	for _, x := range s {
		sum += x
	}
	return sum / float64(len(s))
}

func (s sample) sd() float64 {
	mean, squares := s.mean(), 0.0
	for _, x := range s {
		squares += (x - mean) * (x - mean)
	}
	return math.Sqrt(squares / float64(len(s)-1))
}

func (s sample) quantile(p float64) float64 {
	return s[max(0, min(len(s)-1, int(p*float64(len(s)))))]
}

func (s sample) String() string {
	text := fmt.Sprintf("%6d packets, mean %8.3f, sd %7.3f", len(s), s.mean(), s.sd())
	for _, p := range quantiles {
		text += fmt.Sprintf(", p%.0f %8.3f", 100*p, s.quantile(p))
	}
	return text
}

// TestDelays has packets wait in dilih, and in netem at the sending end of the same cable: 2,000 for the same time, or
// with a jitter, of which there are 20,000 if the tests are thorough. It needs a time of its own, as `vm/run -i` has it, and netem, which not every kernel has.
func TestDelays(t *testing.T) {
	labtest.Run(t, labtest.Quiet, func() {
		for _, w := range []way{arriving, leaving} {
			t.Logf("%s, ms, nobody holds it back: %v", w.name, pass(t, w, 2000))
		}
		spreads := testenv.Sample(t, spreads, 1)
		byNetem := map[string]sample{}
		for _, w := range []way{arriving, leaving} {
			for _, s := range spreads {
				byNetem[s.fault+w.word()] = waitInNetem(t, w, s)
			}
		}
		settle(t, "up", "FAULT=delay 1ms udp; delay 1ms out udp")
		for _, w := range []way{arriving, leaving} {
			for _, s := range spreads {
				waits := waitInDilih(t, w, s)
				t.Logf("%s, ms, %s:\n  netem %v\n  dilih %v", w.name, s.fault, byNetem[s.fault+w.word()], waits)
				checkSpread(t, s, waits)
				if s.jitter == 0 {
					qt.Check(t, qt.IsTrue(math.Abs(waits.quantile(0.5)-byNetem[s.fault+w.word()].quantile(0.5)) < late))
				}
			}
			loseAndWait(t, w)
			waitTwice(t, w)
		}
	})
}

// pass sends packets, of which none is to be lost.
func pass(t *testing.T, w way, packets int) sample {
	sent, came := startStream(t, w, packets, between, 0).end(longest)
	qt.Check(t, qt.DeepEquals(countTimes(sent, came), map[int]int{1: packets}))
	return newSample(came)
}

func waitInNetem(t *testing.T, w way, s spread) (waits sample) {
	inNetem(t, w, "limit 100000 "+s.netem, func() { waits = pass(t, w, s.packets) })
	return waits
}

func waitInDilih(t *testing.T, w way, s spread) sample {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	force(t, plan(t, "--seed", fmt.Sprint(seed), s.fault+w.word()+" udp"))
	return pass(t, w, s.packets)
}

// checkSpread holds a sample against what is asked for. No packet may come too soon.
func checkSpread(t *testing.T, s spread, waits sample) {
	n := float64(len(waits))
	soonest := s.delay + s.jitter*max(-6, s.draw(0))
	qt.Check(t, qt.IsTrue(waits[0] >= max(0, soonest)), qt.Commentf("one came after %.3f ms", waits[0]))
	sd, mean := s.sd*s.jitter, waits.mean()
	off := tolerated * sd / math.Sqrt(n)
	qt.Check(t, qt.IsTrue(mean >= s.delay-off && mean <= s.delay+late+off), qt.Commentf("the mean is %.3f", mean))
	// The standard error of this is sd/sqrt(2n) for a normal distribution, and less for a uniform one.
	off = tolerated*sd/math.Sqrt(2*n) + late
	qt.Check(t, qt.IsTrue(math.Abs(waits.sd()-sd) <= off), qt.Commentf("the standard deviation is %.3f", waits.sd()))
	for _, p := range quantiles {
		asked, off := s.delay+s.jitter*s.draw(p), tolerated*math.Sqrt(p*(1-p)/n)
		low, high, late := waits.quantile(p-off), waits.quantile(p+off), late
		if p > 0.9 {
			late = lateTail
		}
		qt.Check(t, qt.IsTrue(low-late <= asked && asked <= high), qt.Commentf("p%.0f is %.3f to %.3f, and asked for is %.3f", 100*p, low, high, asked))
	}
}

// loseAndWait loses 1 % of the packets, and has all others wait.
func loseAndWait(t *testing.T, w way) {
	const asked = 40
	seed := rand.Uint64()
	force(t, plan(t, "--seed", fmt.Sprint(seed), "drop 1% delay 40ms udp"+w.word()))
	sent, came := startStream(t, w, many, between, 0).end(longest)
	rule, waits := counters(t).Rules[0].Counters, newSample(came)
	t.Logf("%s, drop 1%% delay 40ms, seed %d: %d lost, %v", w.name, seed, rule.Dropped.Packets, waits)
	qt.Check(t, qt.Equals(rule.Matched.Packets, sent))
	qt.Check(t, qt.DeepEquals(countTimes(sent, came), map[int]int{0: int(rule.Dropped.Packets), 1: int(rule.Delayed)}))
	qt.Check(t, qt.Equals(rule.Delay, rule.Delayed*asked*1_000_000))
	mean := 0.01 * float64(many)
	qt.Check(t, qt.IsTrue(math.Abs(float64(rule.Dropped.Packets)-mean) < tolerated*math.Sqrt(0.99*mean)))
	checkSpread(t, spread{delay: asked, draw: constant}, waits)
}

// waitTwice has copies wait as long as what they are copies of.
func waitTwice(t *testing.T, w way) {
	const packets = 2000
	force(t, plan(t, "delay 5ms duplicate 100% udp"+w.word()))
	sent, came := startStream(t, w, packets, between, 0).end(longest)
	waits := newSample(came)
	t.Logf("%s, delay 5ms duplicate 100%%: %v", w.name, waits)
	qt.Check(t, qt.DeepEquals(countTimes(sent, came), map[int]int{2: packets}))
	checkSpread(t, spread{delay: 5, draw: constant}, waits)
}

// TestDelaysAsPredicted sends the same flow twice. With the same seed the same packets are lost, and the others wait as
// long as the reader predicts.
func TestDelaysAsPredicted(t *testing.T) {
	const fault, packets = "drop 1% delay 20ms jitter 5ms per flow", 100_000
	labtest.Run(t, labtest.Quiet, func() {
		seed := fmt.Sprint(rand.Uint64N(1 << 53))
		t.Logf("seed %s", seed)
		flow := fmt.Sprintf("udp %s %d %s %[2]d", arriving.from, arriving.port, arriving.to)
		predicted := predictDelays(t, packets, "--seed", seed, "--packets", fmt.Sprint(packets), "--flow", flow, fault+" udp")
		settle(t, "up", "FAULT=delay 1ms udp")
		for range 2 {
			force(t, plan(t, "--seed", seed, fault+" udp"))
			sent, came := startStream(t, arriving, packets, 200*time.Microsecond, 0).end(longest)
			rule := counters(t).Rules[0].Counters
			qt.Check(t, qt.Equals(sent, packets))
			asPredicted(t, predicted, came, rule)
		}
	})
}

// predictDelays are in ms, and NaN for what is lost.
func predictDelays(t *testing.T, packets int, words ...string) []float64 {
	out, err := exec.Command("../../../dilih-reader", append([]string{"predict"}, words...)...).Output()
	qt.Assert(t, qt.IsNil(err))
	var delays []float64
	for line := range strings.Lines(string(out)) {
		delay := math.NaN()
		if words := strings.Fields(line); words[1] != "dropped" {
			delay, err = strconv.ParseFloat(words[1], 64)
			qt.Assert(t, qt.IsNil(err))
		}
		delays = append(delays, delay)
	}
	qt.Assert(t, qt.HasLen(delays, packets))
	return delays
}

// asPredicted compares what came with the prediction, which is rounded to microseconds.
func asPredicted(t *testing.T, predicted []float64, came []arrival, rule abi.RuleCounters) {
	var later sample
	sum, lost := 0.0, 0
	for _, delay := range predicted {
		if math.IsNaN(delay) {
			lost++
		} else {
			sum += delay
		}
	}
	for _, a := range came {
		later = append(later, float64(a.took)/1e6-predicted[a.number])
	}
	slices.Sort(later)
	t.Logf("%d lost, as many as predicted: %v, later than predicted: %v", rule.Dropped.Packets, lost, later)
	qt.Check(t, qt.Equals(int(rule.Dropped.Packets), lost))
	qt.Check(t, qt.Equals(len(came), len(predicted)-lost))
	qt.Check(t, qt.IsFalse(math.IsNaN(later.mean())), qt.Commentf("one came that was to be lost"))
	qt.Check(t, qt.IsTrue(later[0] > -0.001), qt.Commentf("one came %.3f ms too soon", -later[0]))
	qt.Check(t, qt.IsTrue(later.quantile(0.5) < late && later.quantile(0.95) < lateTail))
	qt.Check(t, qt.IsTrue(math.Abs(float64(rule.Delay)/1e6-sum) < 0.001*float64(len(came))))
}
