// SPDX-License-Identifier: MIT

package view

import (
	"fmt"
	"strings"
	"time"
)

var bars = []rune("▁▂▃▄▅▆▇█")

// spark draws the share that was dropped over the last minutes, each cell as high as its part of the
// highest. A single cell would tell nothing.
func (b block) spark() string {
	if b.history == nil {
		return ""
	}
	cells, span := b.history.Cells()
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
	return fmt.Sprintf("drop share  %s  %s at most, last %s", b.red(line.String()), percent(peak, 1), duration(span.Round(time.Second)))
}

// bar is the cell for a part of 0 to 1; where nothing came in there is none.
func bar(entered uint64, part float64) string {
	if entered == 0 {
		return " "
	}
	return string(bars[int(part*float64(len(bars)-1)+0.5)])
}
