// SPDX-License-Identifier: MIT

package plan

import "strings"

// Installed is whether people talk to dilih rather than to make: there is no tree, only what `make install` has written.
var Installed bool

// Named is a setting as people here give it.
func Named(name, value string) string {
	if strings.ContainsAny(value, " \t\n") {
		value = "'" + value + "'"
	}
	if !Installed {
		return name + "=" + value
	}
	option := "--" + strings.ReplaceAll(strings.ToLower(name), "_", "-")
	if value == "" {
		return option
	}
	return option + " " + value
}

// how is the command that does this, as people here give it. The settings are NAME=VALUE; those of up begin with DEV.
func how(verb string, settings ...string) string {
	words := []string{"make", verb}
	switch {
	case Installed && verb == "clean":
		words = []string{"dilih", "down"}
	case Installed:
		words = []string{"dilih", verb}
	case verb == "up":
		words, settings = []string{settings[0], "make"}, settings[1:]
	}
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		switch {
		case Installed && name == "DEV":
			words = append(words, value)
		case Installed && name == "FAULT":
			words = append(words, "'"+value+"'")
		default:
			words = append(words, Named(name, value))
		}
	}
	return strings.Join(words, " ")
}
