// SPDX-License-Identifier: MIT

package main

import "github.com/urfave/cli/v2"

func planCommand() *cli.Command {
	return &cli.Command{Name: "plan", Usage: "print the bpftool batch that puts faults in force"}
}

func predictCommand() *cli.Command {
	return &cli.Command{Name: "predict", Usage: "print which packets of a flow will fall"}
}
