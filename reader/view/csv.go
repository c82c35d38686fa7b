// SPDX-License-Identifier: MIT

package view

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"dilih/reader/devices"
	"dilih/reader/tally"
)

// csvHeader names the columns as the JSON lines do. Faults are left to JSON: a table of fixed
// columns has no place for a list. New columns come last, for those who go by their places.
var csvHeader = []string{
	"time", "pin", "devices", "seed", "shadow", "lease_seconds",
	"packets_entered", "packets_passed", "packets_dropped",
	"bytes_entered", "bytes_passed", "bytes_dropped",
	"rate_entered", "rate_passed", "rate_dropped",
	"passed_ns_count", "passed_ns_mean", "passed_ns_p50", "passed_ns_p99", "passed_ns_max",
	"dropped_ns_count", "dropped_ns_mean", "dropped_ns_p50", "dropped_ns_p99", "dropped_ns_max",
	"events_read", "events_sampled_out", "events_lost",
	"version", "lease_ended", "share_dropped",
	"out_packets_entered", "out_packets_passed", "out_packets_dropped",
	"out_bytes_entered", "out_bytes_passed", "out_bytes_dropped",
	"out_rate_entered", "out_rate_passed", "out_rate_dropped",
	"contended",
	"packets_queue_dropped", "bytes_queue_dropped", "delayed", "duplicated",
	"out_packets_queue_dropped", "out_bytes_queue_dropped", "out_delayed", "out_duplicated",
	"fq_dropped", "waiting", "missing",
	"passed_ns_mean_last_128", "dropped_ns_mean_last_128",
	"share_dropped_since_load", "out_share_dropped", "out_share_dropped_since_load",
	"undelayed", "out_undelayed", "unmarked", "unseen",
}

// CSV shows a row for each snapshot, under one header, as RFC 4180 has it.
type CSV struct {
	plain
	writer *csv.Writer
	begun  bool
}

// NewCSV makes a CSV view that writes rows to out, and notes to notes.
func NewCSV(out, notes io.Writer) *CSV {
	writer := csv.NewWriter(out)
	writer.UseCRLF = true
	return &CSV{plain: plain{notes}, writer: writer}
}

// Show implements View.
func (c *CSV) Show(snapshots []tally.Snapshot) error {
	if !c.begun {
		c.writer.Write(csvHeader) // Flush and Error tell
		c.begun = true
	}
	for _, snapshot := range snapshots {
		c.writer.Write(row(snapshot))
	}
	c.writer.Flush()
	if err := c.writer.Error(); err != nil {
		return fmt.Errorf("write a row of CSV: %w", err)
	}
	return nil
}

// End implements View.
func (c *CSV) End(snapshots []tally.Snapshot) error { return c.Show(snapshots) }

func row(s tally.Snapshot) []string {
	row := []string{
		s.Time.Format(time.RFC3339Nano), s.Pin, deviceNames(s.Devices), integer(s.Seed),
		strconv.FormatBool(s.Shadow), orEmpty(leaseSeconds(s)),
	}
	row = append(row, countsColumns(&s.Counts)...)
	row = append(row, timesColumns(s.PassedTimes)...)
	row = append(row, timesColumns(s.DroppedTimes)...)
	row = append(row, integer(s.Events.Read), integer(s.Events.SampledOut), integer(s.Events.Lost),
		version, strconv.FormatBool(s.Lease.Ended()), orEmpty(newCounts(s.Counts).Share.Dropped))
	row = append(row, countsColumns(s.Out)...)
	row = append(row, integer(s.Totals.Contended))
	row = append(row, effectColumns(&s.Counts)...)
	row = append(row, effectColumns(s.Out)...)
	queued := queuedAt(s.Devices)
	row = append(row, integer(queued.FQDropped), integer(queued.Waiting), missingNames(s.Missing()),
		decimal(milli(s.PassedTimes.Recent)), decimal(milli(s.DroppedTimes.Recent)),
		decimal(s.Dropped.Share(s.Entered)))
	row = append(row, outShares(s)...)
	return append(row, integer(s.Undelayed), outUndelayed(s), integer(s.Unmarked), unseen(s))
}

// unseen is that of all devices, and empty where JSON has null for each.
func unseen(s tally.Snapshot) string {
	known, sum := false, uint64(0)
	for _, of := range s.Unseen {
		known, sum = known || of.Known, sum+of.Packets
	}
	if !known {
		return ""
	}
	return integer(sum)
}

// outUndelayed is empty where JSON has no counts.
func outUndelayed(s tally.Snapshot) string {
	if s.Out == nil {
		return ""
	}
	return integer(s.Out.Undelayed)
}

// outShares are empty where JSON has no counts.
func outShares(s tally.Snapshot) []string {
	out := leaving(s)
	if out == nil {
		return []string{"", ""}
	}
	return []string{orEmpty(out.Share.Dropped), decimal(out.Share.SinceLoad)}
}

// effectColumns are empty where JSON has no counts.
func effectColumns(c *tally.Counts) []string {
	if c == nil {
		return make([]string, len(effectColumns(&tally.Counts{})))
	}
	return []string{
		integer(c.QueueDropped.Packets), integer(c.QueueDropped.Bytes), integer(c.Delayed), integer(c.Duplicated),
	}
}

func missingNames(parts []tally.Missing) string {
	var names []string
	for _, part := range parts {
		names = append(names, fmt.Sprintf("%s %v %s", devices.Label(part.Device, part.Namespace), part.Direction, part.Part))
	}
	return strings.Join(names, "; ")
}

// countsColumns are empty where JSON has no counts.
func countsColumns(c *tally.Counts) []string {
	if c == nil {
		return make([]string, len(countsColumns(&tally.Counts{})))
	}
	return []string{
		integer(c.Entered.Packets), integer(c.Passed.Packets), integer(c.Dropped.Packets),
		integer(c.Entered.Bytes), integer(c.Passed.Bytes), integer(c.Dropped.Bytes),
		decimal(milli(c.Entered.Rate)), decimal(milli(c.Passed.Rate)), decimal(milli(c.Dropped.Rate)),
	}
}

func timesColumns(t tally.Times) []string {
	return []string{integer(t.Count), decimal(milli(t.Mean)), integer(t.P50), integer(t.P99), integer(t.Max)}
}

func deviceNames(attached []devices.Device) string {
	var names []string
	for _, device := range attached {
		name := device.Label() + " " + device.Mode
		if device.Out {
			name += " out"
		}
		names = append(names, name)
	}
	return strings.Join(names, "; ")
}

// orEmpty is an empty cell where JSON has null.
func orEmpty(value *float64) string {
	if value == nil {
		return ""
	}
	return decimal(*value)
}

func integer(value uint64) string  { return strconv.FormatUint(value, 10) }
func decimal(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
