// SPDX-License-Identifier: MIT

package fault

import (
	"math"
	"testing"

	"dilih/bpf/abi"

	"github.com/go-quicktest/qt"
)

// published are the figures of the sources: rates in kbit/s, delays and jitter in ms each way, losses in per cent.
var published = []struct {
	name                             string
	down, up, delayDown, delayUp     float64
	jitter, lossDown, lossUp, bursts float64
}{
	{"slow-3g", 500, 500, 200, 200, 0, 0, 0, 0},
	{"3g", 500, 500, 200, 200, 0, 0, 0, 0},
	{"slow-4g", 1600, 750, 75, 75, 0, 0, 0, 0},
	{"4g", 9000, 1500, 30, 30, 0, 0, 0, 0},
	{"fast-4g", 9000, 1500, 30, 30, 0, 0, 0, 0},
	{"cable", 5000, 1000, 14, 14, 0, 0, 0, 0},
	{"dsl", 1500, 384, 25, 25, 0, 0, 0, 0},
	{"fios", 20000, 5000, 2, 2, 0, 0, 0, 0},
	{"wpt-3g", 1600, 768, 150, 150, 0, 0, 0, 0},
	{"wpt-3g-slow", 780, 330, 100, 100, 0, 0, 0, 0},
	{"edge", 240, 200, 420, 420, 0, 0, 0, 0},
	{"2g", 35, 32, 650, 650, 0, 0, 0, 0},
	{"dial", 49, 30, 60, 60, 0, 0, 0, 0},
	{"2g-rural", 20, 18, 650, 650, 0, 2, 2, 0},
	{"edge-lossy", 240, 200, 400, 440, 0, 1, 1, 0},
	{"wifi", 0, 0, 5, 5, 2, 0.1, 0.1, 0},
	{"wifi-bad", 20000, 20000, 40, 40, 15, 2, 2, 4},
	{"leo", 0, 0, 25, 25, 5, 0.01, 0.3, 0},
	{"geo", 0, 0, 279, 279, 0, 0.1, 0.1, 0},
	{"intercontinental", 0, 0, 75, 75, 0, 0, 0, 0},
}

func TestPresetsHaveThePublishedFigures(t *testing.T) {
	qt.Assert(t, qt.HasLen(Presets, len(published)))
	for _, want := range published {
		faults, err := Parse("test", "preset "+want.name)
		qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", want.name))
		qt.Assert(t, qt.HasLen(faults, 2))
		down, up := faults[0], faults[1]
		checkFigures(t, down, abi.DirectionIn, want.down, want.delayDown, want.jitter, want.lossDown, want.bursts)
		checkFigures(t, up, abi.DirectionOut, want.up, want.delayUp, want.jitter, want.lossUp, want.bursts)
	}
}

func checkFigures(t *testing.T, f Fault, direction abi.Direction, rate, delay, jitter, loss, burst float64) {
	t.Helper()
	qt.Check(t, qt.Equals(f.rule.Direction, direction))
	qt.Check(t, qt.Equals(f.rule.Rate, uint64(rate*1e3)))
	qt.Check(t, qt.Equals(f.rule.Delay, uint64(delay*1e6)))
	qt.Check(t, qt.Equals(f.rule.Jitter, uint64(jitter*1e6)))
	share, drops := f.Loss()
	qt.Check(t, qt.Equals(drops, loss > 0))
	qt.Check(t, qt.Equals(share, loss/100))
	if burst > 0 {
		packets, _ := f.Burst()
		qt.Check(t, qt.Equals(packets, burst))
	}
	if rate > 0 { // room for 25 packets, or as long as packets can wait; never less than without a length
		packets := 25 * 12000 / (rate * 1e3) * 1e9
		want := min(max(packets, usualQueue), maxWait-delay*1e6-jitter*1e6)
		qt.Check(t, qt.IsTrue(math.Abs(float64(f.rule.Queue)-want) <= 1), qt.Commentf("%s: not %f ns", f, want))
	}
}

func TestPresetsExpand(t *testing.T) {
	for _, test := range []struct{ typed, incoming, outgoing string }{
		{"preset edge-lossy", "drop 1% delay 400ms rate 240kbit queue 1.25s", "drop 1% delay 440ms rate 200kbit queue 1.5s out"},
		{"preset edge-lossy server", "drop 1% delay 440ms rate 200kbit queue 1.5s", "drop 1% delay 400ms rate 240kbit queue 1.25s out"},
		{"preset leo tcp dport 443", "drop 0.01% delay 25ms jitter 5ms tcp sport 443", "drop 0.3% delay 25ms jitter 5ms out tcp dport 443"},
		{"preset leo server tcp dport 443", "drop 0.3% delay 25ms jitter 5ms tcp dport 443", "drop 0.01% delay 25ms jitter 5ms out tcp sport 443"},
		{
			"preset intercontinental to 10.0.0.0/8 from 192.0.2.1 len 60-90",
			"delay 75ms from 10.0.0.0/8 to 192.0.2.1 len 60-90", "delay 75ms out from 192.0.2.1 to 10.0.0.0/8 len 60-90",
		},
	} {
		faults, err := Parse("test", test.typed)
		qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", test.typed))
		qt.Assert(t, qt.HasLen(faults, 2))
		qt.Check(t, qt.Equals(faults[0].String(), test.incoming))
		qt.Check(t, qt.Equals(faults[1].String(), test.outgoing))
	}
}
