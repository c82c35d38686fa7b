// SPDX-License-Identifier: MIT

package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"
)

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faults")
	for _, text := range []string{"", "drop 5%\n", strings.Repeat("#", largestFile)} {
		qt.Assert(t, qt.IsNil(os.WriteFile(path, []byte(text), 0o600)))
		read, err := ReadFile(path)
		qt.Assert(t, qt.IsNil(err))
		qt.Assert(t, qt.Equals(read, text))
	}
	qt.Assert(t, qt.IsNil(os.WriteFile(path, []byte("\ufeffdrop 5%"), 0o600)))
	read, err := ReadFile(path)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(read, "drop 5%"))
}

// None of these may be waited for, or read to an end that it has not.
func TestReadFileRefuses(t *testing.T) {
	dir := t.TempDir()
	fifo, large := filepath.Join(dir, "fifo"), filepath.Join(dir, "large")
	qt.Assert(t, qt.IsNil(unix.Mkfifo(fifo, 0o600)))
	qt.Assert(t, qt.IsNil(os.WriteFile(large, make([]byte, largestFile+1), 0o600)))
	for path, want := range map[string]string{
		fifo:                          "not a plain file",
		"/dev/zero":                   "not a plain file",
		dir:                           "not a plain file",
		large:                         "more than 1 MiB",
		filepath.Join(dir, "nowhere"): "no such file",
	} {
		_, err := ReadFile(path)
		qt.Check(t, qt.ErrorMatches(err, ".*"+want+".*"))
	}
}
