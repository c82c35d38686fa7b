// SPDX-License-Identifier: MIT

package world

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// entryAt describes what is at the path. A symbolic link is not followed.
func entryAt(path string) (Entry, error) {
	var stat unix.Stat_t
	err := unix.Lstat(path, &stat)
	switch {
	case errors.Is(err, unix.ENOENT):
		return Entry{Name: path, Type: Absent}, nil
	case err != nil:
		return Entry{Name: path, Type: Absent}, fmt.Errorf("look at %s: %w", path, err)
	}
	return entryOf(path, &stat), nil
}

func entryOf(name string, stat *unix.Stat_t) Entry {
	entry := Entry{Name: name, Type: File, UID: stat.Uid, GID: stat.Gid, Mode: stat.Mode &^ unix.S_IFMT}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		entry.Type = Dir
	case unix.S_IFLNK:
		entry.Type = Link
	}
	return entry
}

// takePin notes what is pinned at the path, which leads to the entry. What another user has put there is not opened.
func (e *Entry) takePin(path string) error {
	if e.Type != File || e.UID != 0 {
		return nil
	}
	pinned, err := getPinned(path)
	if errors.Is(err, unix.EINVAL) { // a link of BPF, or a file of another file system
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the pin %s: %w", e.Name, err)
	}
	defer pinned.close()
	if err := e.takeObject(pinned); err != nil {
		return fmt.Errorf("read the pin %s: %w", e.Name, err)
	}
	return nil
}

func (e *Entry) takeObject(pinned object) error {
	if !pinned.isMap {
		program, err := pinned.program()
		e.Program, e.Object = program.ID, program.Name
		return err
	}
	info, err := pinned.mapInfo()
	if err != nil {
		return err
	}
	e.Map, e.Object = info.id, textOf(info.name[:])
	e.Frozen, err = pinned.frozen()
	return err
}

// readNames reads the names in an open directory, sorted, each with its entry.
func readNames(directory *os.File) ([]Entry, error) {
	listed, err := directory.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, name := range listed {
		var stat unix.Stat_t
		err := unix.Fstatat(int(directory.Fd()), name.Name(), &stat, unix.AT_SYMLINK_NOFOLLOW)
		if errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, entryOf(name.Name(), &stat))
	}
	return entries, nil
}
