// SPDX-License-Identifier: MIT

package metrics

import (
	"math"

	"github.com/prometheus/client_golang/prometheus"

	"dilih/reader/printable"
	"dilih/reader/tally"
)

// sink takes the metrics of one pin directory.
type sink struct {
	out chan<- prometheus.Metric
	pin string
}

func (s sink) counter(desc *prometheus.Desc, value uint64, labels ...string) {
	s.seconds(desc, float64(value), labels...)
}

// seconds is a counter of them.
func (s sink) seconds(desc *prometheus.Desc, value float64, labels ...string) {
	metric, err := prometheus.NewConstMetric(desc, prometheus.CounterValue, value, s.labels(labels)...)
	s.send(desc, metric, err)
}

// gauge leaves out what is not known: NaN.
func (s sink) gauge(desc *prometheus.Desc, value float64, labels ...string) {
	if math.IsNaN(value) {
		return
	}
	metric, err := prometheus.NewConstMetric(desc, prometheus.GaugeValue, value, s.labels(labels)...)
	s.send(desc, metric, err)
}

func (s sink) flag(desc *prometheus.Desc, is bool) {
	value := 0.0
	if is {
		value = 1
	}
	s.gauge(desc, value)
}

// Processing times of so many bits have a bucket: up to 15 ns, 31 ns ... 1.05 ms.
const (
	firstBucket = 4
	lastBucket  = 20
	nanoseconds = 1e9 // in a second
)

func (s sink) histogram(desc *prometheus.Desc, times tally.Times, labels ...string) {
	buckets := make(map[float64]uint64)
	weight := uint64(0)
	for bits, w := range times.Weights {
		weight += w
		if bits >= firstBucket && bits <= lastBucket {
			longest := uint64(1)<<bits - 1 // ns, of that many bits
			buckets[float64(longest)/nanoseconds] = weight
		}
	}
	metric, err := prometheus.NewConstHistogram(desc, weight, times.Sum/nanoseconds, buckets, s.labels(labels)...)
	s.send(desc, metric, err)
}

// labels puts the pin in front, whose name may hold any bytes. A terminal would obey some of them, and
// labels may not hold others. The rest are our own words, except names of devices, which came printable.
func (s sink) labels(labels []string) []string {
	return append([]string{printable.Text(s.pin)}, labels...)
}

// send makes an error that of the scrape.
func (s sink) send(desc *prometheus.Desc, metric prometheus.Metric, err error) {
	if err != nil {
		metric = prometheus.NewInvalidMetric(desc, err)
	}
	s.out <- metric
}
