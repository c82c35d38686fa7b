// SPDX-License-Identifier: MIT

//go:build man

package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"dilih/reader/dilih"
)

// defaults are what cli adds to a usage of the reader, which tells its default itself.
var defaults = regexp.MustCompile(`(?s) \(default: .*?\)`)

// main prints the man page of the program that its argument names. It is what the program is with the tag man, for
// `make install`, and so there is no option of it that nobody needs again.
func main() {
	program := newProgram(env{args: os.Args[1:]})
	page, err := program.ToManWithSection(1)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", program.Name, err)
		os.Exit(1)
	}
	status, reading := exits, 0
	if program.Name == dilih.Name {
		status, reading = dilih.Exits, strings.Index(page, "\n.SH watch\n")
	}
	page = page[:reading] + defaults.ReplaceAllString(page[reading:], "")
	fmt.Print(page, "\n.SH EXIT STATUS\n", status, "\n")
}
