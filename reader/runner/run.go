// SPDX-License-Identifier: MIT

// Package runner runs a command while faults are active. A process that is root keeps these, as package keeper does; this
// one has the rights of the caller, as the command has.
package runner

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"dilih/reader/advice"
	"dilih/reader/assert"
	"dilih/reader/keeper"
	"dilih/reader/usage"
	"dilih/reader/verbs"
)

// The exit statuses of a run, besides those of its command.
const (
	unasserted = 7
	noCommand  = 127
	bySignal   = 128 // more than the number of the signal
)

// Run runs the command while the keeper, another command, keeps faults active. It tells what they are and what they did,
// and returns the exit status: that of the command, or else what was wrong with the faults. Of the words of the keeper it
// understands ASSERT=.
func Run(keep, command []string, stderr io.Writer) (status int, err error) {
	asserted, err := assertions(keep)
	if err != nil {
		return 0, err
	}
	path, err := exec.LookPath(command[0])
	if err != nil && !errors.Is(err, exec.ErrDot) {
		fmt.Fprintln(stderr, "dilih: there is no command", command[0])
		return noCommand, nil
	}
	signals := catchSignals()
	faults, err := startKeeper(keep, stderr)
	if err != nil {
		return 0, err
	}
	began, err := faults.begin(signals)
	if err != nil {
		return 0, err
	}
	teller{stderr}.begin(began)
	status, err = runCommand(path, command, signals)
	ended, lost := faults.end()
	if err != nil {
		return 0, err
	}
	if fault := judge(teller{stderr}, asserted, began, ended, lost); status == 0 {
		status = fault
	}
	return status, nil
}

func assertions(words []string) (list []assert.Assertion, err error) {
	for _, word := range words {
		if text, found := strings.CutPrefix(word, "ASSERT="); found {
			list, err = assert.Parse(text)
		}
	}
	if wrong := (*assert.Error)(nil); errors.As(err, &wrong) {
		return nil, usage.Errorf("%s: %s", verbs.Setting("ASSERT="+wrong.Text), wrong.Why)
	}
	return list, err
}

// judge tells what the faults did, and returns the exit status that follows if the command has succeeded.
func judge(tell teller, asserted []assert.Assertion, began keeper.Report, ended *keeper.Report, lost bool) (status int) {
	counts := map[string]uint64(nil)
	if ended != nil {
		tell.end(*ended)
		counts = ended.Counts
		if missing := began.Missing(*ended); len(missing) > 0 {
			tell.missing(missing)
			lost = true
		}
	}
	for _, assertion := range asserted {
		if why := assertion.Failure(counts); why != "" {
			tell.warn(why)
			status = unasserted
		}
	}
	if lost {
		return advice.Failed
	}
	return status
}
