// SPDX-License-Identifier: MIT

// Package metrics tells Prometheus what the sessions see.
package metrics

import (
	"math"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"dilih/bpf/abi"
	"dilih/reader/devices"
	"dilih/reader/tally"
)

// collector makes metrics of snapshots, new ones for each scrape. What it tells depends on the faults, so it
// describes nothing beforehand.
type collector struct{ look func() []tally.Snapshot }

// Describe implements prometheus.Collector.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c collector) Collect(out chan<- prometheus.Metric) {
	for _, snapshot := range c.look() {
		tell(sink{out, snapshot.Pin}, snapshot)
	}
}

// tell tells what a snapshot says. Of pins that are gone, old numbers would be lies.
func tell(s sink, now tally.Snapshot) {
	s.flag(up, now.Gone == nil)
	if now.Gone != nil {
		return
	}
	for direction, counts := range now.ByDirection() {
		tellCounts(s, abi.Direction(direction).String(), counts)
	}
	tellSeries(s, now)
	s.histogram(processing, now.PassedTimes, "passed")
	s.histogram(processing, now.DroppedTimes, "dropped")
	tellEvents(s, now)
	for i, attached := range now.Devices {
		if i < len(now.Unseen) && now.Unseen[i].Known {
			s.gauge(unseen, float64(now.Unseen[i].Packets), attached.Name, attached.Namespace)
		}
		s.gauge(device, 1, attached.Name, attached.Mode, strconv.FormatBool(attached.Out), attached.Namespace)
		tellQueues(s, attached)
	}
	for _, part := range now.Missing() {
		s.gauge(missing, 1, part.Device, part.Direction.String(), string(part.Part), part.Namespace)
	}
	if now.InForce {
		tellFaults(s, now)
	}
}

// tellCounts tells of the verdicts alone, so that their sum is what entered.
func tellCounts(s sink, direction string, counts tally.Counts) {
	s.counter(packets, counts.Passed.Packets, "passed", direction)
	s.counter(packets, counts.Dropped.Packets, "dropped", direction)
	s.counter(octets, counts.Passed.Bytes, "passed", direction)
	s.counter(octets, counts.Dropped.Bytes, "dropped", direction)
	s.counter(packets, counts.QueueDropped.Packets, "queue_dropped", direction)
	s.counter(octets, counts.QueueDropped.Bytes, "queue_dropped", direction)
}

func tellSeries(s sink, now tally.Snapshot) {
	for _, count := range tally.Counted {
		switch {
		case !count.Series:
		case count.HasDirection():
			for direction, value := range count.ByDirection(now) {
				s.counter(counts[count.Name], value, abi.Direction(direction).String())
			}
		default:
			s.counter(counts[count.Name], count.All(now))
		}
	}
}

func tellQueues(s sink, of devices.Device) {
	for direction, queue := range of.Queues {
		if queue.There {
			s.counter(fqDropped, queue.Dropped, of.Name, abi.Direction(direction).String(), of.Namespace)
			s.gauge(waiting, float64(queue.Waiting), of.Name, abi.Direction(direction).String(), of.Namespace)
		}
	}
}

func tellEvents(s sink, now tally.Snapshot) {
	s.counter(events, now.Totals.Events)
	s.counter(read, now.Events.Read)
	s.counter(lost, now.Totals.NoReader, "no_reader")
	s.counter(lost, now.Totals.RingFull, "ring_full")
	s.counter(lost, now.Totals.Failed, "failed")
	s.counter(flows, now.Totals.Flows)
	s.flag(blind, now.Blind != nil)
}

func tellFaults(s sink, now tally.Snapshot) {
	s.gauge(lease, secondsLeft(now.Lease))
	s.flag(shadow, now.Shadow)
	var texts []string
	for i, rule := range now.Rules {
		tellRule(s, strconv.Itoa(i+1), rule)
		if !rule.Guard {
			texts = append(texts, rule.Text)
		}
	}
	seed, generation := strconv.FormatUint(now.Seed, 10), strconv.FormatUint(uint64(now.Generation), 10)
	s.gauge(faults, 1, strings.Join(texts, "; "), seed, generation)
}

func secondsLeft(l tally.Lease) float64 {
	if l.Forever {
		return math.Inf(1)
	}
	return l.Left.Seconds()
}

func tellRule(s sink, number string, rule tally.Rule) {
	labels := []string{number, rule.Text, strconv.FormatBool(rule.Guard), rule.Way.String()}
	s.counter(matchedPackets, rule.Matched.Packets, labels...)
	s.counter(matchedBytes, rule.Matched.Bytes, labels...)
	tellEffects(s, rule, labels)
	if !rule.Drops {
		return
	}
	s.counter(droppedPackets, rule.Dropped.Packets, labels...)
	s.counter(droppedBytes, rule.Dropped.Bytes, labels...)
	s.counter(lossPeriods, rule.LossPeriods, labels...)
	s.gauge(askedBurst, rule.AskedBurst, labels...)
	s.gauge(askedLoss, rule.Loss.Asked, labels...)
	s.gauge(observedLoss, rule.Loss.Observed, labels...)
	if rule.Loss.Enough {
		s.gauge(lowLoss, rule.Loss.Low, labels...)
		s.gauge(highLoss, rule.Loss.High, labels...)
	}
}

func tellEffects(s sink, rule tally.Rule, labels []string) {
	if rule.Effects.Delay {
		s.counter(ruleDelayed, rule.Delayed, labels...)
		s.seconds(delaySeconds, rule.DelaySum, labels...)
		s.counter(ruleUndelayed, rule.Undelayed, labels...)
	}
	if rule.Effects.Rate {
		s.counter(queueDropped, rule.QueueDropped, labels...)
	}
	if rule.Effects.Duplicate {
		s.counter(ruleDuplicated, rule.Duplicated, labels...)
	}
}
