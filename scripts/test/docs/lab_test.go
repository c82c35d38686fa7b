// SPDX-License-Identifier: MIT

//go:build kernel

package docs

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/scripts/test/labtest"
)

// shell runs commands in a copy of the tree, in the lab that the test is in.
type shell struct {
	context context.Context
	tree    string
	dir     string // where the next commands run
}

func newShell(t *testing.T) *shell {
	tree := filepath.Join(t.TempDir(), "dilih")
	s := &shell{t.Context(), tree, tree}
	qt.Assert(t, qt.IsNil(labtest.CopyTree(s.tree)))
	return s
}

// run runs a command there and returns all that it prints.
func (s *shell) run(words ...string) (output string, err error) {
	cmd := exec.CommandContext(s.context, words[0], words[1:]...)
	cmd.Dir = s.dir
	cmd.Env = environment()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// directory is a file in the lab: where the last block of commands ended. noteDirectory, before a block, writes it.
const (
	directory     = "/run/lab/directory"
	noteDirectory = "trap 'pwd >" + directory + "' EXIT\n"
)

// follow goes where the last block has gone, so that a `cd` in one block is true for the next, as in the reader's shell.
func (s *shell) follow() {
	if left, err := os.ReadFile(directory); err == nil {
		s.dir = strings.TrimSuffix(string(left), "\n")
	}
}

// environment is without the variables of the make that may have started this test.
func environment() []string {
	kept := []string{"LC_ALL=C.UTF-8"}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "GO") || name == "HOME" || name == "PATH" || name == "XDG_CACHE_HOME" {
			kept = append(kept, variable)
		}
	}
	return kept
}
