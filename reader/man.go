// SPDX-License-Identifier: MIT

//go:build man

package main

import (
	"fmt"
	"os"
	"regexp"
)

// defaults that a usage tells as well, if there is something to tell.
var defaults = regexp.MustCompile(`(?s) \(default: .*?\)`)

// main prints the man page. It is what the program is with the tag man, for `make install`, and so there is no option
// of it that nobody needs again.
func main() {
	page, err := newReader(env{}).ToManWithSection(1)
	if err != nil {
		fmt.Fprintln(os.Stderr, "dilih-reader:", err)
		os.Exit(1)
	}
	fmt.Print(defaults.ReplaceAllString(page, ""), "\n.SH EXIT STATUS\n", exits, "\n")
}
