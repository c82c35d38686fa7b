// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strconv"
	"strings"

	"dilih/reader/advice"
	"dilih/reader/fault"
	"dilih/reader/pinned"
	"dilih/reader/plan"
	"dilih/reader/usage"
	"dilih/reader/world"

	"github.com/urfave/cli/v2"
)

func nextCommand() *cli.Command {
	return &cli.Command{
		Name:      "next",
		Usage:     "print the next steps of a verb, for scripts",
		ArgsUsage: "up|fault|down [options]",
		Description: `Compares what the verb wishes for with what there is, and prints the next
commands to run, in the form of which reader/plan/encode.go tells. The standard
input is what the call before printed first, or empty. It changes nothing.`,
		Hidden: true,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "pin", Usage: "DIR of the pins", Value: pinned.DefaultPath},
			&cli.StringFlag{Name: "dev", Usage: "DEVICES, with blanks between"},
			&cli.StringFlag{Name: "mode", Usage: "MODE of XDP: xdpgeneric or xdpdrv"},
			&cli.StringFlag{Name: "fault", Usage: "FAULTS to be active"},
			&cli.StringFlag{Name: "fault-file", Usage: "FILE with faults"},
			&cli.StringFlag{Name: "for", Usage: "TIME until the faults end"},
			&cli.StringFlag{Name: "seed", Usage: "N, the seed of all random numbers"},
			&cli.StringFlag{Name: "shadow", Usage: "1: decide and count, drop nothing"},
			&cli.StringFlag{Name: "guard", Usage: "GUARDS, or off"},
			&cli.StringFlag{Name: "events", Usage: "which packets are reported"},
			&cli.StringFlag{Name: "snaplen", Usage: "BYTES of a packet in its event"},
			&cli.StringFlag{Name: "segmentation", Usage: "off: TCP hands over single segments"},
			&cli.StringFlag{Name: "group", Usage: "GROUP that may watch"},
			&cli.StringFlag{Name: "events-group", Usage: "GROUP that may read events"},
			&cli.StringFlag{Name: "ssh-connection", Usage: "as sshd sets it", EnvVars: []string{"SSH_CONNECTION"}},
			&cli.BoolFlag{Name: "alone", Usage: "an error if something is loaded"},
			&cli.BoolFlag{Name: "installed", Usage: "people talk to dilih, not to make"},
			&cli.BoolFlag{Name: "dry-run", Usage: "all steps to the end"},
			&cli.IntFlag{Name: "failed", Usage: "N, the step of the call before that failed, from 0", Value: -1},
			&cli.StringFlag{Name: "said", Usage: "TEXT that it printed"},
			&cli.BoolFlag{Name: "undo", Usage: "undo what was done"},
		},
		Action: nextAction,
	}
}

func nextAction(c *cli.Context) error {
	plan.Installed = c.Bool("installed")
	var session plan.Session
	if err := json.NewDecoder(c.App.Reader).Decode(&session); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the state: %w", err)
	}
	notes, err := noteFailure(c, &session)
	if err != nil {
		return plan.Encode(c.App.Writer, &session, nil, notes, err)
	}
	request, err := requested(c)
	if err == nil && !session.Complete && request.Verb != plan.Down {
		request.Objects, err = hashObjects(c, request.Tree)
	}
	if err != nil && !session.Complete {
		return encodeRefusal(c, &session, err)
	}
	question := world.Question{PIN: c.String("pin"), Guards: !session.Complete && request.Verb != plan.Down && request.Guards != "off"}
	found, err := world.Look(c.Context, question)
	if err != nil {
		return encodeRefusal(c, &session, err)
	}
	next, said, err := nextSteps(c, &session, found, request)
	return plan.Encode(c.App.Writer, &session, next, append(notes, said...), err)
}

func nextSteps(c *cli.Context, session *plan.Session, found world.World, request plan.Request) ([]plan.Step, []plan.Note, error) {
	if c.Bool("dry-run") {
		return session.DryRun(found, request)
	}
	return session.Next(found, request)
}

// noteFailure tells the session how the call before ended.
func noteFailure(c *cli.Context, session *plan.Session) (notes []plan.Note, err error) {
	if c.Int("failed") >= 0 {
		err, fatal := session.Failed(c.Int("failed"), c.String("said"))
		if fatal {
			return nil, err
		}
		if err != nil {
			notes = append(notes, plan.Note{Text: err.Error(), Warning: true})
		}
	}
	if c.Bool("undo") {
		session.Interrupt()
	}
	return notes, nil
}

