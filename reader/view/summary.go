// SPDX-License-Identifier: MIT

package view

import (
	"fmt"
	"io"
	"strings"

	"dilih/reader/pinned"
	"dilih/reader/privileges"
	"dilih/reader/tally"
	"dilih/reader/verbs"
)

// Summary shows in a few lines what is in force, and what can be done about it.
type Summary struct {
	plain
	person    privileges.Person
	out       io.Writer
	separated bool
}

// NewSummary makes a view that writes summaries for the person to out, and notes to notes.
func NewSummary(person privileges.Person, out, notes io.Writer) *Summary {
	return &Summary{plain: plain{notes}, person: person, out: out}
}

// Show implements View.
func (s *Summary) Show(snapshots []tally.Snapshot) error {
	for _, snapshot := range snapshots {
		text := strings.Join(summary(s.person, snapshot), "\n") + "\n"
		if s.separated {
			text = "\n" + text
		}
		s.separated = true
		if _, err := io.WriteString(s.out, text); err != nil {
			return fmt.Errorf("write a summary: %w", err)
		}
	}
	return nil
}

// End implements View.
func (s *Summary) End(snapshots []tally.Snapshot) error { return s.Show(snapshots) }

func summary(person privileges.Person, s tally.Snapshot) []string {
	shadow := ""
	var settings []string
	if s.Shadow {
		shadow = "   SHADOW: nothing is dropped"
	}
	if s.Pin != pinned.DefaultPath { // of which nobody need be told
		settings = []string{"PIN=" + s.Pin}
	}
	lines := []string{fmt.Sprintf("dilih is on %s, pinned at %s", attachedTo(s), s.Pin)}
	for _, text := range troubles(s) {
		lines = append(lines, "  "+text)
	}
	return append(lines,
		"  faults  "+textsOf(s.Rules, false)+shadow,
		"  guards  "+textsOf(s.Rules, true),
		fmt.Sprintf("  seed    %d", s.Seed),
		"  ends    "+end(s),
		"  watch   "+person.Command(verbs.Reader()+" --pin "+s.Pin),
		"  change  "+verbs.Call("fault", append(settings, "FAULT=drop 5%")...),
		"  end     "+verbs.Call("clean", settings...),
	)
}

// textsOf are the texts of the guards, or of the faults.
func textsOf(rules []tally.Rule, guards bool) string {
	var texts []string
	for _, rule := range rules {
		if rule.Guard == guards {
			texts = append(texts, rule.Text)
		}
	}
	return listed(texts, "; ", "none")
}

func attachedTo(s tally.Snapshot) string {
	if s.Unnamed {
		return "an interface not known"
	}
	var names []string
	for _, device := range s.Devices {
		names = append(names, device.String())
	}
	return listed(names, ", ", "no interface")
}

// listed joins the items, or says that there are none.
func listed(items []string, separator, none string) string {
	if len(items) == 0 {
		return none
	}
	return strings.Join(items, separator)
}

func end(s tally.Snapshot) string {
	switch {
	case !s.InForce || s.Lease.Forever:
		return "never"
	case s.Lease.Ended():
		return "has ended: everything passes"
	}
	return "in " + duration(s.Lease.Left)
}
