// SPDX-License-Identifier: MIT

package main

import (
	"time"

	"dilih/reader/metrics"
	"dilih/reader/pinned"
	"dilih/reader/usage"
	"dilih/reader/watch"

	"github.com/urfave/cli/v2"
)

func watchFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{
			Name: "pin", Usage: "DIR of the pins; repeat it to watch several (" + pinned.DefaultPath + ")",
			Value: cli.NewStringSlice(pinned.DefaultPath),
		},
		&cli.DurationFlag{Name: "interval", Usage: "TIME from table to table (1s)", Value: time.Second},
		&cli.Uint64Flag{Name: "count", Usage: "N: end after N intervals; 0: show the counts at once"},
		&cli.DurationFlag{Name: "for", Usage: "TIME after which to end, such as 90s or 5m"},
		&cli.StringFlag{Name: "format", Usage: "table, json (a line an interval), csv or summary", Value: "table"},
		&cli.StringFlag{Name: "listen", Usage: "ADDR of metrics for Prometheus, such as :9435 of 127.0.0.1"},
		&cli.StringFlag{Name: "pcap", Usage: "FILE for dropped packets, as pcapng; -: stdout, and no table"},
		&cli.BoolFlag{Name: "histogram", Usage: "show how processing times are distributed"},
		&cli.BoolFlag{Name: "fail-if-nothing-matched", Usage: "exit status 6 if no fault met a packet"},
		&cli.BoolFlag{Name: "no-clear", Usage: "one table after the other, on a terminal too"},
	}
}

func watchAction(c *cli.Context, world watch.World) error {
	options, err := watchOptions(c)
	if err != nil {
		return err
	}
	return watch.Run(c.Context, options, world)
}

// watchOptions reads the flags, and checks what only flags can be: given, but empty.
func watchOptions(c *cli.Context) (options watch.Options, err error) {
	options = watch.Options{
		Pins:      c.StringSlice("pin"),
		Interval:  c.Duration("interval"),
		Count:     c.Uint64("count"),
		Once:      c.IsSet("count") && c.Uint64("count") == 0,
		Span:      c.Duration("for"),
		Format:    c.String("format"),
		Histogram: c.Bool("histogram"),
		NoClear:   c.Bool("no-clear"),
		MustMatch: c.Bool("fail-if-nothing-matched"),
		Pcap:      c.String("pcap"),
	}
	if c.IsSet("pcap") && options.Pcap == "" {
		return options, usage.Errorf("--pcap needs the name of a file")
	}
	if c.IsSet("listen") {
		if options.Listen, err = metrics.Address(c.String("listen")); err != nil {
			return options, usage.Errorf("--listen %w", err)
		}
	}
	return options, nil
}
