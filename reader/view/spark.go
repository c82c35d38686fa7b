// SPDX-License-Identifier: MIT

package view

import (
	"fmt"
	"strings"
	"time"

	"dilih/reader/tally"
)

var bars = []rune("▁▂▃▄▅▆▇█")

// sparks are a line for each direction in which something was dropped over the last minutes.
func (b block) sparks() (lines []string) {
	if b.histories == nil {
		return nil
	}
	for direction, mark := range marks(b.ByDirection()) {
		if spark := b.spark(mark, &b.histories[direction]); spark != "" {
			lines = append(lines, spark)
		}
	}
	return lines
}

// spark draws the share that was dropped over the last minutes, each cell as high as its part of the
// highest. A single cell would tell nothing.
func (b block) spark(mark string, history *tally.History) string {
	cells, span := history.Cells()
	peak := 0.0
	for _, cell := range cells {
		peak = max(peak, cell.Share())
	}
	if peak == 0 || len(cells) < 2 {
		return ""
	}
	var line strings.Builder
	for _, cell := range cells {
		line.WriteString(bar(cell.Entered, cell.Share()/peak))
	}
	name := strings.TrimSpace("drop share " + mark)
	return fmt.Sprintf("%s  %s  %s at most, last %s", name, b.red(line.String()), percent(peak, 1), duration(span.Round(time.Second)))
}

// bar is the cell for a part of 0 to 1; where nothing came in there is none.
func bar(entered uint64, part float64) string {
	if entered == 0 {
		return " "
	}
	return string(bars[int(part*float64(len(bars)-1)+0.5)])
}
