// SPDX-License-Identifier: MIT

package dilih

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"dilih/reader/usage"
	"dilih/scripts/lib/tables"
)

// verb is a script that acts.
type verb struct {
	name      string
	arguments string // as help shows them: DEV and FAULT are settings, and what stands in brackets may be left out
	meaning   string
}

var verbs = []verb{
	{"up", "DEV [FAULT]", "apply faults to DEV; run again to change them"},
	{"fault", "[FAULT]", "change the faults; without FAULT, renew the lease"},
	{"status", "", "show what is loaded, where, and what it did"},
	{"bugreport", "", "print what a bug report needs, without secrets"},
	{"down", "[DEV]", "detach, from DEV alone if given, and unpin"},
	{"run", "[FAULT] -- COMMAND", "apply faults while COMMAND runs"},
	{"lab", "[-- COMMAND]", "run a shell or COMMAND on a throw-away machine"},
}

// moreVerbose is the option for VERBOSE=2.
const moreVerbose = "vv"

// verbHelp is the help of a verb.
const verbHelp = `{{.UsageText}}

{{.Usage}}

{{range .VisibleFlags}}  {{.}}
{{end}}`

func (v verb) command(setup Setup) *cli.Command {
	command := &cli.Command{
		Name:               v.name,
		Usage:              v.meaning,
		ArgsUsage:          v.arguments,
		Flags:              v.flags(),
		CustomHelpTemplate: verbHelp,
		Action:             func(c *cli.Context) error { return v.act(c, setup) },
	}
	if strings.Contains(v.arguments, "DEV") {
		command.BashComplete = func(c *cli.Context) { complete(c, command) }
	}
	return command
}

// words are the options for which the arguments stand.
func (v verb) words() (options []string) {
	for _, name := range []string{"DEV", "FAULT"} {
		if strings.Contains(v.arguments, name) {
			options = append(options, strings.ToLower(name))
		}
	}
	return options
}

// flags are the settings that the verb takes.
func (v verb) flags() (flags []cli.Flag) {
	for _, s := range tables.Settings() {
		if slices.Contains(s.Verbs, v.name) {
			flags = append(flags, flag(s))
		}
		if s.Name == "VERBOSE" && slices.Contains(s.Verbs, v.name) {
			flags = append(flags, &cli.BoolFlag{Name: moreVerbose, Usage: "show the text of batches, too", DisableDefaultText: true})
		}
	}
	return flags
}

// check returns an error if an argument is missing, or there is one too many. words are those before the --, which is
// nil if there is none.
func (v verb) check(c *cli.Context, words, command []string) error {
	_, needs, _ := strings.Cut(v.arguments, "-- ")
	switch {
	case len(words) > 0 && strings.Contains(v.arguments, "FAULT"):
		return usage.Errorf("unexpected argument %q: quote the whole fault, as in 'drop 1%% burst 4; delay 40ms udp'", words[0])
	case len(words) > 0:
		return usage.Errorf("unexpected argument %q", words[0])
	case command != nil && needs == "":
		return usage.Errorf("%s takes no command, so nothing may follow --", v.name)
	case strings.HasPrefix(v.arguments, "DEV") && c.String("dev") == "":
		return usage.Errorf("%s needs a device: dilih %[1]s eth0", v.name)
	case needs == "COMMAND" && len(command) == 0:
		return usage.Errorf("%s needs a command: dilih %[1]s 'drop 5%%' -- ./test.sh", v.name)
	}
	return nil
}

// complete prints options if one has begun, or network devices, loopback last.
func complete(c *cli.Context, command *cli.Command) {
	if last := os.Args[len(os.Args)-2]; strings.HasPrefix(last, "-") {
		cli.DefaultCompleteWithFlags(command)(c)
		return
	}
	devices, _ := net.Interfaces() // without them, the shell completes files
	slices.SortStableFunc(devices, func(a, b net.Interface) int {
		return int(a.Flags&net.FlagLoopback) - int(b.Flags&net.FlagLoopback)
	})
	for _, device := range devices {
		fmt.Fprintln(c.App.Writer, device.Name)
	}
}
