// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strings"

	"dilih/reader/fault"

	"github.com/urfave/cli/v2"
)

// argumentFaults reads the arguments, each a line.
func argumentFaults(c *cli.Context) ([]fault.Fault, error) {
	faults, err := fault.Parse("fault", strings.Join(c.Args().Slice(), "\n"))
	if err != nil && c.NArg() > 1 {
		return nil, fmt.Errorf("%w\neach argument is a fault of its own: quote what belongs together", err)
	}
	return faults, err
}
