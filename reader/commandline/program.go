// SPDX-License-Identifier: MIT

// Package commandline is what the programs dilih and dilih-reader share: their options may stand before, between and
// after the arguments, their errors name the option and the help for it, and TAB completes both.
package commandline

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// completionFlag is the last word of a command line that a shell wants completed.
const completionFlag = "--generate-bash-completion"

// Program is a command line of cli.
type Program struct {
	*cli.App
	// Words names, by command, the options for which its arguments stand, in their order. Such a command also sees
	// the -- that separates its arguments from a command to run.
	Words map[string][]string

	command *cli.Command // the one that was called, if any
}

// New completes an app that has a name, help, flags, commands and the action for when no command is given. cli would
// exit by itself, print help instead of errors and ignore unknown commands: all of that is switched off here.
func New(app *cli.App, words map[string][]string) *Program {
	app.HideHelpCommand = true
	app.EnableBashCompletion = true
	app.DisableSliceFlagSeparator = true
	app.ExitErrHandler = func(*cli.Context, error) {}
	app.OnUsageError = usageError
	app.Flags = append(app.Flags, cli.HelpFlag) // which cli leaves out where there is a command help
	for _, command := range app.Commands {
		command.HideHelpCommand = true
		command.OnUsageError = usageError
		command.UsageText = strings.TrimSpace(app.Name + " " + command.Name + " " + command.ArgsUsage)
		if command.CustomHelpTemplate == "" {
			command.CustomHelpTemplate = commandHelp
		}
	}
	action := app.Action
	app.Action = func(c *cli.Context) error {
		if c.Args().Present() {
			return noSuchCommand(c.App, c.Args().First())
		}
		return action(c)
	}
	return &Program{App: app, Words: words}
}

// Run runs the command that args ask for; args[0] is the name of the program.
func (p *Program) Run(args []string) error {
	last := len(args) - 1
	if last > 0 && args[last] == completionFlag {
		return p.complete(args[:last])
	}
	return p.App.Run(p.order(args))
}

// complete prints what can come next. At the end of the line, -- begins an option. Elsewhere it ends them, and what
// follows is a command of the caller's, which must not run now.
func (p *Program) complete(args []string) error {
	if last := len(args) - 1; args[last] == "--" {
		args = args[:last]
	}
	if slices.Contains(args, "--") {
		return nil
	}
	return p.App.Run(append(slices.Clone(args), completionFlag))
}

// HelpCommand returns the command that prints the help.
func (p *Program) HelpCommand() string {
	if p.command == nil || p.command.Name == helpName {
		return p.Name + " --help"
	}
	return p.Name + " " + p.command.Name + " --help"
}

const helpName = "help"

// Help returns the command help.
func Help() *cli.Command {
	return &cli.Command{
		Name:      helpName,
		Usage:     "print this help, or that of COMMAND",
		ArgsUsage: "[COMMAND]",
		Action: func(c *cli.Context) error {
			name := c.Args().First()
			switch {
			case name == "":
				return cli.ShowAppHelp(c)
			case c.App.Command(name) == nil:
				return noSuchCommand(c.App, name)
			}
			return cli.ShowCommandHelp(c, name)
		},
	}
}

// commandHelp is the help of a command.
const commandHelp = `{{.UsageText}}

{{or .Description .Usage}}

{{range .VisibleFlags}}{{printf "  --%-10s %s" (index .Names 0) .GetUsage}}
{{end}}`
