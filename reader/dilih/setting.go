// SPDX-License-Identifier: MIT

package dilih

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"dilih/scripts/lib/tables"
)

// lists are the settings to which each option adds, with what stands between two values.
var lists = map[string]string{"DEV": " ", "GUARD": "; ", "ASSERT": "; "}

// value is that of a setting. It implements cli.Generic.
type value struct {
	text    string
	between string // of a list
	given   bool
}

func (v *value) String() string { return v.text }

func (v *value) Set(text string) error {
	switch {
	case !v.given:
		v.text, v.given = text, true
	case v.between != "":
		v.text += v.between + text
	default:
		return errors.New("it is given twice")
	}
	return nil
}

// flag is the option for a setting.
func flag(s tables.Setting) cli.Flag {
	name := option(s)
	if s.Value == "1" {
		boolean := &cli.BoolFlag{Name: name, Usage: s.Meaning, DisableDefaultText: true}
		if s.Name == "VERBOSE" {
			boolean.Aliases = []string{"v"}
		}
		return boolean
	}
	return &settingFlag{s.Value, &cli.GenericFlag{
		Name:        name,
		Usage:       s.Meaning,
		DefaultText: strings.TrimPrefix(s.Default, "-"),
		Value:       &value{between: lists[s.Name]},
	}}
}

// settingFlag is a flag that shows in its help what stands for the value, without repeating it in the meaning.
type settingFlag struct {
	placeholder string
	*cli.GenericFlag
}

func (f *settingFlag) String() string {
	name, meaning, _ := strings.Cut(f.GenericFlag.String(), " value\t")
	return name + " " + f.placeholder + "\t" + meaning
}

func option(s tables.Setting) string {
	return strings.ToLower(strings.ReplaceAll(s.Name, "_", "-"))
}

// given returns the settings that the options give, each as NAME=VALUE.
func given(c *cli.Context) (settings []string, err error) {
	for _, s := range tables.Settings() {
		if s.Name == "VERBOSE" && c.Bool(moreVerbose) {
			settings = append(settings, "VERBOSE=2")
			continue
		}
		if !c.IsSet(option(s)) {
			continue
		}
		value := c.String(option(s))
		switch {
		case s.Value == "1" && !c.Bool(option(s)):
			continue
		case s.Value == "1":
			value = "1"
		case s.Name == "FAULT_FILE" && !strings.HasPrefix(value, "/"):
			// The script works elsewhere than where this name was given.
			here, err := os.Getwd()
			if err != nil {
				return nil, fmt.Errorf("--fault-file %q: find the current directory: %w", value, err)
			}
			value = here + "/" + value
		}
		settings = append(settings, s.Name+"="+value)
	}
	return settings, nil
}
