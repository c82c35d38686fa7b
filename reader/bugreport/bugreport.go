// SPDX-License-Identifier: MIT

// Package bugreport tells what a bug report needs, as plain text. It changes nothing, and says what it could not read. No
// host name is in it, and each address of a fault has a placeholder.
package bugreport

import (
	"context"
	"fmt"
	"strings"

	"dilih/reader/session"
	"dilih/reader/world"
)

// report is the text so far.
type report struct{ strings.Builder }

func (r *report) title(text string) { fmt.Fprintf(r, "\n== %s\n", text) }

func (r *report) line(format string, values ...any) { fmt.Fprintf(r, format+"\n", values...) }

func (r *report) field(name, value string) { r.line("%-36s %s", name, value) }

// Write returns the report on what is pinned at PIN, by the dilih of the tree.
func Write(ctx context.Context, pin, tree string) (string, error) {
	found, err := world.Look(ctx, world.Question{PIN: pin})
	if err != nil {
		return "", err
	}
	counted, uncounted := session.Count(pin)
	r := new(report)
	r.line("A report of dilih. Read it before you give it away: it contains the names of devices and the ports of faults.")
	r.title("versions")
	r.versions(ctx, tree)
	r.title("kernel and rights")
	r.kernel(found)
	r.title("devices with BPF programs")
	r.devices(ctx, found)
	r.title("active faults")
	if uncounted == nil {
		r.faults(counted)
	} else {
		r.line("not read: %v", uncounted)
	}
	r.title("pins: mode, owner, group")
	r.pins(found)
	r.title("what could not be read")
	for _, part := range found.Unread() {
		r.line("%s", part)
	}
	return strings.Map(plain, r.String()), nil
}

// plain replaces what is not ASCII, and what a terminal would obey: others chose some of the names.
func plain(char rune) rune {
	if char == '\n' || char >= ' ' && char <= '~' {
		return char
	}
	return '?'
}
