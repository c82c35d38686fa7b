// SPDX-License-Identifier: MIT

//go:build kernel

// Package article loads the program that dilih grew out of, for comparison: article.c says more.
package article

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"

	"dilih/bpf/kerneltest"
)

// Loaded is one load of the program.
type Loaded struct {
	Program *ebpf.Program `ebpf:"xdp_article"`
	Output  *ebpf.Map     `ebpf:"output_map"`
}

// Load compiles the program and loads it.
func Load(tb testing.TB) *Loaded {
	tb.Helper()
	spec, err := ebpf.LoadCollectionSpec(compile(tb))
	qt.Assert(tb, qt.IsNil(err))
	loaded := new(Loaded)
	qt.Assert(tb, qt.IsNil(spec.LoadAndAssign(loaded, nil)))
	tb.Cleanup(func() {
		loaded.Program.Close()
		loaded.Output.Close()
	})
	return loaded
}

// compile runs the command that compiled dilih's own program. bpf/.flags remembers it, up to a |.
func compile(tb testing.TB) (object string) {
	tb.Helper()
	bpf := kerneltest.Directory(tb)
	flags, err := os.ReadFile(filepath.Join(bpf, ".flags"))
	qt.Assert(tb, qt.IsNil(err), qt.Commentf("run make first"))
	command, _, _ := strings.Cut(string(flags), "|")
	words := slices.DeleteFunc(strings.Fields(command), func(word string) bool { return word == "-S" || word == "-emit-llvm" })
	object = filepath.Join(tb.TempDir(), "article.o")
	clang := exec.Command(words[0], append(words[1:], "-c", "-o", object, "progtest/article/article.c")...)
	clang.Dir = bpf
	output, err := clang.CombinedOutput()
	qt.Assert(tb, qt.IsNil(err), qt.Commentf("%s: %s", clang, output))
	return object
}
