// SPDX-License-Identifier: MIT

package metrics

import (
	"flag"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"dilih/bpf/abi"
	"dilih/reader/tally"
)

var update = flag.Bool("update", false, "write the golden files anew")

// exposition is what Prometheus would read.
func exposition(t *testing.T, snapshots ...tally.Snapshot) string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	qt.Assert(t, qt.IsNil(registry.Register(collectorOf(snapshots...))))
	families, err := registry.Gather()
	qt.Assert(t, qt.IsNil(err))
	var text strings.Builder
	for _, family := range families {
		_, err := expfmt.MetricFamilyToText(&text, family)
		qt.Assert(t, qt.IsNil(err))
	}
	return text.String()
}

func TestExposition(t *testing.T) {
	const file = "testdata/usual.prom.golden"
	text := exposition(t, usual(t), gone(t))
	if *update {
		qt.Assert(t, qt.IsNil(os.WriteFile(file, []byte(text), 0o644)))
	}
	want, err := os.ReadFile(file)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(text, string(want)))
}

func TestConventions(t *testing.T) {
	problems, err := testutil.CollectAndLint(collectorOf(usual(t), gone(t)))
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(problems, 0))
}

func TestValues(t *testing.T) {
	leaving := func(s *tally.Snapshot) {
		s.Devices[0].Out = true
		s.Out = &tally.Counts{Passed: tally.Traffic{Packets: 13, Bytes: 1300}, Dropped: tally.Traffic{Packets: 7, Bytes: 700}}
		s.Rules = append(s.Rules, rule(t, "drop 35% out", false, 20, 7, 6))
	}
	waits := func(s *tally.Snapshot) {
		s.QueueDropped, s.Delayed, s.Duplicated = tally.Traffic{Packets: 4, Bytes: 400}, 90, 8
		s.Devices[0].Queues[abi.DirectionIn].Holds, s.Devices[0].Queues[abi.DirectionIn].Dropped = true, 9
		s.Rules[3].Delayed, s.Rules[3].DelaySum = 90, 3.5
	}
	tests := []struct {
		name   string
		change func(*tally.Snapshot)
		line   string // that there is; or is not, after a "!"
	}{
		{"lease for ever", func(s *tally.Snapshot) { s.Lease = tally.Lease{Forever: true} }, `dilih_lease_seconds{pin="/sys/fs/bpf/dilih"} +Inf`},
		{"lease ended", func(s *tally.Snapshot) { s.Lease = tally.Lease{} }, `dilih_lease_seconds{pin="/sys/fs/bpf/dilih"} 0`},
		{"shadow", func(s *tally.Snapshot) { s.Shadow = true }, `dilih_shadow{pin="/sys/fs/bpf/dilih"} 1`},
		{"blind", func(s *tally.Snapshot) { s.Blind = os.ErrPermission }, `dilih_reader_blind{pin="/sys/fs/bpf/dilih"} 1`},
		{"no faults yet", func(s *tally.Snapshot) { s.InForce = false }, `!dilih_lease_seconds`},
		{"nothing attached", func(s *tally.Snapshot) { s.Devices = nil }, `!dilih_device_info`},
		{"too few packets", func(*tally.Snapshot) {}, `!low_ratio{direction="in",fault="drop 1% burst 4"`},
		{"nothing observed", func(*tally.Snapshot) {}, `!observed_loss_ratio{direction="in",fault="drop 1% burst 4"`},
		{"a pass drops nothing", func(*tally.Snapshot) {}, `!dropped_packets_total{direction="in",fault="pass arp"`},
		{"a pin of any bytes", func(s *tally.Snapshot) { s.Pin = "/a\xff\"b\n\x1b[2J" }, `dilih_up{pin="/a\\xff\\\"b\\n\\x1b[2J"} 1`},
		{"one direction", func(*tally.Snapshot) {}, `!direction="out"`},
		{"what leaves", leaving, `dilih_packets_total{direction="out",pin="/sys/fs/bpf/dilih",verdict="dropped"} 7`},
		{"bytes that leave", leaving, `dilih_bytes_total{direction="out",pin="/sys/fs/bpf/dilih",verdict="passed"} 1300`},
		{"what arrives, beside it", leaving, `dilih_packets_total{direction="in",pin="/sys/fs/bpf/dilih",verdict="dropped"} 500`},
		{"a device for both", leaving, `dilih_device_info{device="eth0",mode="generic",namespace="",out="true",pin="/sys/fs/bpf/dilih"} 1`},
		{"a fault of what leaves", leaving, `dilih_rule_asked_loss_ratio{direction="out",fault="drop 35% out",`},
		{"a full queue", waits, `dilih_packets_total{direction="in",pin="/sys/fs/bpf/dilih",verdict="queue_dropped"} 4`},
		{"delayed", waits, `dilih_delayed_packets_total{direction="in",pin="/sys/fs/bpf/dilih"} 90`},
		{"duplicated", waits, `dilih_duplicated_packets_total{direction="in",pin="/sys/fs/bpf/dilih"} 8`},
		{"waiting", waits, `dilih_waiting_packets{device="eth0",direction="in",namespace="",pin="/sys/fs/bpf/dilih"} 37`},
		{"no queue, nothing to wait in", func(s *tally.Snapshot) { s.Devices[0].Queues[0].There = false }, `!dilih_waiting_packets{`},
		{"what fq drops", waits, `dilih_fq_dropped_packets_total{device="eth0",direction="in",namespace="",pin="/sys/fs/bpf/dilih"} 9`},
		{"another namespace", func(s *tally.Snapshot) { s.Devices[0].Namespace = "blue" }, `dilih_device_info{device="eth0",mode="generic",namespace="blue",`},
		{"no fq in another namespace", func(s *tally.Snapshot) { s.Devices[0].Namespace = "blue" }, `dilih_missing_info{device="eth0",direction="in",namespace="blue",part="fq",`},
		{"no fq", func(*tally.Snapshot) {}, `dilih_missing_info{device="eth0",direction="in",namespace="",part="fq",pin="/sys/fs/bpf/dilih"} 1`},
		{"an fq", waits, `!dilih_missing_info{`},
		{"a rule that delays", waits, `dilih_rule_delay_seconds_total{direction="in",fault="drop 1% delay 40ms rate 10mbit duplicate 1% tcp",guard="false",pin="/sys/fs/bpf/dilih",rule="4"} 3.5`},
		{"a rule that does not", waits, `!dilih_rule_delayed_packets_total{direction="in",fault="drop 50% udp"`},
		{"contended", func(s *tally.Snapshot) { s.Totals.Contended = 9 }, `dilih_contended_packets_total{pin="/sys/fs/bpf/dilih"} 9`},
		{"large counts", func(s *tally.Snapshot) { s.Totals.Events = 1<<53 - 1 }, `dilih_events_total{pin="/sys/fs/bpf/dilih"} 9.007199254740991e+15`},
	}
	for _, test := range tests {
		snapshot := usual(t)
		test.change(&snapshot)
		text := exposition(t, snapshot)
		line, absent := strings.CutPrefix(test.line, "!")
		qt.Check(t, qt.Equals(strings.Contains(text, line), !absent), qt.Commentf("%s: %s in\n%s", test.name, test.line, text))
	}
}

// A packet that stands for others counts as often in the histogram.
func TestWeights(t *testing.T) {
	stopwatch := tally.NewStopwatch()
	stopwatch.Add(100, 10)
	stopwatch.Add(math.MaxUint32, 1)
	snapshot := usual(t)
	snapshot.PassedTimes = stopwatch.Times()
	text := exposition(t, snapshot)
	for _, line := range []string{
		`bucket{pin="/sys/fs/bpf/dilih",verdict="passed",le="6.3e-08"} 0`,
		`bucket{pin="/sys/fs/bpf/dilih",verdict="passed",le="1.27e-07"} 1024`,
		`bucket{pin="/sys/fs/bpf/dilih",verdict="passed",le="0.001048575"} 1024`,
		`bucket{pin="/sys/fs/bpf/dilih",verdict="passed",le="+Inf"} 1026`,
		`count{pin="/sys/fs/bpf/dilih",verdict="passed"} 1026`,
	} {
		qt.Check(t, qt.StringContains(text, line))
	}
}
