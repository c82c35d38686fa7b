// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"dilih/reader/advice"
	"dilih/reader/runner"
	"dilih/reader/usage"

	"github.com/urfave/cli/v2"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name:  "run",
		Usage: "run a command while faults are active, for dilih run",
		Description: `Runs the command while the faults are active that the settings among the WORDs
ask for. The WORDs are options and arguments of env, such as -u DEV or
FAULT='drop 5%', so that the command keeps the environment of the caller.`,
		Hidden:          true,
		SkipFlagParsing: true,
		Action:          asVerb(runAction),
	}
}

func runAction(c *cli.Context) error {
	words := c.Args().Slice()
	end := slices.Index(words, "--")
	if end < 0 || end == len(words)-1 {
		return usage.Errorf("run needs a command after --")
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the scripts: %w", err)
	}
	keep := append([]string{"env"}, append(words[:end:end], filepath.Join(filepath.Dir(self), "scripts/keep"))...)
	status, err := runner.Run(keep, words[end+1:], c.App.ErrWriter)
	if err == nil && status != 0 {
		err = advice.Told(status)
	}
	return err
}
