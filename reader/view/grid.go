// SPDX-License-Identifier: MIT

package view

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwarp"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/tw"
)

const gap = "  " // between columns

// grid sets rows under a header in columns: the first one left, all the others right aligned. Lines
// come without trailing spaces.
func grid(header []string, rows [][]string) []string {
	alignment := tw.MakeAlign(len(header), tw.AlignRight)
	alignment[0] = tw.AlignLeft
	var text bytes.Buffer
	table := tablewriter.NewTable(&text,
		tablewriter.WithEastAsian(tw.Off),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithPadding(tw.Padding{Right: gap, Overwrite: true}),
		tablewriter.WithAlignment(alignment),
		tablewriter.WithRendition(tw.Rendition{
			Borders:  tw.BorderNone,
			Symbols:  tw.NewSymbols(tw.StyleNone),
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone},
		}))
	table.Header(header)
	// A bytes.Buffer takes everything, and rows of strings are always understood.
	_ = table.Bulk(rows)
	_ = table.Render()
	lines := strings.Split(strings.TrimRight(text.String(), "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}

// leastWidths are those of the columns in grids that stand under one another; to the left of a cell
// if negative.
var leastWidths = []int{-14, 13, 10, 10, 10, 10}

// pad widens the cells of a header.
func pad(header []string) []string {
	for c, cell := range header {
		header[c] = fmt.Sprintf("%*s", leastWidths[c], cell)
	}
	return header
}

// widths are the widths of the columns in a grid.
func widths(header []string, rows [][]string) []int {
	widest := make([]int, len(header))
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			widest[i] = max(widest[i], twwidth.Width(cell))
		}
	}
	return widest
}

// fit cuts a line to the width, colours not counted.
func fit(line string, width int) string {
	if twwidth.Width(line) <= width {
		return line
	}
	return twwidth.Truncate(line, width, "…")
}

// wrap breaks a text at its spaces and indents all lines but the first.
func wrap(text string, width int) []string {
	if twwidth.Width(text) <= width {
		return []string{text}
	}
	lines, _ := twwarp.WrapString(text, width-len(gap))
	for l := 1; l < len(lines); l++ {
		lines[l] = gap + lines[l]
	}
	return lines
}
