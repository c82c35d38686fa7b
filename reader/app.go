// SPDX-License-Identifier: MIT

package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"dilih/bpf/abi"
	"dilih/reader/commandline"
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

// readerName is the name of this program, unless it is called dilih.
const readerName = "dilih-reader"

// newReader makes the command line of dilih-reader.
func newReader(env env) *commandline.Program {
	help := commandline.Help()
	help.Hidden = true
	return commandline.New(&cli.App{
		Name:                  readerName,
		Usage:                 "watch what dilih does to the packets",
		Writer:                env.Stdout,
		ErrWriter:             env.Stderr,
		CustomAppHelpTemplate: helpTemplate,
		Flags:                 append(watchFlags(), &cli.BoolFlag{Name: "version", Usage: "say which ABI of the pins it reads"}),
		Commands:              append(readingCommands(readerName), help, nextCommand(), keepCommand(), runCommand(), bugreportCommand()),
		Action: func(c *cli.Context) error {
			if c.Bool("version") {
				_, err := fmt.Fprintf(env.Stdout, "%s, ABI %d\n", readerName, abi.Version)
				return err
			}
			return watchAction(c, env.World)
		},
	}, nil)
}

// readingCommands are the commands of the program that change nothing.
func readingCommands(program string) []*cli.Command {
	return []*cli.Command{
		planCommand(program), predictCommand(program), lookCommand(), presetsCommand(), completionCommand(program),
	}
}
