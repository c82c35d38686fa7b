// SPDX-License-Identifier: MIT

package view

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/term"
)

// The size of a terminal that does not tell its own, as those of CI and of serial lines.
const usualWidth, usualHeight = 80, 24

// size is that of the terminal, in columns and lines. One that says 0 has what COLUMNS and LINES say, or else
// the usual size.
func size(terminal *os.File) (width, height int, err error) {
	width, height, err = term.GetSize(int(terminal.Fd()))
	if err != nil {
		return 0, 0, fmt.Errorf("ask for the size of the terminal: %w", err)
	}
	if width <= 0 {
		width = fromEnvironment("COLUMNS", usualWidth)
	}
	if height <= 0 {
		height = fromEnvironment("LINES", usualHeight)
	}
	return width, height, nil
}

func fromEnvironment(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}
