// SPDX-License-Identifier: MIT

//go:build kernel

package metrics

import (
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/go-quicktest/qt"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/devices"
	"dilih/reader/fault/faulttest"
	"dilih/reader/session"
	"dilih/reader/tally"
	"dilih/scripts/test/testenv"
)

// watched serves what a session sees of the real object. It counts how often it had to look.
type watched struct {
	*kerneltest.Loaded
	server *Server

	mutex sync.Mutex // guards what follows
	looks int
}

func watch(t *testing.T) *watched {
	t.Helper()
	w := &watched{Loaded: kerneltest.LoadPinned(t), server: listen(t)}
	s, err := session.Open(w.Pin)
	qt.Assert(t, qt.IsNil(err))
	t.Cleanup(func() {
		w.server.Close()
		s.Close()
	})
	w.server.Serve(func() []tally.Snapshot {
		w.mutex.Lock()
		defer w.mutex.Unlock()
		w.looks++
		snapshot, err := s.Peek()
		qt.Check(t, qt.IsNil(err))
		snapshot.Devices = []devices.Device{{Name: "eth0", Index: 2, Mode: "generic"}}
		return []tally.Snapshot{snapshot}
	})
	return w
}

// scrape gives the metrics by name, from a look that is newer than what happened so far.
func (w *watched) scrape(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	w.mutex.Lock()
	before := w.looks
	w.mutex.Unlock()
	body := ""
	testenv.Await(t, func() bool {
		text, _, err := get(w.server.URL())
		qt.Assert(t, qt.IsNil(err))
		body = text
		w.mutex.Lock()
		defer w.mutex.Unlock()
		return w.looks > before
	})
	promtool(t, body, "check", "metrics")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	qt.Assert(t, qt.IsNil(err))
	return families
}

// metric is the one with these values of labels, or nil.
func metric(families map[string]*dto.MetricFamily, name string, labels ...string) *dto.Metric {
	for _, m := range families[name].GetMetric() {
		has := make(map[string]bool)
		for _, pair := range m.GetLabel() {
			has[pair.GetValue()] = true
		}
		all := true
		for _, label := range labels {
			all = all && has[label]
		}
		if all {
			return m
		}
	}
	return nil
}

// value is that of a counter or a gauge; NaN if there is none.
func value(families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	m := metric(families, name, labels...)
	switch {
	case m.GetCounter() != nil:
		return m.GetCounter().GetValue()
	case m.GetGauge() != nil:
		return m.GetGauge().GetValue()
	}
	return math.NaN()
}

// ruleCounters are the sums over the CPUs, read past the reader.
func (w *watched) ruleCounters(t *testing.T, entry uint32) (sum abi.RuleCounters) {
	t.Helper()
	var shares []abi.RuleCounters
	qt.Assert(t, qt.IsNil(w.Maps[abi.CountersMap].Lookup(entry, &shares)))
	for _, share := range shares {
		sum.Matched.Packets += share.Matched.Packets
		sum.Matched.Bytes += share.Matched.Bytes
		sum.Dropped.Packets += share.Dropped.Packets
		sum.Dropped.Bytes += share.Dropped.Bytes
		sum.LossPeriods += share.LossPeriods
	}
	return sum
}

// What a scrape says is what the maps say, to the packet.
func TestMetricsAreTheMaps(t *testing.T) {
	w := watch(t)
	faulttest.Force(w.Loaded, "drop 50%", faulttest.GuardARP)
	for _, count := range []int{1009, 2003} {
		w.Packets(count, 60)
		scraped, totals := w.scrape(t), w.Totals()
		qt.Assert(t, qt.IsTrue(totals.Passed.Packets+totals.Dropped.Packets >= uint64(count)))
		for _, sample := range append(totalSamples(totals), ruleSamples(w.ruleCounters(t, abi.MaxRules+1))...) {
			got := value(scraped, sample.name, append(sample.labels, w.Pin)...)
			qt.Check(t, qt.Equals(got, float64(sample.want)), qt.Commentf("%s %v", sample.name, sample.labels))
		}
		for verdict, want := range map[string]uint64{"passed": totals.Passed.Packets, "dropped": totals.Dropped.Packets} {
			histogram := metric(scraped, "dilih_processing_seconds", verdict).GetHistogram()
			qt.Check(t, qt.Equals(histogram.GetSampleCount(), want))
			qt.Check(t, qt.IsTrue(histogram.GetSampleSum() > 0))
		}
		qt.Check(t, qt.IsTrue(math.IsInf(value(scraped, "dilih_lease_seconds"), 1)))
	}
}

