// SPDX-License-Identifier: MIT

// Check says if the exercise of a lesson is solved: check LESSON/FILE, where the file is an object or a Go
// program. It loads the object, and lets packets come in by BPF_PROG_TEST_RUN. It needs root for that.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: check LESSON/FILE")
		os.Exit(2)
	}
	if err := check(os.Args[1]); err != nil {
		fmt.Printf("%s: not yet: %v\n", os.Args[1], err)
		os.Exit(1)
	}
	fmt.Printf("%s: solved\n", os.Args[1])
}

// check finds out if the file solves the exercise of the lesson that its directory is named for.
func check(file string) error {
	lesson := filepath.Base(filepath.Dir(file))
	if filepath.Ext(file) == ".go" {
		return inGo[lesson](file)
	}
	test, ok := inC[lesson]
	if !ok {
		return errors.New("no such lesson")
	}
	loaded, err := load(file)
	if err != nil {
		return err
	}
	defer loaded.Close()
	return test(loaded)
}
