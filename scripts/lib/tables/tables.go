// SPDX-License-Identifier: MIT

// Package tables holds what make, the scripts and dilih all read, so that it is written down once.
package tables

import (
	_ "embed"
	"strings"
)

//go:embed settings
var settings string

// Setting is a variable of make and of the scripts. Those of the verbs are options of dilih, too.
type Setting struct {
	Name    string
	Value   string // what stands for the value in help; 1 if that is the only value
	Default string // empty if there is none; - if an empty value is different from none
	Verbs   []string
	Meaning string
}

// Settings returns all settings in the order of the table, in which each line is NAME|VALUE|DEFAULT|VERBS|MEANING.
func Settings() (all []Setting) {
	for line := range strings.Lines(settings) {
		field := strings.SplitN(strings.TrimSuffix(line, "\n"), "|", 5)
		all = append(all, Setting{field[0], field[1], field[2], strings.Fields(field[3]), field[4]})
	}
	return all
}
