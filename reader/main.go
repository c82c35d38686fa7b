// SPDX-License-Identifier: MIT

//go:build !man

// Command dilih-reader watches what dilih does to the packets. Called by the name dilih, it is the command dilih.
package main

import (
	"errors"
	"fmt"
	"os"

	"dilih/reader/advice"
	"dilih/reader/privileges"
	"dilih/reader/usage"
	"dilih/reader/watch"
)

func main() {
	world := watch.World{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, GiveUp: privileges.GiveUp}
	os.Exit(run(env{os.Args, world}))
}

// run is the whole program. It returns the exit code.
func run(env env) int {
	program := newProgram(env)
	err := program.Run(env.args)
	if err == nil {
		return advice.Fine
	}
	if told := advice.Told(0); errors.As(err, &told) {
		return int(told)
	}
	a := advice.For(err)
	if errors.Is(err, usage.Err) && a.Do == "" {
		a.Do = "see " + program.HelpCommand()
	}
	fmt.Fprintf(env.Stderr, "%s: %s\n", program.Name, a.What)
	if a.Do != "" {
		fmt.Fprintln(env.Stderr, "  "+a.Do)
	}
	return a.Code
}
