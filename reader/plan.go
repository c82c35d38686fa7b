// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"

	"dilih/bpf/abi"
	"dilih/reader/advice"
	"dilih/reader/fault"
	"dilih/reader/pinned"

	"github.com/urfave/cli/v2"
)

const defaultSnaplen = 96

var snaplenUsage = fmt.Sprintf("BYTES of a packet in its event, at most %d (%d)", fault.MaxSnaplen, defaultSnaplen)

func planCommand() *cli.Command {
	return &cli.Command{
		Name:      "plan",
		Usage:     "print the bpftool batch that puts faults in force",
		UsageText: "dilih-reader plan [options] FAULT...",
		Description: `Prints what bpftool has to do to put the faults in force, and changes nothing:

  dilih-reader plan 'drop 1% burst 4 udp' | sudo bpftool batch file -

Without faults, it is to renew the lease of those in force.`,
		CustomHelpTemplate: commandHelp,
		HideHelpCommand:    true,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "pin", Usage: "DIR of the pins (" + defaultPin + ")", Value: defaultPin},
			&cli.StringFlag{Name: "file", Usage: "FILE to read the faults from"},
			&cli.StringFlag{Name: "for", Usage: "TIME until the faults end, as 90s, 2h, 7d or forever (1h)", Value: "1h"},
			&cli.Uint64Flag{Name: "seed", Usage: "N that all randomness comes from (picked at random)"},
			&cli.StringSliceFlag{Name: "guard", Usage: "MATCHES that pass before any fault; repeat it for more"},
			&cli.BoolFlag{Name: "shadow", Usage: "decide and count, drop nothing"},
			&cli.StringFlag{Name: "events", Usage: "which packets are reported: auto, all or none (auto)", Value: "auto"},
			&cli.UintFlag{Name: "program", Usage: "ID of the program that was just loaded (as it is)"},
			&cli.UintFlag{Name: "snaplen", Usage: snaplenUsage, Value: defaultSnaplen},
		},
		Action: planAction,
	}
}

func planAction(c *cli.Context) error {
	if err := checkFlagsComeFirst(c); err != nil {
		return err
	}
	pin := c.String("pin")
	if !plainPath.MatchString(pin) {
		return advice.Usagef("--pin %q has to be an absolute path of letters, digits and _ . - /, for bpftool's sake", pin)
	}
	lease, err := parseLease(c.String("for"))
	if err != nil {
		return advice.Usagef("--for %w", err)
	}
	var script string
	if c.NArg() == 0 && !c.IsSet("file") {
		script, err = planRenewal(c, pin, lease)
	} else {
		script, err = planFaults(c, pin, lease)
	}
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(c.App.Writer, script); err != nil {
		return fmt.Errorf("print the plan: %w", err)
	}
	return nil
}

// plainPath has neither blanks, which bpftool would split at, nor what it takes for a comment.
var plainPath = regexp.MustCompile(`^/[A-Za-z0-9_/.-]*$`)

// planFaults plans to put the given faults in force.
func planFaults(c *cli.Context, pin string, lease lease) (string, error) {
	set, err := plannedSet(c)
	if err != nil {
		return "", err
	}
	control, err := controlAt(pin)
	fresh := errors.Is(err, errNoPins)
	if err != nil && !fresh {
		return "", err
	}
	if set.Deadline, err = lease.deadline(); err != nil {
		return "", err
	}
	control.ABI = abi.Version
	control.Generation++
	if c.IsSet("program") {
		control.Programs[abi.HookXDP] = uint32(c.Uint("program"))
	}
	script := forceScript(pin, control, set, lease)
	if fresh {
		note := fmt.Sprintf("nothing is pinned at %s yet: this plan is for right after a load\n", pin)
		fmt.Fprint(c.App.ErrWriter, "dilih-reader: ", note)
		script = "# " + note + script
	}
	return script, nil
}

var errNoPins = errors.New("no such directory")

// controlAt reads which faults are in force at pin. The error is errNoPins if nothing stands there:
// a plan is then for the first faults after a load.
func controlAt(pin string) (abi.Control, error) {
	if _, err := os.Stat(pin); errors.Is(err, os.ErrNotExist) {
		return abi.Control{}, errNoPins
	}
	state, err := readPins(pin)
	return state.Control, err
}

func readPins(pin string) (pinned.State, error) {
	pins, err := pinned.Open(pin)
	if err != nil {
		return pinned.State{}, err
	}
	defer pins.Close()
	return pins.Read()
}

// planRenewal plans to give the faults in force another deadline.
func planRenewal(c *cli.Context, pin string, lease lease) (string, error) {
	for _, name := range []string{"seed", "shadow", "guard", "events", "snaplen", "program"} {
		if c.IsSet(name) {
			return "", advice.Usagef("--%s needs faults: without any, only the lease is renewed", name)
		}
	}
	state, err := readPins(pin)
	if err != nil {
		return "", err
	}
	if !state.InForce() {
		return "", fmt.Errorf("%w: no faults have been put in force at %s", pinned.ErrNotLoaded, pin)
	}
	if state.Set.Deadline, err = lease.deadline(); err != nil {
		return "", err
	}
	return renewScript(pin, state, lease), nil
}
