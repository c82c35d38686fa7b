// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"io"
)

// The picture: 100 % are so many pixels wide, and the largest time is so high.
const (
	width, height = 380, 260
	left, top     = 60, 44
)

// head is what all such pictures begin with. Each way of sending has a colour, on a light page and on a dark one.
const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 540 354" width="540" role="img" aria-labelledby="title desc">
<title id="title">Median processing time over drop rate</title>
<desc id="desc">A line for each way of sending: drop rates from 0 to 100 % to the right, and nanoseconds up.</desc>
<style>
	text { font: 13px system-ui, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: #1f2328 }
	path { fill: none; stroke: #818b98 }
	.page { fill: #ffffff }
	text.constant, circle.constant { fill: #0969da }
	text.flood, circle.flood { fill: #cf222e }
	path.constant { stroke: #0969da }
	path.flood { stroke: #cf222e }
	@media (prefers-color-scheme: dark) {
		text { fill: #f0f6fc }
		path { stroke: #656c76 }
		.page { fill: #0d1117 }
		text.constant, circle.constant { fill: #58a6ff }
		text.flood, circle.flood { fill: #ff7b72 }
		path.constant { stroke: #58a6ff }
		path.flood { stroke: #ff7b72 }
	}
</style>
<rect class="page" width="540" height="354" rx="8"/>
<text x="16" y="25">median processing time, ns</text>
<text x="250" y="342" text-anchor="middle">dropped, %</text>
`

// row is a line of the table: a way of sending, a drop rate, packets in a second, and the median of the times.
type row struct {
	name              string
	drop, packets, ns float64
}

// plot draws the times over the drop rates, as SVG.
func plot(table io.Reader, picture io.Writer) {
	var rows []row
	most := 1.
	for {
		var r row
		if _, err := fmt.Fscanln(table, &r.name, &r.drop, &r.packets, &r.ns); err != nil {
			break
		}
		rows = append(rows, r)
		most = max(most, r.ns)
	}
	fmt.Fprint(picture, head)
	fmt.Fprintf(picture, "<path d=\"M%d %dv%dh%d\"/>\n", left, top, height, width)
	for i := range 6 {
		share := float64(i) / 5
		fmt.Fprintf(picture, "<text x=\"%.0f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>\n", left+share*width, top+height+18, share*100)
		fmt.Fprintf(picture, "<text x=\"%d\" y=\"%.0f\" text-anchor=\"end\">%.0f</text>\n", left-6, top+height-share*height+4, share*most)
	}
	for i, r := range rows {
		x, y := left+r.drop/100*width, top+height-r.ns/most*height
		if i > 0 && rows[i-1].name == r.name {
			before := rows[i-1]
			fmt.Fprintf(picture, "<path d=\"M%.1f %.1fL%.1f %.1f\" class=\"%s\"/>\n", left+before.drop/100*width,
				top+height-before.ns/most*height, x, y, r.name)
		}
		fmt.Fprintf(picture, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" class=\"%s\"/>\n", x, y, r.name)
		if i == len(rows)-1 || rows[i+1].name != r.name {
			fmt.Fprintf(picture, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">%s</text>\n", x+10, y+4, r.name, r.name)
		}
	}
	fmt.Fprintln(picture, "</svg>")
}
