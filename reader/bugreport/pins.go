// SPDX-License-Identifier: MIT

package bugreport

import (
	"io/fs"

	"dilih/reader/world"
)

func (r *report) pins(found world.World) {
	if !found.BPFFS.Mounted {
		r.line("%s is not on a bpf file system", found.BPFFS.Path)
	}
	for _, entry := range found.BPFFS.Way {
		if entry.Name == found.BPFFS.Path {
			r.entry(entry, "")
		}
	}
	r.entry(found.Lock, "")
	for _, directory := range []world.Directory{found.Pinned, found.New, found.Old} {
		r.entry(directory.Entry, "")
		for _, entry := range directory.Inside {
			r.entry(entry, directory.Name+"/")
		}
	}
	if found.Pinned.Type == world.Absent && found.Pinned.Error == "" {
		r.line("nothing is pinned at %s", found.Pinned.Name)
	}
}

// entry tells of a name in a directory.
func (r *report) entry(entry world.Entry, directory string) {
	if entry.Type == world.Absent || entry.Type == "" {
		return
	}
	mode := fs.FileMode(entry.Mode & 0o777)
	for bit, flag := range map[uint32]fs.FileMode{0o1000: fs.ModeSticky, 0o2000: fs.ModeSetgid, 0o4000: fs.ModeSetuid} {
		if entry.Mode&bit != 0 {
			mode |= flag
		}
	}
	switch entry.Type {
	case world.Dir:
		mode |= fs.ModeDir
	case world.Link:
		mode |= fs.ModeSymlink
	}
	r.line("%v %d %d %s", mode, entry.UID, entry.GID, directory+entry.Name)
}
