// SPDX-License-Identifier: MIT

package commandline

import (
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"
	"github.com/xrash/smetrics"

	"dilih/reader/usage"
)

// What the package flag says of an option.
var (
	unknown  = regexp.MustCompile(`^flag provided but not defined: -(.*)$`)
	valuless = regexp.MustCompile(`^flag needs an argument: -(.*)$`)
	unitless = regexp.MustCompile(`^invalid value "([0-9.]+)" for flag -(\S+): parse error$`)
	invalid  = regexp.MustCompile(`(?s)^invalid (?:boolean )?value (".*") for (?:flag )?-(\S+): (.*)$`)
)

// usageError puts an error of the package flag into the words that are used elsewhere.
func usageError(c *cli.Context, err error, isCommand bool) error {
	text := err.Error()
	if found := unknown.FindStringSubmatch(text); found != nil {
		owner := "there is"
		if isCommand {
			owner = c.Command.Name + " has"
		}
		return usage.Errorf("%s no option %s%s", owner, dashed(found[1]), didYouMean("--", found[1], optionNames(c.Command)))
	}
	if found := valuless.FindStringSubmatch(text); found != nil {
		return usage.Errorf("%s needs a value", dashed(found[1]))
	}
	if found := unitless.FindStringSubmatch(text); found != nil {
		return usage.Errorf("--%s %s has no unit: write %[2]ss for seconds, or %[2]sms, %[2]sm, %[2]sh", found[2], found[1])
	}
	if found := invalid.FindStringSubmatch(text); found != nil {
		return usage.Errorf("%s %s: %s", dashed(found[2]), found[1], found[3])
	}
	return usage.Errorf("%w", err)
}

// NoArguments returns an error if the command was given arguments that are not options.
func NoArguments(c *cli.Context) error {
	if c.Args().Present() {
		return usage.Errorf("unexpected argument %q: %s takes options only", c.Args().First(), c.Command.Name)
	}
	return nil
}

func noSuchCommand(app *cli.App, name string) error {
	var names []string
	for _, command := range app.VisibleCommands() {
		names = append(names, command.Name)
	}
	return usage.Errorf("there is no command %q%s", name, didYouMean("", name, names))
}

func optionNames(command *cli.Command) (names []string) {
	for _, flag := range command.VisibleFlags() {
		names = append(names, flag.Names()[0])
	}
	return names
}

// dashed returns an option as it is written.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// didYouMean returns a question for the nearest of the names, or nothing if none is near.
func didYouMean(prefix, word string, names []string) string {
	nearest, nearness := "", 0.85 // of 1, where words are equal; "seed" and "netns" have 0.64
	for _, name := range names {
		if n := smetrics.JaroWinkler(strings.ToLower(word), name, 0.7, 4); n > nearness {
			nearest, nearness = name, n
		}
	}
	if nearest == "" {
		return ""
	}
	return ": did you mean " + prefix + nearest + "?"
}
