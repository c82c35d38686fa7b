// SPDX-License-Identifier: MIT

package view

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"dilih/bpf/abi"
	"dilih/reader/devices"
	"dilih/reader/tally"
)

// version is that of what JSON and CSV tell: the ABI whose counters they are.
var version = strconv.Itoa(abi.Version)

// The names and their order are a promise to the programs that read them.
type (
	jsonLine struct {
		Version      string          `json:"version"`
		Time         string          `json:"time"`
		Pin          string          `json:"pin"`
		Devices      []jsonDevice    `json:"devices"`
		Seed         uint64          `json:"seed"`
		Shadow       bool            `json:"shadow"`
		LeaseSeconds *float64        `json:"lease_seconds"` // null: for ever; 0: ended
		LeaseEnded   bool            `json:"lease_ended"`   // everything passes
		Packets      byVerdict       `json:"packets"`
		Bytes        byVerdict       `json:"bytes"`
		Rate         rateByVerdict   `json:"rate"`
		Share        dropShares      `json:"share"`
		Out          *jsonCounts     `json:"out,omitempty"` // absent: nothing looks at what leaves
		Rules        []jsonRule      `json:"rules"`
		Processing   timesPerVerdict `json:"processing_ns"`
		Events       jsonEvents      `json:"events"`
		Contended    uint64          `json:"contended"`
		Delayed      uint64          `json:"delayed"`
		Undelayed    uint64          `json:"undelayed"` // were to wait, but were decided where nothing can
		Duplicated   uint64          `json:"duplicated"`
		Unmarked     uint64          `json:"unmarked"` // decided by tc because XDP had not marked them
		FQDropped    uint64          `json:"fq_dropped"`
		Waiting      uint64          `json:"waiting"`
		Missing      []jsonMissing   `json:"missing"`
		Unread       []string        `json:"unread,omitempty"` // namespaces whose devices could not be read
	}
	jsonDevice struct {
		Name  string `json:"name"`
		Index int    `json:"index"`
		Mode  string `json:"mode"` // empty: XDP is not there
		Out   bool   `json:"out"`

		Namespace string `json:"namespace,omitempty"` // absent: that of the reader

		Unseen *uint64 `json:"unseen"` // received in this interval, and decided by nobody; null: not known
		*jsonQueued
	}
	// jsonQueued is of both queues of a device together, and absent if it has none.
	jsonQueued struct {
		FQDropped uint64 `json:"fq_dropped"`
		Waiting   uint64 `json:"waiting"`
	}
	jsonMissing struct {
		Device    string `json:"device"`
		Direction string `json:"direction"`
		Part      string `json:"part"`
		Loses     bool   `json:"loses"`
		Namespace string `json:"namespace,omitempty"`
	}
	jsonCounts struct {
		Packets    byVerdict     `json:"packets"`
		Bytes      byVerdict     `json:"bytes"`
		Rate       rateByVerdict `json:"rate"`
		Delayed    uint64        `json:"delayed"`
		Undelayed  uint64        `json:"undelayed"`
		Duplicated uint64        `json:"duplicated"`
		Share      dropShares    `json:"share"`
	}
	byVerdict struct {
		Entered      uint64 `json:"entered"`
		Passed       uint64 `json:"passed"`
		Dropped      uint64 `json:"dropped"`
		QueueDropped uint64 `json:"queue_dropped"` // as the queue of a rate was full
	}
	rateByVerdict struct {
		Entered float64 `json:"entered"`
		Passed  float64 `json:"passed"`
		Dropped float64 `json:"dropped"`
	}
	dropShares struct {
		Dropped   *float64 `json:"dropped"` // in this interval; null: nothing came in
		SinceLoad float64  `json:"dropped_since_load"`
	}
	jsonRule struct {
		Text         string   `json:"text"`
		Guard        bool     `json:"guard"`
		Direction    string   `json:"direction"`
		Matched      uint64   `json:"matched"`
		Dropped      uint64   `json:"dropped"`
		Asked        *float64 `json:"asked"`
		Observed     *float64 `json:"observed"`
		Low          *float64 `json:"low"`
		High         *float64 `json:"high"`
		MeanBurst    *float64 `json:"mean_burst"` // null: nothing dropped
		Delayed      uint64   `json:"delayed"`
		Undelayed    uint64   `json:"undelayed"`
		Duplicated   uint64   `json:"duplicated"`
		QueueDropped uint64   `json:"queue_dropped"`
		DelayMS      *float64 `json:"delay_ms"` // null: nothing delayed
	}
	timesPerVerdict struct {
		Passed  jsonTimes `json:"passed"`
		Dropped jsonTimes `json:"dropped"`
	}
	jsonTimes struct {
		Count uint64  `json:"count"`
		Mean  float64 `json:"mean"`
		P50   uint64  `json:"p50"`
		P99   uint64  `json:"p99"`
		Max   uint64  `json:"max"`

		MeanLast128 float64 `json:"mean_last_128"`
	}
	jsonEvents struct {
		Read       uint64 `json:"read"`
		SampledOut uint64 `json:"sampled_out"`
		Lost       uint64 `json:"lost"`
	}
)

// JSON shows a line of JSON for each snapshot.
type JSON struct {
	plain
	encoder *json.Encoder
}

// NewJSON makes a JSON view that writes lines to out, and notes to notes.
func NewJSON(out, notes io.Writer) *JSON {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return &JSON{plain{notes}, encoder}
}

