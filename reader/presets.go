// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strings"

	"dilih/reader/commandline"
	"dilih/reader/fault"

	"github.com/urfave/cli/v2"
)

func presetsCommand() *cli.Command {
	return &cli.Command{
		Name:  "presets",
		Usage: "print the presets, with the source of their figures",

		Description: `Prints the faults that each preset stands for on a client, in the form of a
file of faults. On a server, as in "preset 3g server", the directions are
exchanged.`,
		Action: presetsAction,
	}
}

func presetsAction(c *cli.Context) error {
	if err := commandline.NoArguments(c); err != nil {
		return err
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
