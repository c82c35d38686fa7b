// SPDX-License-Identifier: MIT

// Command dilih-reader watches what dilih does to the packets.
package main

import (
	"fmt"
	"io"
	"os"

	"kernel.org/pub/linux/libs/security/libcap/cap"

	"dilih/reader/advice"
	"dilih/reader/privileges"
)

// env is all that the command has to do with the world around it, but for the kernel.
type env struct {
	args           []string
	stdout, stderr io.Writer
	giveUp         func(keep ...cap.Value) error // as privileges.GiveUp
}

func main() {
	os.Exit(run(env{os.Args, os.Stdout, os.Stderr, privileges.GiveUp}))
}

// run is the whole command. It returns the exit code.
func run(env env) int {
	err := newApp(env).Run(env.args)
	if err == nil {
		return advice.Fine
	}
	a := advice.For(err)
	fmt.Fprintln(env.stderr, "dilih-reader:", a.What)
	if a.Do != "" {
		fmt.Fprintln(env.stderr, "  "+a.Do)
	}
	return a.Code
}
