// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"

	"dilih/reader/advice"

	"github.com/urfave/cli/v2"
)

// asVerb has a command speak as the scripts of the verbs do.
func asVerb(action cli.ActionFunc) cli.ActionFunc {
	return func(c *cli.Context) error {
		err := action(c)
		if told := advice.Told(0); err == nil || errors.As(err, &told) {
			return err
		}
		a := advice.For(err)
		text := a.What
		if a.Do != "" && a.Code != advice.Usage {
			text += "\n  " + a.Do
		}
		fmt.Fprintln(c.App.ErrWriter, "dilih:", text)
		return advice.Told(a.Code)
	}
}
