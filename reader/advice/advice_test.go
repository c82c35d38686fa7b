// SPDX-License-Identifier: MIT

package advice

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/reader/events"
	"dilih/reader/fault"
	"dilih/reader/pinned"
	"dilih/reader/privileges"
	"dilih/reader/session"
	"dilih/reader/usage"
)

// Each way to fail has its exit code and, unless it was unforeseen, says what to do.
func TestFor(t *testing.T) {
	_, syntax := fault.Parse("fault", "drap 5%")
	tests := []struct {
		err  error
		code int
		do   string
	}{
		{nil, Fine, ""},
		{usage.Errorf("no %s", "such flag"), Usage, ""},
		{syntax, Usage, ""},
		{pinned.ErrNotLoaded, NotLoaded, "DEV=eth0 make"},
		{pinned.ErrIncomplete, NotLoaded, "make clean"},
		{pinned.ErrVersion, Failed, "of one version"},
		{&pinned.Busy{PID: 4711}, Busy, "end that reader"},
		{fmt.Errorf("%w: %w", privileges.ErrKept, unix.EPERM), Failed, "ordinary user"},
		{fmt.Errorf("opening it %w: %w", session.ErrStartAgain, unix.EACCES), NotPermitted, "start dilih-reader again"},
		{events.ErrTaken, Busy, "when it ends"},
		{fmt.Errorf("%w: %w", events.ErrPerfmon, unix.EACCES), NotPermitted, "setcap cap_perfmon+ep /"},
		{fmt.Errorf("%w: %w", events.ErrParanoid, unix.EACCES), NotPermitted, "sysctl"},
		{fmt.Errorf("%w: %w", events.ErrLockedMemory, unix.EPERM), NotPermitted, "ulimit -l"},
		{unix.EPERM, NotPermitted, "CAP_"},
		{unix.EACCES, NotPermitted, "GROUP"},
		{os.ErrPermission, NotPermitted, "GROUP"},
		{io.ErrUnexpectedEOF, Failed, ""},
	}
	for _, test := range tests {
		for _, err := range []error{test.err, wrap(test.err)} {
			a := For(err)
			comment := qt.Commentf("%v", err)
			qt.Check(t, qt.Equals(a.Code, test.code), comment)
			qt.Check(t, qt.StringContains(a.Do, test.do), comment)
			if err != nil {
				qt.Check(t, qt.Equals(a.What, err.Error()), comment)
			}
		}
	}
}

// wrap does what callers do to errors on their way up.
func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("tried something: %w", err)
}

func TestString(t *testing.T) {
	qt.Assert(t, qt.Equals(Advice{Failed, "it broke", ""}.String(), "it broke"))
	qt.Assert(t, qt.Equals(Advice{Failed, "it broke", "mend it"}.String(), "it broke; mend it"))
}

// A usage error shows what is wrong and no word about being one.
func TestUsagef(t *testing.T) {
	cause := errors.New("the cause")
	err := usage.Errorf("--for %w", cause)
	qt.Assert(t, qt.ErrorIs(err, usage.Err))
	qt.Assert(t, qt.ErrorIs(err, cause))
	qt.Assert(t, qt.IsFalse(strings.Contains(err.Error(), "usage")))
}
