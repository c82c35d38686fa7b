// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"io"
)

// The picture: 100 % are so many pixels wide, and the largest time is so high.
const (
	width, height = 500, 260
	left, top     = 60, 40
)

// colours of the ways of sending.
var colours = map[string]string{"constant": "#1f77b4", "flood": "#d62728"}

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
	fmt.Fprintf(picture, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">
<rect width="100%%" height="100%%" fill="white"/>
<path d="M%d %dv%dh%d" fill="none" stroke="black"/>
<text x="%d" y="25">median processing time, ns</text>
<text x="%d" y="%d">dropped, %%</text>
`, left+width+90, top+height+50, left, top, height, width, left, left+width/2-30, top+height+40)
	for i := range 6 {
		share := float64(i) / 5
		fmt.Fprintf(picture, "<text x=\"%.0f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>\n", left+share*width, top+height+18, share*100)
		fmt.Fprintf(picture, "<text x=\"%d\" y=\"%.0f\" text-anchor=\"end\">%.0f</text>\n", left-6, top+height-share*height+4, share*most)
	}
	for i, r := range rows {
		x, y := left+r.drop/100*width, top+height-r.ns/most*height
		if i > 0 && rows[i-1].name == r.name {
			before := rows[i-1]
			fmt.Fprintf(picture, "<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"%s\"/>\n", left+before.drop/100*width,
				top+height-before.ns/most*height, x, y, colours[r.name])
		}
		fmt.Fprintf(picture, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n", x, y, colours[r.name])
		if i == len(rows)-1 || rows[i+1].name != r.name {
			fmt.Fprintf(picture, "<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s</text>\n", x+8, y+4, colours[r.name], r.name)
		}
	}
	fmt.Fprintln(picture, "</svg>")
}
