// SPDX-License-Identifier: MIT

package main

import (
	"os"
	"path/filepath"
	"syscall"

	"github.com/urfave/cli/v2"

	"dilih/reader/commandline"
	"dilih/reader/dilih"
	"dilih/reader/watch"
)

// newProgram makes the command line that goes with the name by which this program was called.
func newProgram(env env) *commandline.Program {
	if filepath.Base(env.args[0]) == dilih.Name {
		return newDilih(env)
	}
	return newReader(env)
}

// newDilih makes the command line of dilih. Its scripts are beside this program, to which its name is a link.
func newDilih(env env) *commandline.Program {
	program, _ := os.Executable() // on error, no script is found, and that is said
	return dilih.New(dilih.Setup{
		Stdout:    env.Stdout,
		Stderr:    env.Stderr,
		Directory: filepath.Dir(program),
		Commands:  append([]*cli.Command{watchCommand(env.World)}, readingCommands(dilih.Name)...),
		Exec:      syscall.Exec,
	})
}

func watchCommand(world watch.World) *cli.Command {
	return &cli.Command{
		Name:      "watch",
		Usage:     "show the counters, every second (dilih-reader)",
		ArgsUsage: "[options]",
		Flags:     watchFlags(),
		Action: func(c *cli.Context) error {
			if err := commandline.NoArguments(c); err != nil {
				return err
			}
			return watchAction(c, world)
		},
	}
}
