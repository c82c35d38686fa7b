// SPDX-License-Identifier: MIT

package view

import (
	"bytes"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/reader/devices"
	"dilih/reader/privileges"
	"dilih/reader/tally"
)

func showSummary(t *testing.T, intervals ...[]tally.Snapshot) string {
	t.Helper()
	var out, notes bytes.Buffer
	view := NewSummary(privileges.Person{HasSudo: true}, &out, &notes)
	for _, snapshots := range intervals {
		qt.Assert(t, qt.IsNil(view.Show(snapshots)))
	}
	qt.Assert(t, qt.Equals(notes.String(), ""))
	return out.String()
}

func TestSummary(t *testing.T) {
	several := func(s *tally.Snapshot) {
		s.Devices = append(s.Devices, devices.Device{Name: "eth1", Index: 3, Mode: "driver"})
		s.Lease.Left = 25*time.Hour + time.Minute
	}
	forever := func(s *tally.Snapshot) { s.Lease = tally.Lease{Forever: true} }
	for name, snapshots := range map[string][]tally.Snapshot{
		"usual":     only(),
		"various":   only(various, several),
		"shadow":    only(shadow, other, forever),
		"ended":     only(ended),
		"faultless": only(faultless, unnamed),
		"detached":  only(detached),
		"both":      only(both),
		"waiting":   only(waiting),
		"broken":    only(broken),
		"scattered": only(scattered),
		"past":      only(past),
		"two":       {usual(), usual(other, faultless)},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".summary", showSummary(t, snapshots))
		})
	}
}

// One interval after the other, each with an empty line before it.
func TestSummaries(t *testing.T) {
	one := showSummary(t, only())
	qt.Assert(t, qt.Equals(showSummary(t, only(), only()), one+"\n"+one))
}