// sample is a counter or a gauge with these values among its labels.
type sample struct {
	want   uint64
	name   string
	labels []string
}

func totalSamples(totals abi.Totals) []sample {
	return []sample{
		{totals.Passed.Packets, "dilih_packets_total", []string{"passed"}},
		{totals.Dropped.Packets, "dilih_packets_total", []string{"dropped"}},
		{totals.Passed.Bytes, "dilih_bytes_total", []string{"passed"}},
		{totals.Dropped.Bytes, "dilih_bytes_total", []string{"dropped"}},
		{totals.Reported, "dilih_reported_packets_total", nil},
		{totals.Events, "dilih_events_total", nil},
		{totals.Events, "dilih_events_read_total", nil},
		{totals.RingFull, "dilih_events_lost_total", []string{"ring_full"}},
		{totals.NoReader, "dilih_events_lost_total", []string{"no_reader"}},
	}
}

// ruleSamples are those of the second rule, and of the guard that nothing matches.
func ruleSamples(rule abi.RuleCounters) []sample {
	return []sample{
		{rule.Matched.Packets, "dilih_rule_matched_packets_total", []string{"drop 50%", "2", "false"}},
		{rule.Matched.Bytes, "dilih_rule_matched_bytes_total", []string{"drop 50%"}},
		{rule.Dropped.Packets, "dilih_rule_dropped_packets_total", []string{"drop 50%"}},
		{rule.Dropped.Bytes, "dilih_rule_dropped_bytes_total", []string{"drop 50%"}},
		{rule.LossPeriods, "dilih_rule_loss_periods_total", []string{"drop 50%"}},
		{0, "dilih_rule_matched_packets_total", []string{"pass arp", "1", "true"}},
		{1, "dilih_faults_info", []string{"drop 50%", "42"}},
		{0, "dilih_shadow", nil},
	}
}

// New faults are new series, and the same ones again begin again at 0.
func TestNewFaults(t *testing.T) {
	w := watch(t)
	faulttest.Force(w.Loaded, "drop 100%")
	w.Packets(31, 60)
	qt.Assert(t, qt.Equals(value(w.scrape(t), "dilih_rule_dropped_packets_total", "drop 100%"), 31))
	faulttest.Force(w.Loaded, "drop 100%")
	w.Packets(7, 60)
	qt.Assert(t, qt.Equals(value(w.scrape(t), "dilih_rule_dropped_packets_total", "drop 100%"), 7))
	faulttest.Force(w.Loaded, "pass")
	scraped := w.scrape(t)
	qt.Assert(t, qt.IsNil(metric(scraped, "dilih_rule_matched_packets_total", "drop 100%")))
	qt.Assert(t, qt.Equals(value(scraped, "dilih_packets_total", "dropped"), 38))
}

func TestGone(t *testing.T) {
	w := watch(t)
	faulttest.Force(w.Loaded, "drop 100%")
	w.Packets(31, 60)
	qt.Assert(t, qt.Equals(value(w.scrape(t), "dilih_up"), 1))
	w.Unpin()
	scraped := w.scrape(t)
	qt.Assert(t, qt.Equals(value(scraped, "dilih_up"), 0))
	for name := range scraped {
		qt.Assert(t, qt.IsFalse(strings.HasPrefix(name, "dilih_") && name != "dilih_up"), qt.Commentf("%s", name))
	}
}
