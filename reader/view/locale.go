// SPDX-License-Identifier: MIT

package view

import (
	"os"
	"strings"
)

// letters writes lines in the letters that the locale has: all, or those of ASCII alone.
type letters struct{ asciiOnly bool }

// ofLocale are the letters of the locale that the environment names; none is named C.
func ofLocale() letters {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := os.Getenv(name); locale != "" {
			return letters{locale == "C" || locale == "POSIX"}
		}
	}
	return letters{true}
}

// inASCII has a letter as wide for each that tables use, so that columns stay where they are.
var inASCII = strings.NewReplacer("·", "|", "–", "-", "…", "~",
	"▁", "_", "▂", ".", "▃", ":", "▄", "-", "▅", "=", "▆", "+", "▇", "*", "█", "#",
	"▏", ".", "▎", ".", "▍", ":", "▌", ":", "▋", "=", "▊", "=", "▉", "#")

func (l letters) write(lines []string) string {
	text := strings.Join(lines, "\n")
	if l.asciiOnly {
		return inASCII.Replace(text)
	}
	return text
}
