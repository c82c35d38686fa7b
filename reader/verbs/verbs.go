// SPDX-License-Identifier: MIT

// Package verbs says how people call dilih's verbs here: through make in its tree, and through dilih where there is
// only what was installed.
package verbs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// caller is whom people talk to.
type caller bool

const (
	toMake  caller = false
	toDilih caller = true
)

// here is found out before this process gives up what it may see.
var here = callerAt(os.Executable())

// callerAt says who that is for a program at path: beside one that was installed there is the list of what was.
func callerAt(path string, err error) caller {
	if err != nil {
		return toMake
	}
	_, err = os.Stat(filepath.Join(filepath.Dir(path), "installed"))
	return caller(err == nil)
}

// Call is the command for a verb with these settings, each as NAME=VALUE. Those of up begin with DEV.
func Call(verb string, settings ...string) string { return here.call(verb, settings) }

// Setting is how a setting is given, as NAME=VALUE.
func Setting(setting string) string { return here.setting(setting) }

// Reader is how the reader is started.
func Reader() string {
	if here == toDilih {
		return "dilih-reader"
	}
	return "./dilih-reader"
}

func (c caller) call(verb string, settings []string) string {
	words := []string{"make", verb}
	switch {
	case c == toDilih && verb == "clean":
		words = []string{"dilih", "down"}
	case c == toDilih:
		words[0] = "dilih"
	case verb == "up":
		words, settings = []string{settings[0], "make"}, settings[1:]
	}
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		if c == toDilih && (name == "DEV" || name == "FAULT") {
			words = append(words, quoted(value))
		} else {
			words = append(words, c.setting(setting))
		}
	}
	return strings.Join(words, " ")
}

func (c caller) setting(setting string) string {
	name, value, _ := strings.Cut(setting, "=")
	if c == toDilih {
		return "--" + strings.ToLower(strings.ReplaceAll(name, "_", "-")) + " " + quoted(value)
	}
	return name + "=" + quoted(value)
}

var plain = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// quoted is one word of a shell's: others may have chosen it.
func quoted(value string) string {
	if plain.MatchString(value) {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
