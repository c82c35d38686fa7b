// SPDX-License-Identifier: MIT

package keeper

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"dilih/reader/advice"
	"dilih/reader/clocks"
	"dilih/reader/session"
)

// Scripts is a Host that changes the state of the kernel by the scripts of the verbs alone. What one of these has told is
// an error advice.Told.
type Scripts struct {
	Tree     string   // where scripts/ is
	PIN      string   // of the pins
	Settings []string // names of the settings in the environment: they are for Up, and no other verb takes any but PIN
	Stderr   io.Writer
}

// Now implements Host. The clock of a running system can be read.
func (s Scripts) Now() time.Duration {
	now, _ := clocks.Read(unix.CLOCK_BOOTTIME)
	return time.Duration(now)
}

// Up implements Host.
func (s Scripts) Up(lease time.Duration) error {
	return s.run(s.Stderr, append(os.Environ(), "FOR="+lease.String()), "up", "kept")
}

// Renew implements Host.
func (s Scripts) Renew(lease time.Duration) error {
	return s.run(nil, s.environment("FOR="+lease.String()), "fault", "kept")
}

// Down implements Host.
func (s Scripts) Down() error { return s.run(nil, s.environment(), "down") }

// Clear removes what a run that was killed has left, whose lease has ended.
func (s Scripts) Clear() error {
	left, err := session.Count(s.PIN)
	if err != nil || !left.Lease.Ended() {
		return nil // Up finds out what else there may be
	}
	return s.run(s.Stderr, s.environment(), "down")
}

// environment is that of this process with PIN and more, but no other setting.
func (s Scripts) environment(more ...string) []string {
	isSetting := func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(s.Settings, name)
	}
	rest := slices.DeleteFunc(os.Environ(), isSetting)
	return append(append(rest, "PIN="+s.PIN), more...)
}

func (s Scripts) run(stdout io.Writer, environment []string, verb string, words ...string) error {
	command := exec.Command(filepath.Join(s.Tree, "scripts", verb), words...)
	command.Env, command.Stdout, command.Stderr = environment, stdout, s.Stderr
	err := command.Run()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
		return advice.Told(Status(ended.ProcessState))
	}
	return err
}

// Status is the exit status of what has ended, as shells count it: a signal is 128 more than its number.
func Status(ended *os.ProcessState) int {
	if status := ended.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal())
	}
	return ended.ExitCode()
}

// Pins implements Host.
func (s Scripts) Pins() Pins {
	var stat unix.Stat_t
	if err := unix.Stat(s.PIN, &stat); err != nil {
		return Pins{}
	}
	return Pins{stat.Dev, stat.Ino}
}

// Report implements Host.
func (s Scripts) Report() (Report, error) {
	snapshot, err := session.Count(s.PIN)
	if err != nil {
		return Report{}, err
	}
	return NewReport(snapshot), nil
}

// Warn implements Host.
func (s Scripts) Warn(text string) { fmt.Fprintln(s.Stderr, "dilih:", text) }
