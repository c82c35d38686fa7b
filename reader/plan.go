// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strings"

	"dilih/reader/fault"
	"dilih/reader/pinned"
	"dilih/reader/plan"
	"dilih/reader/privileges"
	"dilih/reader/usage"

	"github.com/urfave/cli/v2"
)

const defaultSnaplen = 96

var snaplenUsage = fmt.Sprintf("BYTES of a packet in its event, at most %d (%d)", fault.MaxSnaplen, defaultSnaplen)

func planCommand(program string) *cli.Command {
	return &cli.Command{
		Name:      "plan",
		Usage:     "print the bpftool batch that applies faults",
		ArgsUsage: "[options] FAULT...",
		Description: `Prints what bpftool has to do to put the faults in force, and changes nothing:

  ` + program + ` plan 'drop 1% burst 4 udp' | ` + privileges.Here().Command("bpftool batch file -") + `

Without faults, it is to renew the lease of those in force. With --program as
well, those programs decide by them from then on, and their lease is renewed
only if --for is given.

XDP decides about incoming packets, and tc_in while some of them may have to
wait. With --mark, it is to have XDP mark them with the hook that decides: some
time before tc_in is attached. With --settle, it is to let XDP decide again, if
no fault makes them wait any more. With --unmark, it is to end the marks, after
tc_in has been detached.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "pin", Usage: "DIR of the pins (" + pinned.DefaultPath + ")", Value: pinned.DefaultPath},
			&cli.StringFlag{Name: "file", Usage: "FILE to read the faults from"},
			&cli.StringFlag{Name: "for", Usage: "TIME until the faults end, as 90s, 2h, 7d or forever (1h)", Value: "1h"},
			&cli.Uint64Flag{Name: "seed", Usage: "N, the seed of all random numbers (chosen at random)"},
			&cli.StringSliceFlag{Name: "guard", Usage: "MATCHES that pass before any fault; repeat it for more"},
			&cli.BoolFlag{Name: "shadow", Usage: "decide and count, drop nothing"},
			&cli.StringFlag{Name: "events", Usage: "which packets are reported: auto, all or none (auto)", Value: "auto"},
			&cli.StringSliceFlag{Name: "program", Usage: "NAME=ID of one that was just loaded; repeat it for more"},
			&cli.UintFlag{Name: "snaplen", Usage: snaplenUsage, Value: defaultSnaplen},
			&cli.BoolFlag{Name: "mark", Usage: "have XDP mark incoming packets with the hook that decides"},
			&cli.BoolFlag{Name: "settle", Usage: "let XDP decide about incoming packets, if none has to wait"},
			&cli.BoolFlag{Name: "unmark", Usage: "end the marks, if XDP decides"},
		},
		Action: planAction,
	}
}

func planAction(c *cli.Context) error {
	lease, err := plan.ParseLease(c.String("for"))
	if err != nil {
		return usage.Errorf("--for %w", err)
	}
	var batch string
	name, shift, shifts := shiftOf(c)
	switch {
	case shifts:
		batch, err = planShift(c, name, shift)
	case c.NArg() == 0 && !c.IsSet("file"):
		batch, err = planRenewal(c, lease)
	default:
		batch, err = planFaults(c, lease)
	}
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(c.App.Writer, batch); err != nil {
		return fmt.Errorf("print the plan: %w", err)
	}
	return nil
}

func planFaults(c *cli.Context, lease plan.Lease) (batch string, err error) {
	set, err := plannedSet(c)
	if err != nil {
		return "", err
	}
	programs, err := plannedPrograms(c)
	if err != nil {
		return "", err
	}
	for _, unreachable := range set.Unreachable() {
		fmt.Fprintln(c.App.ErrWriter, c.App.Name+":", unreachable)
	}
	batch, note, err := plan.Faults(c.String("pin"), set, lease, programs)
	if note != "" {
		fmt.Fprintln(c.App.ErrWriter, c.App.Name+":", note)
	}
	return batch, err
}

func planRenewal(c *cli.Context, lease plan.Lease) (batch string, err error) {
	for _, name := range []string{"seed", "shadow", "guard", "events", "snaplen"} {
		if c.IsSet(name) {
			return "", usage.Errorf("--%s needs faults: without any, only the lease is renewed", name)
		}
	}
	programs, err := plannedPrograms(c)
	switch {
	case err != nil:
		return "", err
	case len(programs) == 0:
		return plan.Renewal(c.String("pin"), lease)
	case c.IsSet("for"):
		return plan.Handover(c.String("pin"), programs, &lease)
	}
	return plan.Handover(c.String("pin"), programs, nil)
}

// shiftOf is the first of these options that is given, if one is.
func shiftOf(c *cli.Context) (name string, shift plan.Shift, given bool) {
	for i, name := range []string{"mark", "settle", "unmark"} {
		if c.Bool(name) {
			return name, plan.Shift(i), true
		}
	}
	return "", 0, false
}

func planShift(c *cli.Context, name string, shift plan.Shift) (batch string, err error) {
	if c.NArg() > 0 {
		return "", usage.Errorf("--%s takes no fault: it is for those in force", name)
	}
	for _, other := range []string{"file", "for", "seed", "guard", "shadow", "events", "program", "snaplen", "mark", "settle", "unmark"} {
		if other != name && c.IsSet(other) {
			return "", usage.Errorf("--%s does not go with --%s: it changes nothing else", name, other)
		}
	}
	return plan.Shifting(c.String("pin"), shift)
}

func plannedPrograms(c *cli.Context) (plan.Programs, error) {
	programs, err := plan.ParsePrograms(c.StringSlice("program"))
	if err != nil {
		return nil, usage.Errorf("--program %w", err)
	}
	return programs, nil
}

// plannedSet is what the flags and arguments ask for, without the deadline.
func plannedSet(c *cli.Context) (set fault.Set, err error) {
	guards, err := fault.ParseGuards(strings.Join(c.StringSlice("guard"), "\n"))
	if err != nil {
		return set, err
	}
	faults, err := plannedFaults(c)
	if err != nil {
		return set, err
	}
	events, known := fault.EventModes[c.String("events")]
	if !known {
		return set, usage.Errorf("there is no --events %q, but there are auto, all and none", c.String("events"))
	}
	if c.Uint("snaplen") > fault.MaxSnaplen {
		return set, usage.Errorf("--snaplen %d is too long: an event holds %d bytes", c.Uint("snaplen"), fault.MaxSnaplen)
	}
	set = fault.Set{
		Seed:    c.Uint64("seed"),
		Faults:  fault.Guarded(guards, faults),
		Shadow:  c.Bool("shadow"),
		Events:  events,
		Snaplen: uint16(c.Uint("snaplen")),
	}
	if !c.IsSet("seed") {
		set.Seed = fault.NewSeed()
	}
	if err := set.Check(); err != nil {
		return set, usage.Errorf("%w", err)
	}
	return set, nil
}

// plannedFaults reads the arguments, each a fault or more, or the file.
func plannedFaults(c *cli.Context) ([]fault.Fault, error) {
	path := c.String("file")
	if path == "" {
		return argumentFaults(c)
	}
	if c.NArg() > 0 {
		return nil, usage.Errorf("faults are given twice, by --file and as %q: give them once", c.Args().First())
	}
	text, err := plan.ReadFile(path)
	if err != nil {
		return nil, usage.Errorf("%w", err)
	}
	return fault.Parse(path, text)
}
