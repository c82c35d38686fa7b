// SPDX-License-Identifier: MIT

package main

import (
	_ "embed"
	"fmt"

	"github.com/urfave/cli/v2"

	"dilih/reader/advice"
)

// Each asks the program itself what can come next, so that it is never out of date.
var (
	//go:embed completion.bash
	bashCompletion string
	//go:embed completion.zsh
	zshCompletion string
)

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print TAB completion for bash, zsh or fish",
		ArgsUsage: "SHELL",
		Description: "bash: source <(dilih-reader completion bash)\n" +
			"zsh:  source <(dilih-reader completion zsh)\n" +
			"fish: dilih-reader completion fish | source",
		BashComplete: func(c *cli.Context) { fmt.Fprint(c.App.Writer, "bash\nzsh\nfish\n") },
		Action:       printCompletion,
	}
}

func printCompletion(c *cli.Context) (err error) {
	script := ""
	switch shell := c.Args().First(); shell {
	case "bash":
		script = bashCompletion
	case "zsh":
		script = zshCompletion
	case "fish":
		script, err = c.App.ToFishCompletion()
	default:
		return advice.Usagef("which shell? there are bash, zsh and fish, not %q", shell)
	}
	if err == nil {
		_, err = fmt.Fprint(c.App.Writer, script)
	}
	return err
}
