// SPDX-License-Identifier: MIT

package main

import (
	"io"
	"os"
	"slices"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"dilih/reader/advice"
	"dilih/reader/metrics"
	"dilih/reader/view"
)

const leastInterval = 10 * time.Millisecond

// options are the flags of the watch, checked.
type options struct {
	pins      []string
	interval  time.Duration
	count     uint64 // intervals; 0: endless
	span      time.Duration
	format    string
	histogram bool
	noClear   bool
	listen    string // address of the metrics; empty: none
	pcap      string // file for the drops, "-" for the standard output; empty: none
}

func newOptions(c *cli.Context) (options, error) {
	o := options{
		pins:      c.StringSlice("pin"),
		interval:  c.Duration("interval"),
		count:     c.Uint64("count"),
		span:      c.Duration("for"),
		format:    c.String("format"),
		histogram: c.Bool("histogram"),
		noClear:   c.Bool("no-clear"),
		pcap:      c.String("pcap"),
	}
	if err := checkNoArguments(c); err != nil {
		return o, err
	}
	if o.interval < leastInterval {
		return o, advice.Usagef("--interval %v is too short: %v is the least", o.interval, leastInterval)
	}
	for i, pin := range o.pins {
		if slices.Contains(o.pins[:i], pin) {
			return o, advice.Usagef("--pin %s is there twice", pin)
		}
	}
	if o.span < 0 {
		return o, advice.Usagef("--for %v is in the past", o.span)
	}
	if o.format != "table" && o.format != "json" && o.format != "csv" {
		return o, advice.Usagef("there is no --format %q, but there are table, json and csv", o.format)
	}
	if c.IsSet("pcap") && o.pcap == "" {
		return o, advice.Usagef("--pcap needs the name of a file")
	}
	if o.pcap == "-" && o.format != "table" {
		return o, advice.Usagef("--pcap - and --format %s would both write to the standard output", o.format)
	}
	return o.withListen(c)
}

// withListen checks the address of the metrics.
func (o options) withListen(c *cli.Context) (_ options, err error) {
	if !c.IsSet("listen") {
		return o, nil
	}
	if o.listen, err = metrics.Address(c.String("listen")); err != nil {
		return o, advice.Usagef("--listen %w", err)
	}
	return o, nil
}

// view is the view that the options and the standard output ask for. live says that it is redrawn
// in place.
func (o options) view(env env) (v view.View, live bool) {
	if o.pcap == "-" {
		return view.NewTable(io.Discard, env.stderr, false), false
	}
	switch o.format {
	case "json":
		return view.NewJSON(env.stdout, env.stderr), false
	case "csv":
		return view.NewCSV(env.stdout, env.stderr), false
	}
	terminal, ok := env.stdout.(*os.File)
	if ok && !o.noClear && term.IsTerminal(int(terminal.Fd())) && os.Getenv("TERM") != "dumb" {
		return view.NewLive(terminal, o.histogram), true
	}
	return view.NewTable(env.stdout, env.stderr, o.histogram), false
}
