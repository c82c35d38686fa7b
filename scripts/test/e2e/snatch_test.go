// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import "os"

// snatch takes each of the names as soon as it is free, now as a directory and now as a link, until it is
// stopped: snatch NAME... Or always as a link to a target: snatch -link TARGET NAME...
func snatch() {
	target, names := "/tmp", os.Args[1:]
	linksOnly := names[0] == "-link"
	if linksOnly {
		target, names = names[1], names[2:]
	}
	for turn := 0; ; turn++ {
		for _, name := range names {
			if linksOnly || turn%2 == 0 {
				os.Symlink(target, name)
			} else {
				os.Mkdir(name, 0o777)
			}
		}
	}
}
