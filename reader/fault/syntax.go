// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"strings"
	"unicode"
)

// SyntaxError is a fault that cannot be understood, or that asks for the impossible.
type SyntaxError struct {
	Name    string // of the text, as given to Parse
	Line    int    // from 1
	Column  int    // bytes from the start of the line, from 1
	Text    string // the whole line
	Word    string // the offending word; empty at the end of a fault
	Problem string // what is wrong
	Help    string // what was expected, or the nearest that works; lines
}

// Error shows the problem, the line with a caret under the word, and the help: four lines or so.
func (e *SyntaxError) Error() string {
	text, column := excerpt(e.Text, e.Column-1)
	carets := strings.Repeat("^", max(1, min(len([]rune(e.Word)), excerptWidth-column)))
	message := fmt.Sprintf("%s:%d: %s", e.Name, e.Line, e.Problem)
	if e.Text != "" {
		message += fmt.Sprintf("\n    %s\n    %s%s", text, strings.Repeat(" ", column), carets)
	}
	if e.Help != "" {
		message += "\n" + e.Help
	}
	return message
}

const excerptWidth = 100

// excerpt makes a line fit for a terminal, cut to what is around the column (in bytes). It also
// gives the column in characters of the excerpt.
func excerpt(line string, column int) (text string, character int) {
	before, after := []rune(printable(line[:column])), []rune(printable(line[column:]))
	if excess := len(before) - excerptWidth/2; excess > 0 && len(before)+len(after) > excerptWidth {
		before = append([]rune("..."), before[excess:]...)
	}
	if room := excerptWidth - len(before); len(after) > room {
		after = append(after[:room:room], []rune("...")...)
	}
	return strings.TrimRight(string(before)+string(after), " "), len(before)
}

// printable replaces what a terminal would not show in one column, or might obey.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r):
			return r
		}
		return '?'
	}, text)
}

// nearest is the word of candidates that was probably meant, or several joined by "or", or "".
func nearest(typed string, candidates []string) string {
	best, found := 2, []string(nil)
	if len(typed) > 4 {
		best = 3
	}
	for _, candidate := range candidates {
		switch distance := edits(strings.ToLower(typed), candidate); {
		case distance < best:
			best, found = distance, []string{candidate}
		case distance == best && found != nil:
			found = append(found, candidate)
		}
	}
	return strings.Join(found, " or ")
}

// edits is how many letters to insert, delete, replace, or swap with their neighbour turn a into b.
func edits(a, b string) int {
	if len(a) > 2*len(b)+2 {
		return len(a)
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			if i == 0 || j == 0 {
				rows[i][j] = i + j
				continue
			}
			replace := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			rows[i][j] = min(replace, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
