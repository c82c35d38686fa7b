// SPDX-License-Identifier: MIT

package world

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// named is where `ip netns` keeps network namespaces that have a name.
const named = "/run/netns"

// marked returns the inodes of the network namespaces that marks among the pins name: netns-INODE.
func marked(directories ...Directory) map[uint64]bool {
	inodes := make(map[uint64]bool)
	for _, directory := range directories {
		for _, entry := range directory.Inside {
			number, found := strings.CutPrefix(entry.Name, "netns-")
			inode, err := strconv.ParseUint(number, 10, 64)
			if found && err == nil && entry.Type == Dir {
				inodes[inode] = true
			}
		}
	}
	return inodes
}

// namedPlaces returns the paths of the network namespaces that have a name: the wanted ones first, because one that
// does not answer takes time from the later ones.
func namedPlaces(wanted map[uint64]bool) ([]string, error) {
	entries, err := os.ReadDir(named)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var first, rest []string
	for _, entry := range entries {
		path := filepath.Join(named, entry.Name())
		if id, err := identityAt(path); err == nil && wanted[id.inode] {
			first = append(first, path)
		} else {
			rest = append(rest, path)
		}
	}
	return append(first, rest...), nil
}

// processPlaces returns a path to each network namespace that a process is in and that is wanted. The error says that
// there may be more.
func processPlaces(wanted func(identity) bool) (paths []string, err error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	known := make(map[identity]bool)
	for _, entry := range entries {
		if _, notProcess := strconv.Atoi(entry.Name()); notProcess != nil {
			continue
		}
		path := filepath.Join("/proc", entry.Name(), "ns/net")
		id, failed := identityAt(path)
		switch {
		case errors.Is(failed, unix.ENOENT) || errors.Is(failed, unix.ESRCH): // it has ended
		case failed != nil:
			err = fmt.Errorf("the network namespace of process %s: %w", entry.Name(), failed)
		case !known[id] && wanted(id):
			known[id] = true
			paths = append(paths, path)
		}
	}
	return paths, err
}

// sortNamespaces puts the own one first, then those with a name by name, then those of processes.
func sortNamespaces(namespaces []Namespace) {
	slices.SortFunc(namespaces, func(a, b Namespace) int {
		if a.Own != b.Own {
			if a.Own {
				return -1
			}
			return 1
		}
		aNamed, bNamed := filepath.Dir(a.Path) == named, filepath.Dir(b.Path) == named
		if aNamed != bNamed {
			if aNamed {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Path, b.Path)
	})
}