// requested reads the settings.
func requested(c *cli.Context) (r plan.Request, err error) {
	r = plan.Request{
		Verb: plan.Verb(c.Args().First()), Devices: strings.Fields(c.String("dev")), Mode: c.String("mode"), Guards: c.String("guard"),
		SplitSegments: c.String("segmentation") == "off", Alone: c.Bool("alone"), SSHConnection: c.String("ssh-connection"),
		Seed: fault.NewSeed(), Snaplen: defaultSnaplen,
	}
	if r.Tree, err = os.Getwd(); err != nil {
		return r, err
	}
	for _, read := range []func(*cli.Context, *plan.Request) error{
		checkVerb, readFaults, readLease, readSeed, readWords, readGroups,
	} {
		if err := read(c, &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

// hashObjects returns the hash of what can be loaded. A dry run builds nothing, so a word stands for the hash of what is
// not there.
func hashObjects(c *cli.Context, tree string) (string, error) {
	hash, err := world.HashObjects(tree)
	switch {
	case err == nil:
		return hash, nil
	case c.Bool("dry-run"):
		return "OBJECTS_HASH", nil
	case plan.Installed:
		return "", fmt.Errorf("%w: install dilih again", err)
	}
	return "", fmt.Errorf("%w: make builds it", err)
}

func checkVerb(_ *cli.Context, r *plan.Request) error {
	switch r.Verb {
	case plan.Up, plan.Fault, plan.Down:
		return nil
	}
	return usage.Errorf("there is no verb %q to plan, but there are up, fault, down", string(r.Verb))
}

func readFaults(c *cli.Context, r *plan.Request) (err error) {
	text, path := c.String("fault"), c.String("fault-file")
	switch {
	case text != "" && path != "":
		return usage.Errorf("faults and %s are both given: give one", plan.Named("FAULT_FILE", path))
	case path != "":
		if text, err = plan.ReadFile(path); err != nil {
			return usage.Errorf("%s: %w", plan.Named("FAULT_FILE", path), err)
		}
		r.Faults, err = fault.Parse(path, text)
	case text != "":
		r.Faults, err = fault.Parse("fault", text)
	default:
		for _, name := range []string{"seed", "shadow", "guard", "events", "snaplen"} {
			if c.String(name) != "" {
				r.NeedFaults = append(r.NeedFaults, plan.Named(strings.ToUpper(name), c.String(name)))
			}
		}
	}
	return err
}

func readLease(c *cli.Context, r *plan.Request) (err error) {
	text := c.String("for")
	r.LeaseGiven = text != ""
	if text == "" {
		text = "1h"
	}
	if r.Lease, err = plan.ParseLease(text); err != nil {
		return usage.Errorf("%s: %w", plan.Named("FOR", text), err)
	}
	return nil
}

func readSeed(c *cli.Context, r *plan.Request) error {
	text := c.String("seed")
	if text == "" {
		return nil
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil || strconv.FormatUint(seed, 10) != text {
		return usage.Errorf("%s: must be a decimal number from 0 to 2^64-1, without a 0 in front", plan.Named("SEED", text))
	}
	r.Seed = seed
	return nil
}

// readWords reads the settings that are one of a few words, or a small number.
func readWords(c *cli.Context, r *plan.Request) error {
	switch text := c.String("shadow"); text {
	case "", "0":
	case "1":
		r.Shadow = true
	default:
		return usage.Errorf("%s: must be 1 or 0", plan.Named("SHADOW", text))
	}
	if text := c.String("segmentation"); text != "" && text != "off" {
		return usage.Errorf("%s: must be off, or not given", plan.Named("SEGMENTATION", text))
	}
	if text := c.String("events"); text != "" {
		mode, known := fault.EventModes[text]
		if !known {
			return usage.Errorf("%s: must be auto, all or none", plan.Named("EVENTS", text))
		}
		r.Events = mode
	}
	if text := c.String("snaplen"); text != "" {
		snaplen, err := strconv.ParseUint(text, 10, 16)
		if err != nil || snaplen > fault.MaxSnaplen {
			return usage.Errorf("%s: must be a number of bytes, at most %d", plan.Named("SNAPLEN", text), fault.MaxSnaplen)
		}
		r.Snaplen = uint16(snaplen)
	}
	return nil
}

func readGroups(c *cli.Context, r *plan.Request) (err error) {
	if name := c.String("group"); name != "" {
		if r.Group, err = findGroup("GROUP", name); err != nil {
			return err
		}
	}
	if c.IsSet("events-group") {
		if r.EventsGroup, err = findGroup("EVENTS_GROUP", c.String("events-group")); err != nil {
			return err
		}
	}
	return nil
}

// findGroup finds a group by its name, or its number. No name stands for none.
func findGroup(setting, name string) (*plan.Group, error) {
	if name == "" {
		return &plan.Group{}, nil
	}
	found, err := user.LookupGroup(name)
	if err != nil {
		found, err = user.LookupGroupId(name)
	}
	if err != nil {
		return nil, usage.Errorf("%s: no such group", plan.Named(setting, name))
	}
	gid, err := strconv.ParseUint(found.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("%s: its number is %q: %w", plan.Named(setting, name), found.Gid, err)
	}
	return &plan.Group{Name: name, GID: uint32(gid)}, nil
}

// encodeRefusal tells of settings that mean nothing, as everything else is told.
func encodeRefusal(c *cli.Context, session *plan.Session, err error) error {
	a := advice.For(err)
	text := a.What
	if a.Do != "" {
		text += "\n  " + a.Do
	}
	return plan.Encode(c.App.Writer, session, nil, nil, &plan.Refusal{Code: a.Code, Reason: text})
}
