// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import "os"

// snatch takes each of the names as soon as it is free, now as a directory and now as a link, until it is
// stopped: snatch NAME...
func snatch() {
	for turn := 0; ; turn++ {
		for _, name := range os.Args[1:] {
			if turn%2 == 0 {
				os.Mkdir(name, 0o777)
			} else {
				os.Symlink("/tmp", name)
			}
		}
	}
}
