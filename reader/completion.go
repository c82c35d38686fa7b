// SPDX-License-Identifier: MIT

package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"dilih/reader/usage"
)

// Each asks the program itself what can come next, so that it is never out of date.
var (
	//go:embed completion.bash
	bashCompletion string
	//go:embed completion.zsh
	zshCompletion string
)

func completionCommand(program string) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print TAB completion for bash, zsh or fish",
		ArgsUsage: "SHELL",
		Description: strings.ReplaceAll("bash: source <(PROGRAM completion bash)\n"+
			"zsh:  source <(PROGRAM completion zsh)\n"+
			"fish: PROGRAM completion fish | source", "PROGRAM", program),
		BashComplete: func(c *cli.Context) { fmt.Fprint(c.App.Writer, "bash\nzsh\nfish\n") },
		Action:       printCompletion,
	}
}

func printCompletion(c *cli.Context) (err error) {
	name := c.App.Name
	named := strings.NewReplacer(readerName, name, "dilih_reader", strings.ReplaceAll(name, "-", "_"))
	script := ""
	switch shell := c.Args().First(); shell {
	case "bash":
		script = named.Replace(bashCompletion)
	case "zsh":
		script = named.Replace(zshCompletion)
	case "fish":
		script, err = fishCompletion(c.App)
	default:
		return usage.Errorf("which shell? there are bash, zsh and fish, not %q", shell)
	}
	if err == nil {
		_, err = fmt.Fprint(c.App.Writer, script)
	}
	return err
}

// fishCompletion is that of cli, which has commands and options, and beside it the arguments that a command knows.
func fishCompletion(app *cli.App) (string, error) {
	script, err := app.ToFishCompletion()
	for _, command := range app.VisibleCommands() {
		if command.BashComplete != nil {
			script += fmt.Sprintf("complete -c %s -n '__fish_seen_subcommand_from %s' -a '(%[1]s %[2]s --generate-bash-completion)'\n", app.Name, command.Name)
		}
	}
	return script, err
}
