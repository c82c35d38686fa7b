// SPDX-License-Identifier: MIT

package world

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
)

// readDirectory reads a directory of pins. What is not root's is not entered: another user may have put it there.
func readDirectory(path string) Directory {
	var found Directory
	var opened *os.File
	var err error
	if found.Entry, err = entryAt(path); err == nil {
		opened, err = found.open()
	}
	if opened != nil {
		defer opened.Close()
		err = found.read(opened)
	}
	found.Error = textOfError(err)
	return found
}

// open opens the directory, if it is one of root's on a bpf file system, and describes what was opened.
func (d *Directory) open() (*os.File, error) {
	if d.Type == File && isBPFFS(d.Name) {
		return nil, d.takePin(d.Name)
	}
	if d.Type != Dir || d.UID != 0 {
		return nil, nil
	}
	opened, err := os.OpenFile(d.Name, unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	var stat unix.Stat_t
	if err := unix.Fstat(int(opened.Fd()), &stat); err != nil {
		opened.Close()
		return nil, fmt.Errorf("stat %s: %w", d.Name, err)
	}
	d.Entry, d.Inode = entryOf(d.Name, &stat), stat.Ino
	d.Age = uint64(max(0, time.Since(time.Unix(stat.Mtim.Unix()))))
	if d.UID != 0 || !isBPFFS(fmt.Sprintf("/proc/self/fd/%d", opened.Fd())) {
		opened.Close()
		return nil, nil
	}
	return opened, nil
}

// read reads what is in the open directory. One pin that cannot be opened leaves the others complete.
func (d *Directory) read(opened *os.File) (err error) {
	if d.Inside, err = readNames(opened); err != nil {
		return fmt.Errorf("list %s: %w", d.Name, err)
	}
	slices.SortFunc(d.Inside, func(a, b Entry) int { return cmp.Compare(a.Name, b.Name) })
	var refused error
	for i := range d.Inside {
		entry := &d.Inside[i]
		// Through the open directory, because another one may stand at its path by now.
		if err := entry.takePin(fmt.Sprintf("/proc/self/fd/%d/%s", opened.Fd(), entry.Name)); err != nil {
			refused = cmp.Or(refused, err)
		}
	}
	if d.has(abi.ControlMap) {
		if d.Control, err = readControl(fmt.Sprintf("/proc/self/fd/%d", opened.Fd())); err != nil {
			refused = cmp.Or(refused, fmt.Errorf("read %s/%s: %w", d.Name, abi.ControlMap, err))
		}
	}
	return refused
}

// has reports whether a map of that name is pinned under that name.
func (d *Directory) has(name string) bool {
	return slices.ContainsFunc(d.Inside, func(entry Entry) bool {
		return entry.Name == name && entry.Object == name && entry.Map != 0
	})
}
