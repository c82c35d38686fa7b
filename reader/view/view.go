// SPDX-License-Identifier: MIT

// Package view turns snapshots into what people and programs read: tables, JSON, CSV and
// summaries.
package view

import (
	"fmt"
	"io"

	"dilih/reader/tally"
)

// View shows what happened.
type View interface {
	// Show shows the snapshots of one interval, one for each pin directory.
	Show(snapshots []tally.Snapshot) error
	// End shows the last snapshots, so that they stay.
	End(snapshots []tally.Snapshot) error
	// Note says that something changed.
	Note(note tally.Note)
	// Redraw follows a change of the terminal, and takes it back after Close.
	Redraw() error
	// Close leaves the terminal as it was.
	Close() error
}

// plain is what views have in common that know no terminal: notes are lines of their own, where
// messages go.
type plain struct{ notes io.Writer }

// Note implements View.
func (p plain) Note(note tally.Note) {
	fmt.Fprintf(p.notes, "dilih-reader: %s: %s\n", note.Pin, note.Text)
}

// Redraw implements View.
func (plain) Redraw() error { return nil }

// Close implements View.
func (plain) Close() error { return nil }
