// SPDX-License-Identifier: MIT

// Package advice says what an error means to the person in front of the terminal: the exit code,
// what happened, and what to do.
package advice

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"dilih/reader/events"
	"dilih/reader/fault"
	"dilih/reader/pinned"
	"dilih/reader/privileges"
	"dilih/reader/session"
	"dilih/reader/usage"
	"dilih/reader/verbs"
	"dilih/reader/world"
)

// The exit codes of dilih-reader.
const (
	Fine         = 0
	Usage        = 1
	Failed       = 2
	NotLoaded    = 3
	NotPermitted = 4
	Busy         = 5 // another reader has the events
	Unmatched    = 6 // no fault met a packet, and one was to
)

// ErrNothingMatched means that no fault met a packet while somebody watched for that.
var ErrNothingMatched = errors.New("no fault has matched a packet since this began to watch")

// Told is the exit status of something that has failed and has said why.
type Told int

func (t Told) Error() string { return fmt.Sprintf("exit status %d", int(t)) }

// Advice is what to make of an error.
type Advice struct {
	Code int    // to exit with
	What string // happened
	Do   string // next; empty if there is nothing to say
}

// String is both sentences.
func (a Advice) String() string {
	if a.Do == "" {
		return a.What
	}
	return a.What + "; " + a.Do
}

// For is the advice for the error.
func For(err error) Advice {
	if err == nil {
		return Advice{Code: Fine}
	}
	code, do := judge(err)
	return Advice{code, err.Error(), do}
}

// judge takes the first that the error is. Their order matters, as an error can be several: ErrIncomplete
// is an ErrNotLoaded as well; what stands before EPERM often wraps it; and EPERM, which says that a
// capability is missing, is an os.ErrPermission, which also says that a file is closed to this user.
func judge(err error) (code int, do string) {
	busy, syntax, person := (*pinned.Busy)(nil), (*fault.SyntaxError)(nil), privileges.Here()
	switch {
	case errors.As(err, &syntax):
		return Usage, ""
	case errors.Is(err, ErrNothingMatched):
		return Unmatched, "was there traffic, and do the device and the faults fit it?"
	case errors.Is(err, usage.Err):
		return Usage, ""
	case errors.As(err, &busy):
		return Busy, "to get them here, end that reader and start this one again"
	case errors.Is(err, privileges.ErrKept):
		return Failed, "run it as an ordinary user who may watch: " + loadWith("GROUP=...")
	case errors.Is(err, world.ErrRights):
		return NotPermitted, person.RunIt()
	case errors.Is(err, session.ErrStartAgain):
		return NotPermitted, "start dilih-reader again"
	case errors.Is(err, events.ErrTaken):
		return Busy, "it does not use the lock of dilih-reader; the events come back when it ends. If somebody has replaced the event map, start dilih-reader again"
	case errors.Is(err, pinned.ErrIncomplete):
		return NotLoaded, verbs.Call("clean") + ", and load it again: " + verbs.Call("up", "DEV=eth0")
	case errors.Is(err, pinned.ErrNotLoaded):
		return NotLoaded, "load dilih with " + verbs.Call("up", "DEV=eth0") + ", or name its pins with --pin"
	case errors.Is(err, pinned.ErrFrozen):
		return Failed, verbs.Call("up", "DEV=eth0") + " replaces it, and keeps the counts"
	case errors.Is(err, pinned.ErrVersion):
		return Failed, "both have to be of one version: build or install both again, then " + verbs.Call("up", "DEV=eth0")
	case errors.Is(err, events.ErrPerfmon):
		return NotPermitted, person.RunIt() + ", or once " + person.Command("setcap cap_perfmon+ep "+self())
	case errors.Is(err, events.ErrParanoid):
		return NotPermitted, person.RunIt() + ", or set it to 2 (" + person.Command("sysctl kernel.perf_event_paranoid=2") + ") and grant CAP_PERFMON"
	case errors.Is(err, events.ErrLockedMemory):
		return NotPermitted, "raise ulimit -l or sysctl kernel.perf_event_mlock_kb, or " + person.RunIt()
	case errors.Is(err, pinned.ErrClosed):
		return NotPermitted, person.RunIt() + ", or " + loadWith("EVENTS_GROUP=...")
	case errors.Is(err, unix.EPERM) && privileges.MayUseBPF():
		return NotPermitted, "something forbids BPF here in spite of the capabilities: the seccomp profile of a container may need CAP_SYS_ADMIN as well"
	case errors.Is(err, unix.EPERM):
		return NotPermitted, person.RunIt() + ": this kernel lets nobody open pins without CAP_BPF"
	case errors.Is(err, os.ErrPermission):
		return NotPermitted, person.RunIt() + ", or " + loadWith("GROUP=...")
	}
	return Failed, ""
}

// loadWith is what lets others than root watch.
func loadWith(group string) string {
	return "load with " + verbs.Setting(group) + " and join that group"
}

// self is the path of this program, as setcap wants it.
func self() string {
	path, err := os.Executable()
	if err != nil {
		return "dilih-reader"
	}
	return path
}
