// SPDX-License-Identifier: MIT

package watch

import (
	"io"
	"os"
	"slices"
	"time"

	"golang.org/x/term"

	"dilih/reader/privileges"
	"dilih/reader/usage"
	"dilih/reader/view"
)

const leastInterval = 10 * time.Millisecond

// Options are what to watch, and how to show it.
type Options struct {
	Pins      []string
	Interval  time.Duration
	Count     uint64        // intervals; 0: endless, unless Once
	Once      bool          // no interval: only how things stand now
	Span      time.Duration // 0: endless
	Format    string
	Histogram bool
	NoClear   bool
	MustMatch bool   // it is an error if no fault matches a packet while this watches
	Listen    string // address of the metrics; empty: none
	Pcap      string // file for the drops, "-" for the standard output; empty: none
}

func (o Options) check() error {
	if o.Interval < leastInterval {
		return usage.Errorf("--interval %v is too short: %v is the least", o.Interval, leastInterval)
	}
	for i, pin := range o.Pins {
		if slices.Contains(o.Pins[:i], pin) {
			return usage.Errorf("--pin %s is given twice", pin)
		}
	}
	if o.Span < 0 {
		return usage.Errorf("--for %v is in the past", o.Span)
	}
	if !slices.Contains([]string{"table", "json", "csv", "summary"}, o.Format) {
		return usage.Errorf("there is no --format %q, but there are table, json, csv and summary", o.Format)
	}
	if o.Once && (o.Format == "json" || o.Format == "csv") {
		return usage.Errorf("--count 0 with --format %s: there are no rates without an interval. Use --count 1 --interval %v", o.Format, leastInterval)
	}
	if o.Pcap == "-" && o.Format != "table" {
		return usage.Errorf("--pcap - and --format %s would both write to the standard output", o.Format)
	}
	return nil
}

// view is the view that the options and the standard output ask for. live says that it is redrawn
// in place, and has a key that calls quit.
func (o Options) view(world World, quit func()) (v view.View, live bool) {
	if o.Pcap == "-" {
		return view.NewTable(io.Discard, world.Stderr, false), false
	}
	switch o.Format {
	case "json":
		return view.NewJSON(world.Stdout, world.Stderr), false
	case "csv":
		return view.NewCSV(world.Stdout, world.Stderr), false
	case "summary":
		return view.NewSummary(privileges.Here(), world.Stdout, world.Stderr), false
	}
	terminal, ok := world.Stdout.(*os.File)
	if ok && !o.NoClear && term.IsTerminal(int(terminal.Fd())) && !dumb(os.Getenv("TERM")) {
		return view.NewLive(terminal, world.Stdin, quit, o.Histogram), true
	}
	return view.NewTable(world.Stdout, world.Stderr, o.Histogram), false
}

// dumb says that a terminal of that type cannot be redrawn in place.
func dumb(terminal string) bool { return terminal == "" || terminal == "dumb" }
