// SPDX-License-Identifier: MIT

package world

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
)

// A change of any object changes the hash.
func TestHashObjects(t *testing.T) {
	tree := t.TempDir()
	_, err := HashObjects(tree)
	qt.Assert(t, qt.ErrorIs(err, fs.ErrNotExist))
	qt.Assert(t, qt.IsNil(os.Mkdir(filepath.Join(tree, "bpf"), 0o755)))
	write := func(name, text string) {
		qt.Assert(t, qt.IsNil(os.WriteFile(filepath.Join(tree, "bpf", name), []byte(text), 0o644)))
	}
	for _, name := range abi.Objects() {
		write(name, "1")
	}
	seen := map[string]bool{}
	for _, name := range abi.Objects() {
		write(name, "2")
		hash, err := HashObjects(tree)
		qt.Assert(t, qt.IsNil(err))
		qt.Check(t, qt.Matches(hash, "[0-9a-f]{16}"))
		qt.Check(t, qt.IsFalse(seen[hash]))
		seen[hash] = true
	}
}
