// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strings"

	"dilih/reader/advice"
	"dilih/reader/fault"

	"github.com/urfave/cli/v2"
)

func presetsCommand() *cli.Command {
	return &cli.Command{
		Name:      "presets",
		Usage:     "print the presets, with the source of their figures",
		UsageText: "dilih-reader presets",
		Description: `Prints the faults that each preset stands for on a client, in the form of a
file of faults. On a server, as in "preset 3g server", the directions are
exchanged.`,
		CustomHelpTemplate: commandHelp,
		HideHelpCommand:    true,
		Action:             presetsAction,
	}
}

func presetsAction(c *cli.Context) error {
	if c.NArg() > 0 {
		return advice.Usagef("presets takes no argument, not %q", c.Args().First())
	}
	var out strings.Builder
	for _, preset := range fault.Presets {
		faults, err := fault.Parse("preset", "preset "+preset.Name)
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "# preset %s: %s\n", preset.Name, preset.Source)
		for _, f := range faults {
			fmt.Fprintln(&out, f)
		}
	}
	if _, err := fmt.Fprint(c.App.Writer, out.String()); err != nil {
		return fmt.Errorf("print the presets: %w", err)
	}
	return nil
}
