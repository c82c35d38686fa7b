// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"dilih/reader/bugreport"
	"dilih/reader/pinned"

	"github.com/urfave/cli/v2"
)

func bugreportCommand() *cli.Command {
	return &cli.Command{
		Name:   "bugreport",
		Usage:  "print what a bug report needs",
		Hidden: true,
		Flags:  []cli.Flag{&cli.StringFlag{Name: "pin", Usage: "DIR of the pins", Value: pinned.DefaultPath}},
		Action: asVerb(bugreportAction),
	}
}

func bugreportAction(c *cli.Context) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the scripts: %w", err)
	}
	text, err := bugreport.Write(c.Context, c.String("pin"), filepath.Dir(self))
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(c.App.Writer, text); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	return nil
}
