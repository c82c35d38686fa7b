// SPDX-License-Identifier: MIT

package main

import (
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"dilih/reader/advice"
	"dilih/reader/pinned"
)

// helpTemplate fits on a screen.
const helpTemplate = `dilih-reader watches what dilih does to the packets, and changes nothing.

  dilih-reader                           a table, every second anew
  dilih-reader --count 1 --format json   what happens in a second, for a script
  dilih-reader --pin DIR1 --pin DIR2     two of them, and both together

{{range .VisibleFlags}}{{printf "  --%-11s%s" (index .Names 0) .GetUsage}}
{{end}}
Commands, each with a --help of its own:
{{range .VisibleCommands}}  {{.Name}}{{"\t"}}{{.Usage}}
{{end}}
Exit status: 0 fine, 1 usage, 2 failed, 3 nothing loaded, 4 not permitted,
5 another reader has the events.
`

// newApp makes the command line. cli would exit by itself, print help instead of errors and run on
// with unknown commands: all of that is switched off here.
func newApp(env env) *cli.App {
	commands := []*cli.Command{planCommand(), predictCommand(), completionCommand()}
	for _, command := range commands {
		command.OnUsageError = onUsageError
	}
	return &cli.App{
		Name:                      "dilih-reader",
		Usage:                     "watch what dilih does to the packets",
		Writer:                    env.stdout,
		ErrWriter:                 env.stderr,
		CustomAppHelpTemplate:     helpTemplate,
		HideHelpCommand:           true,
		EnableBashCompletion:      true,
		DisableSliceFlagSeparator: true,
		Flags:                     watchFlags(),
		Commands:                  commands,
		Action:                    func(c *cli.Context) error { return watchAction(c, env) },
		OnUsageError:              onUsageError,
		ExitErrHandler:            func(*cli.Context, error) {},
	}
}

func watchFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "pin", Usage: "DIR of the pins; repeat it to watch several (" + pinned.DefaultPath + ")", Value: cli.NewStringSlice(pinned.DefaultPath)},
		&cli.DurationFlag{Name: "interval", Usage: "TIME from table to table (1s)", Value: time.Second},
		&cli.Uint64Flag{Name: "count", Usage: "N: end after N intervals; tables come at their ends"},
		&cli.DurationFlag{Name: "for", Usage: "TIME after which to end, such as 90s or 5m"},
		&cli.StringFlag{Name: "format", Usage: "table, json (a line an interval) or csv", Value: "table"},
		&cli.StringFlag{Name: "listen", Usage: "ADDR of metrics for Prometheus, such as :9435 of 127.0.0.1"},
		&cli.StringFlag{Name: "pcap", Usage: "FILE for dropped packets, as pcapng; - is stdout, and no table"},
		&cli.BoolFlag{Name: "histogram", Usage: "show how processing times are distributed"},
		&cli.BoolFlag{Name: "no-clear", Usage: "one table after the other, on a terminal too"},
	}
}

func onUsageError(_ *cli.Context, err error, _ bool) error {
	return advice.Usagef("%w", err)
}

// checkNoArguments tells words that cli left over: flags behind a word are not parsed, and a misspelt
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
