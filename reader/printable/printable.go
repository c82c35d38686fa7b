// SPDX-License-Identifier: MIT

// Package printable makes text that others chose safe to show: a process or a device may have a name
// that clears the screen of the person who looks at it.
package printable

import "strconv"

// Text is the text with whatever cannot be printed written as Go writes it in a string: \x1b, \n.
func Text(text string) string {
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}
