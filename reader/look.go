// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"fmt"

	"dilih/reader/commandline"
	"dilih/reader/pinned"
	"dilih/reader/printable"
	"dilih/reader/usage"
	"dilih/reader/world"

	"github.com/urfave/cli/v2"
)

func lookCommand() *cli.Command {
	return &cli.Command{
		Name:      "look",
		Usage:     "print what is loaded and attached on this host",
		ArgsUsage: "[options]",
		Description: `Prints what is pinned at DIR, and which programs are attached to the devices
of this network namespace, of those that have a name, and of others where
dilih is attached. Without root, it prints what it can see and exits 4.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "pin", Usage: "DIR of the pins (" + pinned.DefaultPath + ")", Value: pinned.DefaultPath},
			&cli.BoolFlag{Name: "json", Usage: "print everything, as JSON"},
		},
		Action: lookAction,
	}
}

func lookAction(c *cli.Context) error {
	if err := commandline.NoArguments(c); err != nil {
		return err
	}
	found, err := world.Look(c.Context, world.Question{PIN: c.String("pin")})
	if err != nil {
		return usage.Errorf("--pin: %w", err)
	}
	text := []byte(found.Summary())
	if c.Bool("json") {
		if text, err = json.Marshal(found); err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
		text = append(printable.JSON(text), '\n')
	}
	if _, err := c.App.Writer.Write(text); err != nil {
		return fmt.Errorf("print the world: %w", err)
	}
	return found.Err()
}
