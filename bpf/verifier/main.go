// SPDX-License-Identifier: MIT

// Verifier is part of `make verifier`, and needs root. Its arguments are directories of objects, which it loads
// into the running kernel, one program at a time. For each program it prints a row: the directory, the program, how many instructions the
// kernel's verifier processed, and the median time of three loads. Nothing stays loaded.
//
// Its exit status is 1 if the kernel refuses a program, whose last lines of the verifier's log it prints then, or if a
// program is over the budget of 300,000 instructions, the same for all kernels and compilers. The kernel's own limit is
// 1,000,000.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// row is a directory, a program, the instructions that the verifier processed, and the time of loading.
const row = "  %-10s %-12s %12v %9s\n"

func main() {
	if err := table(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "verifier: %v\n", err)
		os.Exit(1)
	}
}

// table prints the rows of all directories.
func table(directories []string) error {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return fmt.Errorf("uname: %w", err)
	}
	fmt.Printf("Linux %s\n", unix.ByteSliceToString(name.Release[:]))
	fmt.Printf(row, "objects", "program", "instructions", "load time")
	failures := 0
	for _, directory := range directories {
		files, err := filepath.Glob(filepath.Join(directory, "*.o"))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("%s: there is no object in it", directory)
		}
		for _, file := range files {
			failed, err := rows(file)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			failures += failed
		}
	}
	if failures > 0 {
		return fmt.Errorf("%d programs are refused or over the budget of %d instructions", failures, budget)
	}
	return nil
}

// rows prints a row for each program of an object, and counts those that will not do.
func rows(file string) (failures int, err error) {
	spec, err := ebpf.LoadCollectionSpec(file)
	if err != nil {
		return 0, err
	}
	programs := spec.Programs
	spec.Programs = nil
	shared, err := ebpf.NewCollection(spec)
	if err != nil {
		return 0, err
	}
	defer shared.Close()
	for _, program := range slices.Sorted(maps.Keys(programs)) {
		spec.Programs = map[string]*ebpf.ProgramSpec{program: programs[program]}
		result, err := measure(spec, program, shared.Maps)
		if err != nil {
			return 0, err
		}
		result.print(filepath.Base(filepath.Dir(file)), program)
		if !result.withinBudget() {
			failures++
		}
	}
	return failures, nil
}
