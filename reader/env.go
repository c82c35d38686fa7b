// SPDX-License-Identifier: MIT

package main

import "dilih/reader/watch"

// env is all that the command has to do with the world around it, except the kernel.
type env struct {
	args []string
	watch.World
}
