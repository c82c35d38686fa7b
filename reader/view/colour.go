// SPDX-License-Identifier: MIT

package view

// ink colours text, or leaves it alone. Colours mean something: red is lost, yellow wants attention,
// dim can be passed over.
type ink bool

func (i ink) paint(code, text string) string {
	if !i || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (i ink) bold(text string) string   { return i.paint("1", text) }
func (i ink) dim(text string) string    { return i.paint("2", text) }
func (i ink) red(text string) string    { return i.paint("31", text) }
func (i ink) yellow(text string) string { return i.paint("33", text) }

// loud is for what nobody may overlook; without colour, its words have to be loud by themselves.
func (i ink) loud(text string) string { return i.paint("1;30;43", text) }
