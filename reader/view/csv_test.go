// SPDX-License-Identifier: MIT

package view

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/reader/devices"
	"dilih/reader/tally"
)

func TestCSV(t *testing.T) {
	var out bytes.Buffer
	view := NewCSV(&out, &out)
	two := func(s *tally.Snapshot) {
		s.Devices = append(s.Devices, devices.Device{Name: "a,b", Index: 3, Mode: "driver"})
	}
	qt.Assert(t, qt.IsNil(view.Show([]tally.Snapshot{usual(), usual(two)})))
	qt.Assert(t, qt.IsNil(view.Show([]tally.Snapshot{usual(faultless, blind, quiet)})))
	qt.Assert(t, qt.IsNil(view.Show([]tally.Snapshot{usual(both, contended)})))
	qt.Assert(t, qt.IsNil(view.Show([]tally.Snapshot{usual(broken)})))
	qt.Assert(t, qt.IsNil(view.End([]tally.Snapshot{usual(past)})))
	qt.Assert(t, qt.Equals(strings.Count(out.String(), "\r\n"), 7))

	rows, err := csv.NewReader(&out).ReadAll()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(rows, 7)) // one header
	column := make(map[string]int)
	for i, name := range rows[0] {
		column[name] = i
	}
	qt.Assert(t, qt.HasLen(column, len(rows[0])))
	for name, want := range map[string][]string{
		"time":             {"2025-03-01T12:03:04.5Z", "2025-03-01T12:03:04.5Z"},
		"devices":          {"eth0 generic", "eth0 generic; a,b driver", "eth0 generic", "eth0 generic out"},
		"undelayed":        {"0", "0", "0", "0", "0", "12"},
		"out_undelayed":    {"", "", "", "0", "0", "0"},
		"unmarked":         {"0", "0", "0", "0", "0", "4711"},
		"unseen":           {"", "", "", "", "", "12345"},
		"lease_seconds":    {"3540.2", "3540.2", ""},
		"packets_entered":  {"123470", "123470"},
		"packets_passed":   {"61714"},
		"packets_dropped":  {"61756"},
		"bytes_dropped":    {"6175600"},
		"rate_passed":      {"616.5"},
		"dropped_ns_count": {"200", "200", "0"},
		"events_read":      {"246912", "246912", "0"},
		"events_lost":      {"0"},
		"passed_ns_max":    {"8240"},
		"shadow":           {"false"},
		"version":          {version},
		"lease_ended":      {"false"},
		"share_dropped":    {"0.5004051863857374", "0.5004051863857374", ""},

		"passed_ns_mean_last_128":      {"4264.695", "4264.695", "0"},
		"share_dropped_since_load":     {"0.5001700818012472"},
		"out_share_dropped":            {"", "", "", "0.04487179487179487"},
		"out_share_dropped_since_load": {"", "", "", "0.04311887515977844"},

		"out_packets_entered": {"", "", "", "23470"},
		"out_bytes_passed":    {"", "", "", "29038474"},
		"out_rate_dropped":    {"", "", "", "10.5"},
		"contended":           {"0", "0", "0", "1234"},

		"packets_queue_dropped":     {"0", "0", "0", "0", "0"},
		"out_packets_queue_dropped": {"", "", "", "0", "200"},
		"out_bytes_queue_dropped":   {"", "", "", "0", "301400"},
		"delayed":                   {"0", "0", "0", "0", "61000"},
		"duplicated":                {"0", "0", "0", "0", "612"},
		"out_delayed":               {"", "", "", "0", "1800"},
		"fq_dropped":                {"0", "0", "0", "0", "27"},
		"waiting":                   {"0", "0", "0", "0", "111"},
		"missing": {"", "", "", "", "eth0 in program; eth1 in up; eth2 in ifb; eth3 in filter; " +
			"eth0 out program; eth1 out fq; eth2 out ifb; eth3 out filter"},
	} {
		for i := range want {
			qt.Check(t, qt.Equals(rows[i+1][column[name]], want[i]), qt.Commentf("%s, row %d", name, i+1))
		}
	}
}
