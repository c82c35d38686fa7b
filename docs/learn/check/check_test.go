// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/go-quicktest/qt"
)

// TestExercises builds both forms of each exercise. The solution has to pass, and the unsolved form to fail.
func TestExercises(t *testing.T) {
	lessons, err := filepath.Glob("../[0-9]*")
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(lessons, len(inC)+len(inGo)))
	for _, lesson := range lessons {
		t.Run(filepath.Base(lesson), func(t *testing.T) {
			t.Parallel()
			qt.Check(t, qt.IsNil(check(build(t, lesson, "solution"))))
			err := check(build(t, lesson, "exercise"))
			qt.Check(t, qt.IsNotNil(err))
			t.Log("unsolved: ", err)
		})
	}
}

// build builds a C file of a lesson elsewhere. A Go program stays where it is.
func build(t *testing.T, lesson, name string) (file string) {
	if inGo[filepath.Base(lesson)] != nil {
		return filepath.Join(lesson, name+".go")
	}
	source, err := os.ReadFile(filepath.Join(lesson, name+".c"))
	qt.Assert(t, qt.IsNil(err))
	makefile, err := filepath.Abs("../Makefile")
	qt.Assert(t, qt.IsNil(err))
	dir := filepath.Join(t.TempDir(), filepath.Base(lesson))
	qt.Assert(t, qt.IsNil(os.Mkdir(dir, 0o755)))
	qt.Assert(t, qt.IsNil(os.WriteFile(filepath.Join(dir, name+".c"), source, 0o644)))
	out, err := exec.Command("make", "-s", "-C", dir, "-f", makefile, name+".o").CombinedOutput()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", out))
	return filepath.Join(dir, name+".o")
}
