// SPDX-License-Identifier: MIT

// Package dilih is the command dilih: the verbs of make for where there is no tree. A verb that acts is a script; its
// options and arguments become the settings that the script reads. All others are commands of the reader.
package dilih

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"dilih/bpf/abi"
	"dilih/reader/commandline"
)

// Name is the name by which the program is called.
const Name = "dilih"

// helpTemplate fits on a screen.
const helpTemplate = `dilih: drop it like it's hot. Drops, delays or duplicates packets on purpose.

{{range .VisibleCommands}}{{printf "  %-23s %s" (print .Name " " .ArgsUsage) .Usage}}
{{end}}
For example:
  dilih up eth0 'drop 1% burst 4 udp; drop 5% of flows tcp' --for 10m --seed 42
  dilih run 'drop 1%; drop 5% out' --for 5m --assert 'dropped>0' -- ./test.sh

Exit: ` + Exits + `
`

const description = `The verbs up, fault, status, bugreport, down, run and lab are scripts; those that change something need root,
for which they ask sudo. Options may stand before, between and after the arguments, up to a --. All faults together are
one argument.`

// Exits are the exit statuses.
const Exits = `0 fine 1 usage 2 failed 3 nothing loaded 4 not permitted 5 busy 6 no match
      7 an assertion is not true`

// Setup is what the command needs of the program that it is a part of.
type Setup struct {
	Stdout, Stderr io.Writer
	Directory      string         // of the program, and of scripts/
	Commands       []*cli.Command // of the reader
	// Exec becomes another program, as syscall.Exec does.
	Exec func(path string, argv, environment []string) error
}

// New returns the command.
func New(setup Setup) *commandline.Program {
	var commands []*cli.Command
	words := make(map[string][]string)
	for _, v := range verbs {
		commands = append(commands, v.command(setup))
		words[v.name] = v.words()
	}
	commands = append(commands, setup.Commands...)
	return commandline.New(&cli.App{
		Name:                  Name,
		Usage:                 "drop, delay or duplicate packets on purpose",
		UsageText:             "dilih VERB [OPTION]... [ARGUMENT]...",
		Description:           description,
		Writer:                setup.Stdout,
		ErrWriter:             setup.Stderr,
		CustomAppHelpTemplate: helpTemplate,
		Flags:                 []cli.Flag{&cli.BoolFlag{Name: "version", Usage: "print the version"}},
		Commands:              append(commands, commandline.Help()),
		Action: func(c *cli.Context) error {
			if c.Bool("version") {
				return setup.printVersion()
			}
			return cli.ShowAppHelp(c)
		},
	}, words)
}

// printVersion prints the version that was installed, or that of the tree, and the ABI of the pins.
func (s Setup) printVersion() error {
	version, err := s.version()
	if err != nil {
		return fmt.Errorf("find the version: %w", err)
	}
	_, err = fmt.Fprintf(s.Stdout, "dilih %s, ABI %d\n", strings.TrimSpace(version), abi.Version)
	return err
}
