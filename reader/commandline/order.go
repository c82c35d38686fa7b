// SPDX-License-Identifier: MIT

package commandline

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// order returns args as cli takes them: the command, its options, --, its arguments. Without a command, they stay as
// they are.
func (p *Program) order(args []string) []string {
	var options, words []string
	given := make(map[string]bool)
	rest := args[1:]
	for len(rest) > 0 && rest[0] != "--" {
		word := rest[0]
		rest = rest[1:]
		switch {
		case isOption(word):
			options = append(options, word)
			given[nameOf(word)] = true
			if !p.takesNext(word) {
				continue
			}
			if len(rest) == 0 {
				return p.arrange(args[0], options) // nothing may follow that cli would take for the value
			}
			options, rest = append(options, rest[0]), rest[1:]
		case p.command == nil:
			if p.command = p.Command(word); p.command == nil || p.command.SkipFlagParsing {
				return args
			}
		default:
			if option := p.optionFor(given); option != "" {
				options = append(options, "--"+option+"="+word)
				given[option] = true
			} else {
				words = append(words, word)
			}
		}
	}
	if p.command == nil {
		return args
	}
	if given["help"] || given["h"] {
		return p.arrange(args[0], options) // cli would take an argument for what the help is to be about
	}
	if _, separates := p.Words[p.command.Name]; !separates && len(rest) > 0 {
		rest = rest[1:]
	}
	return p.arrange(args[0], options, []string{"--"}, words, rest)
}

// arrange puts the program and the command in front of the other words.
func (p *Program) arrange(program string, words ...[]string) []string {
	start := []string{program}
	if p.command != nil {
		start = append(start, p.command.Name)
	}
	return slices.Concat(start, slices.Concat(words...))
}

// optionFor returns the option for which the next argument stands.
func (p *Program) optionFor(given map[string]bool) string {
	for _, option := range p.Words[p.command.Name] {
		if !given[option] {
			return option
		}
	}
	return ""
}

func isOption(word string) bool {
	return len(word) > 1 && word[0] == '-'
}

// nameOf returns the name of an option without dashes and value.
func nameOf(option string) string {
	name, _, _ := strings.Cut(strings.TrimLeft(option, "-"), "=")
	return name
}

// takesNext reports whether the word after an option is its value. Before the command it is not known whose option it
// is; options of one name are alike in this.
func (p *Program) takesNext(option string) bool {
	if strings.Contains(option, "=") {
		return false
	}
	if p.command != nil {
		return takesValue(p.command.Flags, nameOf(option))
	}
	return takesValue(p.Flags, nameOf(option)) || slices.ContainsFunc(p.Commands, func(command *cli.Command) bool {
		return takesValue(command.Flags, nameOf(option))
	})
}

func takesValue(flags []cli.Flag, name string) bool {
	return slices.ContainsFunc(flags, func(flag cli.Flag) bool {
		described, ok := flag.(cli.DocGenerationFlag)
		return ok && described.TakesValue() && slices.Contains(flag.Names(), name)
	})
}
