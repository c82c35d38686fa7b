// SPDX-License-Identifier: MIT

package view

// colour colours text, or leaves it alone. Colours mean something: red was dropped, yellow wants attention,
// dim can be passed over.
type colour bool

func (c colour) paint(code, text string) string {
	if !c || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (c colour) bold(text string) string   { return c.paint("1", text) }
func (c colour) dim(text string) string    { return c.paint("2", text) }
func (c colour) red(text string) string    { return c.paint("31", text) }
func (c colour) yellow(text string) string { return c.paint("33", text) }

// loud is for what nobody may overlook; without colour, its words have to be loud by themselves.
func (c colour) loud(text string) string { return c.paint("1;30;43", text) }
