// SPDX-License-Identifier: MIT

package watch

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"

	"dilih/reader/advice"
	"dilih/reader/privileges"
)

// Everything goes, except what reading needs on old kernels. Only that is worth a word.
func TestGiveUpPrivileges(t *testing.T) {
	tests := []struct {
		readable error
		keep     []cap.Value
		says     string
	}{
		{nil, nil, "^$"},
		{os.ErrClosed, nil, "^$"}, // reading is going to say so
		{fmt.Errorf("read: %w", unix.EPERM), []cap.Value{cap.BPF}, "^dilih-reader: .* CAP_BPF, so that is kept\n$"},
	}
	for _, test := range tests {
		var stderr bytes.Buffer
		var kept []cap.Value
		world := World{Stderr: &stderr, GiveUp: func(keep ...cap.Value) error {
			kept = keep
			return nil
		}}
		qt.Check(t, qt.IsNil(world.giveUpPrivileges(func() error { return test.readable })))
		qt.Check(t, qt.DeepEquals(kept, test.keep))
		qt.Check(t, qt.Matches(stderr.String(), test.says))
	}
}

// A reader that cannot give up rights does not go on with them.
func TestGiveUpPrivilegesFails(t *testing.T) {
	world := World{GiveUp: func(...cap.Value) error { return fmt.Errorf("%w: %w", privileges.ErrKept, unix.EPERM) }}
	err := world.giveUpPrivileges(func() error { return nil })
	qt.Assert(t, qt.Equals(advice.For(err).Code, advice.Failed))
}
