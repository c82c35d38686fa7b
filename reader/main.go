// SPDX-License-Identifier: MIT

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
	os.Exit(run(env{os.Args, watch.World{Stdout: os.Stdout, Stderr: os.Stderr, GiveUp: privileges.GiveUp}}))
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
