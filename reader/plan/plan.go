// SPDX-License-Identifier: MIT

// Package plan writes down, as a batch for bpftool, what has to be done to put faults in force, to
// renew their lease, or to shift where they are decided. It reads the pins and changes nothing.
package plan

import (
	"errors"
	"fmt"
	"os"
	"regexp"

	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/reader/clocks"
	"dilih/reader/fault"
	"dilih/reader/pinned"
	"dilih/reader/tally"
	"dilih/reader/usage"
)

// Faults plans to put the set in force at pin for as long as the lease says. programs are those that
// decide from then on; none leaves that as it is. note is what a person should know of the plan, or empty.
func Faults(pin string, set fault.Set, lease Lease, programs Programs) (batch, note string, err error) {
	if err := checkPath(pin); err != nil {
		return "", "", err
	}
	control, err := controlAt(pin)
	fresh := errors.Is(err, errNoPins)
	if err != nil && !fresh {
		return "", "", err
	}
	if set.Deadline, err = lease.deadline(); err != nil {
		return "", "", err
	}
	control.ABI = abi.Version
	control.Generation++
	programs.setIn(&control)
	batch = forceScript(pin, control, set, lease)
	if fresh {
		note = fmt.Sprintf("nothing is pinned at %s yet: this plan is for right after a load", pin)
		batch = "# " + note + "\n" + batch
	}
	return batch, note, nil
}

// Renewal plans to give the faults in force at pin another deadline.
func Renewal(pin string, lease Lease) (batch string, err error) {
	if err := checkPath(pin); err != nil {
		return "", err
	}
	state, err := readInForce(pin)
	if err != nil {
		return "", err
	}
	if state.Set.Deadline, err = lease.deadline(); err != nil {
		return "", err
	}
	return renewScript(pin, state, lease), nil
}

// Shift is a step between XDP and tc, one of which decides about incoming packets. From Mark to Unmark XDP marks each
// packet with the hook that decides. tc_in decides about unmarked packets in between, so it may be attached only some
// time after Mark, when no packet is on its way any more that XDP has decided and not marked. It has to be detached
// before Unmark.
type Shift int

// The steps, in their order. Faults that make incoming packets wait come into force between Mark and Settle. Settle lets
// XDP decide again when none of these is in force any more, but tc has to decide as long as packets of earlier faults
// wait. Settle and Unmark do nothing before their time.
const (
	Mark Shift = iota
	Settle
	Unmark
)

// Shifting plans such a step for the faults in force at pin.
func Shifting(pin string, shift Shift) (batch string, err error) {
	if err := checkPath(pin); err != nil {
		return "", err
	}
	state, err := readInForce(pin)
	if err != nil {
		return "", err
	}
	return shiftScript(pin, state, shift), nil
}

// Handover plans to let other programs decide by the faults in force at pin, which go on with their seed
// and their counts; with a lease, as long as that says. The error wraps pinned.ErrNotLoaded if there are none,
// or if their lease has ended.
func Handover(pin string, programs Programs, lease *Lease) (batch string, err error) {
	if err := checkPath(pin); err != nil {
		return "", err
	}
	state, err := readPins(pin)
	if err != nil {
		return "", err
	}
	now, err := clocks.Read(unix.CLOCK_BOOTTIME)
	if err != nil {
		return "", err
	}
	if !state.InForce() || tally.NewLease(state.Set.Deadline, now).Ended() {
		return "", fmt.Errorf("%w: no faults are in force at %s", pinned.ErrNotLoaded, pin)
	}
	if lease != nil {
		if state.Set.Deadline, err = lease.deadline(); err != nil {
			return "", err
		}
		batch = renewScript(pin, state, *lease)
	}
	programs.setIn(&state.Control)
	return batch + handoverScript(pin, state), nil
}

// verbatim is a path that a bpftool batch takes as it is: no blanks, quotes, comments or line ends in it. Which
// paths are good for pins is up to scripts/lib/bpffs.sh.
var verbatim = regexp.MustCompile(`^/[^\s\pC#'"\\]*$`)

func checkPath(pin string) error {
	if !verbatim.MatchString(pin) {
		return usage.Errorf("--pin %q has to be an absolute path without blanks, quotes, # and \\: bpftool takes no other", pin)
	}
	return nil
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

// readInForce reads the faults in force at pin. The error wraps pinned.ErrNotLoaded if none have been put in force.
func readInForce(pin string) (pinned.State, error) {
	state, err := readPins(pin)
	if err == nil && !state.InForce() {
		err = fmt.Errorf("%w: no faults have been put in force at %s", pinned.ErrNotLoaded, pin)
	}
	return state, err
}

func readPins(pin string) (pinned.State, error) {
	pins, err := pinned.Open(pin)
	if err != nil {
		return pinned.State{}, err
	}
	defer pins.Close()
	return pins.Read()
}
