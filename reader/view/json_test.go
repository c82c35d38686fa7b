// SPDX-License-Identifier: MIT

package view

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/tally"
)

func showJSON(t *testing.T, snapshots ...tally.Snapshot) string {
	t.Helper()
	var out, notes bytes.Buffer
	view := NewJSON(&out, &notes)
	qt.Assert(t, qt.IsNil(view.Show(snapshots)))
	qt.Assert(t, qt.Equals(notes.String(), ""))
	return out.String()
}

// The names, their order and what they hold are a promise.
func TestJSON(t *testing.T) {
	golden(t, "usual.json", showJSON(t, usual()))
	golden(t, "various.json", showJSON(t, usual(various, shadow)))
	golden(t, "both.json", showJSON(t, usual(both, contended)))
	golden(t, "waiting.json", showJSON(t, usual(waiting)))
	golden(t, "broken.json", showJSON(t, usual(broken)))
	golden(t, "scattered.json", showJSON(t, usual(scattered)))
	golden(t, "past.json", showJSON(t, usual(past)))
}

func TestJSONLease(t *testing.T) {
	tests := []struct {
		name   string
		change func(*tally.Snapshot)
		want   any
	}{
		{"running", func(*tally.Snapshot) {}, 3540.2},
		{"ended", ended, 0.0},
		{"for ever", func(s *tally.Snapshot) { s.Lease = tally.Lease{Forever: true} }, nil},
		{"no faults yet", faultless, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var line map[string]any
			qt.Assert(t, qt.IsNil(json.Unmarshal([]byte(showJSON(t, usual(test.change))), &line)))
			qt.Assert(t, qt.DeepEquals(line["lease_seconds"], test.want))
		})
	}
}

// The share of an interval is of what came in since the last one, and is not known if nothing did.
func TestJSONShare(t *testing.T) {
	changed := usual(func(s *tally.Snapshot) {
		s.Entered.Rate, s.Dropped.Rate = 100, 10
		s.Entered.Packets, s.Dropped.Packets = 400, 200
	})
	qt.Assert(t, qt.StringContains(showJSON(t, changed), `"share":{"dropped":0.1,"dropped_since_load":0.5`))
	qt.Assert(t, qt.StringContains(showJSON(t, usual(quiet)), `"share":{"dropped":null,`))
}

func TestJSONDirection(t *testing.T) {
	for way, want := range map[abi.Direction]string{abi.DirectionIn: "in", abi.DirectionOut: "out", 7: "unknown"} {
		line := showJSON(t, usual(func(s *tally.Snapshot) { s.Rules[2].Way = way }))
		qt.Assert(t, qt.StringContains(line, `"text":"drop 50%","guard":false,"direction":"`+want+`"`))
	}
}

// Lists are lists, never null.
func TestJSONEmptyLists(t *testing.T) {
	line := showJSON(t, usual(faultless, detached))
	qt.Assert(t, qt.StringContains(line, `"devices":[]`))
	qt.Assert(t, qt.StringContains(line, `"rules":[]`))
}

func TestJSONLines(t *testing.T) {
	text := showJSON(t, usual(), usual(blind), usual(faultless))
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	qt.Assert(t, qt.HasLen(lines, 3))
	for _, line := range lines {
		qt.Assert(t, qt.IsTrue(json.Valid([]byte(line))))
	}
}

func TestJSONPassesNotesOn(t *testing.T) {
	var out, notes bytes.Buffer
	view := NewJSON(&out, &notes)
	view.Note(tally.Note{Pin: "/p", Text: "new faults are in force"})
	qt.Assert(t, qt.Equals(out.String(), ""))
	qt.Assert(t, qt.Equals(notes.String(), "dilih-reader: /p: new faults are in force\n"))
}
