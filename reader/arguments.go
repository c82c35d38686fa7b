// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"regexp"
	"strings"

	"dilih/reader/advice"
	"dilih/reader/fault"

	"github.com/urfave/cli/v2"
)

// commandHelp is the help of a command.
const commandHelp = `{{.UsageText}}

{{.Description}}

{{range .VisibleFlags}}{{printf "  --%-11s%s" (index .Names 0) .GetUsage}}
{{end}}`

// unitless is how the flag package tells of a duration that is only a number.
var unitless = regexp.MustCompile(`^invalid value "([0-9.]+)" for flag -(\S+): parse error$`)

func onUsageError(_ *cli.Context, err error, _ bool) error {
	if found := unitless.FindStringSubmatch(err.Error()); found != nil {
		return advice.Usagef("--%s %s has no unit: write %[2]ss for seconds, or %[2]sms, %[2]sm, %[2]sh", found[2], found[1])
	}
	return advice.Usagef("%w", err)
}

// checkNoArguments tells words that cli left over: flags after a word are not parsed, and a misspelt
// command would run as if it were not there.
func checkNoArguments(c *cli.Context) error {
	word := c.Args().First()
	if word == "" {
		return nil
	}
	var names []string
	for _, command := range c.App.VisibleCommands() {
		names = append(names, command.Name)
	}
	return advice.Usagef("there is no command %q, but there are %s", word, strings.Join(names, ", "))
}

// checkFlagsComeFirst tells of flags that cli would ignore before the command, and take for
// arguments after the first one.
func checkFlagsComeFirst(c *cli.Context) error {
	for _, argument := range c.Args().Slice() {
		if strings.HasPrefix(argument, "-") {
			return advice.Usagef("%s comes after the fault: flags go between %s and the fault", argument, c.Command.Name)
		}
	}
	for _, outer := range c.Lineage()[1:] {
		if outer.NumFlags() > 0 {
			return advice.Usagef("--%s comes before %s: flags go after it", outer.LocalFlagNames()[0], c.Command.Name)
		}
	}
	return nil
}

// argumentFaults reads the arguments, each a line.
func argumentFaults(c *cli.Context) ([]fault.Fault, error) {
	faults, err := fault.Parse("fault", strings.Join(c.Args().Slice(), "\n"))
	if err != nil && c.NArg() > 1 {
		return nil, fmt.Errorf("%w\neach argument is a fault of its own: quote what belongs together", err)
	}
	return faults, err
}
