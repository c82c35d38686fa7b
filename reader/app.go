// SPDX-License-Identifier: MIT

package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"dilih/bpf/abi"
)

// helpTemplate fits on a screen.
const helpTemplate = `dilih-reader watches what dilih does to the packets, and changes nothing.
  dilih-reader                           a new table every second
  dilih-reader --count 1 --format json   what happens in a second, for a script

{{range .VisibleFlags}}{{printf "  --%-10s %s" (index .Names 0) .GetUsage}}
{{end}}
Commands, each with a --help of its own:
{{range .VisibleCommands}}  {{.Name}}{{"\t"}}{{.Usage}}
{{end}}Exit: ` + exits + `
`

const exits = "0 fine 1 usage 2 failed 3 not loaded 4 not permitted 5 busy 6 no match"

// newApp makes the command line. cli would exit by itself, print help instead of errors and run on
// with unknown commands: all of that is switched off here.
func newApp(env env) *cli.App {
	commands := []*cli.Command{lookCommand(), planCommand(), predictCommand(), presetsCommand(), completionCommand(), nextCommand()}
	for _, command := range commands {
		command.OnUsageError = onUsageError
	}
	return &cli.App{
		Name:                      "dilih-reader",
		Usage:                     "watch what dilih does to the packets",
		Writer:                    env.Stdout,
		ErrWriter:                 env.Stderr,
		CustomAppHelpTemplate:     helpTemplate,
		HideHelpCommand:           true,
		EnableBashCompletion:      true,
		DisableSliceFlagSeparator: true,
		Flags:                     watchFlags(),
		Commands:                  commands,
		Action: func(c *cli.Context) error {
			if c.Args().First() == "help" {
				return cli.ShowAppHelp(c)
			}
			if c.Bool("version") {
				_, err := fmt.Fprintf(env.Stdout, "dilih-reader, ABI %d\n", abi.Version)
				return err
			}
			return watchAction(c, env.World)
		},
		OnUsageError:   onUsageError,
		ExitErrHandler: func(*cli.Context, error) {},
	}
}