// Show implements View.
func (j *JSON) Show(snapshots []tally.Snapshot) error {
	for _, snapshot := range snapshots {
		if err := j.encoder.Encode(newLine(snapshot)); err != nil {
			return fmt.Errorf("write a line of JSON: %w", err)
		}
	}
	return nil
}

// End implements View.
func (j *JSON) End(snapshots []tally.Snapshot) error { return j.Show(snapshots) }

func newLine(s tally.Snapshot) jsonLine {
	in, queued := newCounts(s.Counts), queuedAt(s.Devices)
	return jsonLine{
		Version:      version,
		Time:         s.Time.Format(time.RFC3339Nano),
		Pin:          s.Pin,
		Devices:      jsonDevices(s),
		Seed:         s.Seed,
		Shadow:       s.Shadow,
		LeaseSeconds: leaseSeconds(s),
		LeaseEnded:   s.Lease.Ended(),
		Packets:      in.Packets,
		Bytes:        in.Bytes,
		Rate:         in.Rate,
		Share:        in.Share,
		Out:          leaving(s),
		Rules:        jsonRules(s.Rules),
		Processing:   timesPerVerdict{newTimes(s.PassedTimes), newTimes(s.DroppedTimes)},
		Events:       jsonEvents{s.Events.Read, s.Events.SampledOut, s.Events.Lost},
		Contended:    s.Totals.Contended,
		Delayed:      in.Delayed,
		Undelayed:    in.Undelayed,
		Duplicated:   in.Duplicated,
		Unmarked:     s.Unmarked,
		FQDropped:    queued.FQDropped,
		Waiting:      queued.Waiting,
		Missing:      jsonMissingParts(s.Missing()),
		Unread:       s.Unread,
	}
}

func newCounts(c tally.Counts) jsonCounts {
	return jsonCounts{
		Packets: byVerdict{c.Entered.Packets, c.Passed.Packets, c.Dropped.Packets, c.QueueDropped.Packets},
		Bytes:   byVerdict{c.Entered.Bytes, c.Passed.Bytes, c.Dropped.Bytes, c.QueueDropped.Bytes},
		Rate:    rateByVerdict{milli(c.Entered.Rate), milli(c.Passed.Rate), milli(c.Dropped.Rate)},

		Delayed: c.Delayed, Undelayed: c.Undelayed, Duplicated: c.Duplicated,

		Share: dropShares{number(c.Dropped.ShareNow(c.Entered)), c.Dropped.Share(c.Entered)},
	}
}

// leaving is nil if there is nothing to tell of what leaves.
func leaving(s tally.Snapshot) *jsonCounts {
	if s.Out == nil {
		return nil
	}
	out := newCounts(*s.Out)
	return &out
}

func jsonDevices(s tally.Snapshot) []jsonDevice {
	list := []jsonDevice{}
	for i, device := range s.Devices {
		item := jsonDevice{Name: device.Name, Index: device.Index, Mode: device.Mode, Out: device.Out, Namespace: device.Namespace}
		if i < len(s.Unseen) && s.Unseen[i].Known {
			item.Unseen = &s.Unseen[i].Packets
		}
		if device.HasQueue() {
			queued := queuedAt([]devices.Device{device})
			item.jsonQueued = &queued
		}
		list = append(list, item)
	}
	return list
}

// queuedAt is of all queues of the devices together.
func queuedAt(attached []devices.Device) (sum jsonQueued) {
	for _, device := range attached {
		for _, queue := range device.Queues {
			sum.FQDropped += queue.Dropped
			sum.Waiting += queue.Waiting
		}
	}
	return sum
}

func jsonMissingParts(parts []tally.Missing) []jsonMissing {
	list := []jsonMissing{}
	for _, part := range parts {
		list = append(list, jsonMissing{part.Device, part.Direction.String(), string(part.Part), part.Loses, part.Namespace})
	}
	return list
}

func jsonRules(rules []tally.Rule) []jsonRule {
	list := []jsonRule{}
	for _, rule := range rules {
		list = append(list, jsonRule{
			Text:         rule.Text,
			Guard:        rule.Guard,
			Direction:    rule.Way.String(),
			Matched:      rule.Matched.Packets,
			Dropped:      rule.Dropped.Packets,
			Asked:        number(rule.Loss.Asked),
			Observed:     number(rule.Loss.Observed),
			Low:          number(rule.Loss.Low),
			High:         number(rule.Loss.High),
			MeanBurst:    number(rule.ObservedBurst),
			Delayed:      rule.Delayed,
			Undelayed:    rule.Undelayed,
			Duplicated:   rule.Duplicated,
			QueueDropped: rule.QueueDropped,
			DelayMS:      number(milli(rule.MeanDelay)),
		})
	}
	return list
}

func newTimes(t tally.Times) jsonTimes {
	return jsonTimes{t.Count, milli(t.Mean), t.P50, t.P99, t.Max, milli(t.Recent)}
}

// leaseSeconds is nil for ever, and as long as there are no faults that could end.
func leaseSeconds(s tally.Snapshot) *float64 {
	if !s.InForce || s.Lease.Forever {
		return nil
	}
	seconds := milli(s.Lease.Left.Seconds())
	return &seconds
}

// number is nil for NaN, which JSON cannot say.
func number(value float64) *float64 {
	if math.IsNaN(value) {
		return nil
	}
	return &value
}

// milli rounds to a thousandth, beyond which digits are noise.
func milli(value float64) float64 { return math.Round(value*1000) / 1000 }
