// SPDX-License-Identifier: MIT

package main

import (
	"crypto/rand"
	"encoding/binary"
	"os"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/advice"
	"dilih/reader/fault"

	"github.com/urfave/cli/v2"
)

// plannedSet is what the flags and arguments ask for, but for the deadline.
func plannedSet(c *cli.Context) (set fault.Set, err error) {
	guards, err := fault.ParseGuards(strings.Join(c.StringSlice("guard"), "\n"))
	if err != nil {
		return set, err
	}
	faults, err := plannedFaults(c)
	if err != nil {
		return set, err
	}
	events, known := eventModes[c.String("events")]
	if !known {
		return set, advice.Usagef("there is no --events %q, but there are auto, all and none", c.String("events"))
	}
	if c.Uint("snaplen") > fault.MaxSnaplen {
		return set, advice.Usagef("--snaplen %d is too long: an event holds %d bytes", c.Uint("snaplen"), fault.MaxSnaplen)
	}
	set = fault.Set{
		Seed:    c.Uint64("seed"),
		Faults:  append(guards, faults...),
		Shadow:  c.Bool("shadow"),
		Events:  events,
		Snaplen: uint16(c.Uint("snaplen")),
	}
	if !c.IsSet("seed") {
		set.Seed = newSeed()
	}
	if err := set.Check(); err != nil {
		return set, advice.Usagef("%w", err)
	}
	return set, nil
}

var eventModes = map[string]abi.EventMode{
	"auto": abi.EventsAuto,
	"all":  abi.EventsAll,
	"none": abi.EventsNone,
}

// newSeed picks a seed that readers of JSON, whose numbers are floats, keep exact.
func newSeed() uint64 {
	var random [8]byte
	rand.Read(random[:]) // cannot fail: it says so
	return binary.NativeEndian.Uint64(random[:]) >> (64 - 53)
}

// plannedFaults reads the arguments, each a fault or more, or the file.
func plannedFaults(c *cli.Context) ([]fault.Fault, error) {
	path := c.String("file")
	if path == "" {
		return argumentFaults(c)
	}
	if c.NArg() > 0 {
		return nil, advice.Usagef("faults are given twice, by --file and as %q: give them once", c.Args().First())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, advice.Usagef("read the faults: %w", err)
	}
	return fault.Parse(path, strings.TrimPrefix(string(text), "\ufeff")) // as some editors begin files
}
