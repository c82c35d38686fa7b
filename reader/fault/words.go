// SPDX-License-Identifier: MIT

package fault

import "strings"

// word is a word of the text and where it stands. An empty text is the end of a fault.
type word struct {
	text   string
	line   int // from 0
	column int // bytes from the start of the line
}

// split cuts a text into its faults, each a list of words, none of them empty.
func split(text string) (lines []string, faults [][]word) {
	lines = strings.Split(text, "\n")
	for number, line := range lines {
		code, _, _ := strings.Cut(line, "#")
		column := 0
		for part := range strings.SplitSeq(code, ";") {
			if words := fields(part, number, column); len(words) > 0 {
				faults = append(faults, words)
			}
			column += len(part) + len(";")
		}
	}
	return lines, faults
}

// fields cuts part of a line into its words. column is where the part begins.
func fields(part string, line, column int) []word {
	var words []word
	end := 0
	for _, text := range strings.Fields(part) {
		start := end + strings.Index(part[end:], text)
		end = start + len(text)
		words = append(words, word{text: text, line: line, column: column + start})
	}
	return words
}

// after is the end of the fault that w is the last word of.
func (w word) after() word {
	return word{line: w.line, column: w.column + len(w.text)}
}
