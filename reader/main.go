// SPDX-License-Identifier: MIT

//go:build !man

// Command dilih-reader watches what dilih does to the packets.
package main

import (
	"fmt"
	"os"

	"dilih/reader/advice"
	"dilih/reader/privileges"
	"dilih/reader/watch"
)

func main() {
	world := watch.World{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, GiveUp: privileges.GiveUp}
	os.Exit(run(env{os.Args, world}))
}

// run is the whole command. It returns the exit code.
func run(env env) int {
	err := newApp(env).Run(env.args)
	if err == nil {
		return advice.Fine
	}
	a := advice.For(err)
	fmt.Fprintln(env.Stderr, "dilih-reader:", a.What)
	if a.Do != "" {
		fmt.Fprintln(env.Stderr, "  "+a.Do)
	}
	return a.Code
}
