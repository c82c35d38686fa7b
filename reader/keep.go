// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dilih/reader/advice"
	"dilih/reader/keeper"
	"dilih/reader/pinned"
	"dilih/reader/plan"
	"dilih/reader/printable"
	"dilih/reader/usage"
	"dilih/reader/verbs"
	"dilih/reader/world"

	"github.com/urfave/cli/v2"
)

func keepCommand() *cli.Command {
	return &cli.Command{
		Name:  "keep",
		Usage: "keep faults active for as long as the standard input is open, for dilih run",
		Description: `Makes the faults active that the environment asks for, by the scripts of the
verbs, and prints a line of JSON. When the standard input ends, it removes them
and prints another line, which says what they did, or null if that is not known.
SETTINGs are the names of the settings in the environment.`,
		Hidden: true,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "pin", Usage: "DIR of the pins", Value: pinned.DefaultPath},
			&cli.StringFlag{Name: "dev", Usage: "DEVICES, with blanks between (that of the default route)"},
			&cli.StringFlag{Name: "for", Usage: "TIME until the faults end (1h)", Value: "1h"},
		},
		Action: asVerb(keepAction),
	}
}

func keepAction(c *cli.Context) error {
	longest, err := longestTime(c.String("for"))
	if err != nil {
		return err
	}
	devices, err := namedDevices(c)
	if err != nil {
		return err
	}
	os.Setenv("DEV", devices)
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the scripts: %w", err)
	}
	ended := keeper.UntilInputEnds(os.Stdin)
	scripts := keeper.Scripts{Tree: filepath.Dir(self), PIN: c.String("pin"), Settings: c.Args().Slice(), Stderr: c.App.ErrWriter}
	if err := scripts.Clear(); err != nil {
		return err
	}
	return keep(scripts, longest, ended, json.NewEncoder(c.App.Writer))
}

func longestTime(text string) (time.Duration, error) {
	lease, err := plan.ParseLease(text)
	if err != nil {
		return 0, usage.Errorf("%s: %w", verbs.Setting("FOR="+text), err)
	}
	if lease.Duration() == 0 {
		return keeper.Forever, nil
	}
	return lease.Duration(), nil
}

// namedDevices returns the devices that are named, or else the one that is meant.
func namedDevices(c *cli.Context) (string, error) {
	if named := c.String("dev"); named != "" {
		return named, nil
	}
	choice, err := world.ReadChoice(c.Context)
	if err != nil {
		return "", err
	}
	if device := choice.Device(); device != "" {
		return device, nil
	}
	return "", usage.Errorf("which device? Name it, as in %s. There are: %s", verbs.Setting("DEV=eth0"),
		printable.Text(strings.Join(choice.Devices, " ")))
}

func keep(host keeper.Host, longest time.Duration, ended <-chan struct{}, lines *json.Encoder) error {
	k, err := keeper.Begin(host, longest)
	if err != nil {
		return err
	}
	report, err := k.Report()
	if err == nil {
		err = lines.Encode(report)
	}
	if err != nil {
		k.End()
		return err
	}
	for waitUntil(k.Due(), host, ended) {
		k.Tick()
	}
	last, err := k.End()
	if failed := lines.Encode(last); err == nil {
		err = failed
	}
	if errors.Is(err, keeper.ErrGap) { // as warnings have said
		return advice.Told(advice.Failed)
	}
	return err
}

// waitUntil reports whether the time has come before the end.
func waitUntil(due time.Duration, host keeper.Host, ended <-chan struct{}) bool {
	timer := time.NewTimer(due - host.Now())
	defer timer.Stop()
	select {
	case <-ended:
		return false
	case <-timer.C:
		return true
	}
}
