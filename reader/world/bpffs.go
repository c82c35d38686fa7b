// SPDX-License-Identifier: MIT

package world

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
)

func isBPFFS(path string) bool {
	var filesystem unix.Statfs_t
	return unix.Statfs(path, &filesystem) == nil && filesystem.Type == unix.BPF_FS_MAGIC
}

// readBPFFS describes the file system that the pins are on.
func readBPFFS(path string) BPFFS {
	found := BPFFS{Path: path, Mounted: isBPFFS(path), Way: way(path)}
	var filesystem unix.Statfs_t
	if err := unix.Statfs(path, &filesystem); err == nil {
		found.ReadOnly = filesystem.Flags&unix.ST_RDONLY != 0
	}
	own, _ := identityAt("/proc/thread-self/ns/mnt")
	first, err := identityAt("/proc/1/ns/mnt")
	found.Private = err != nil || own != first
	restricted, err := os.ReadFile("/proc/sys/kernel/unprivileged_bpf_disabled")
	found.Unprivileged = err == nil && strings.TrimSpace(string(restricted)) == "0"
	return found
}

// way returns the directories from / to the path, as far as they exist.
func way(path string) (entries []Entry) {
	for ; ; path = filepath.Dir(path) {
		if entry, _ := entryAt(path); entry.Type != Absent {
			entries = append(entries, entry)
		}
		if path == "/" {
			slices.Reverse(entries)
			return entries
		}
	}
}

// pinTree is what is worth knowing about all bpf file systems.
type pinTree struct {
	open     string            // a directory in which others than root may make names
	pinnedAt map[uint32]string // the directories of other dilihs, by the ids of their XDP programs
	names    int
	err      error
}

// maxNames bounds how many names of bpf file systems are looked at.
const maxNames = 100_000

var errTooManyNames = fmt.Errorf("the bpf file systems have more than %d names", maxNames)

// readPinTree walks the bpf file systems of this mount namespace.
func readPinTree() pinTree {
	found := pinTree{pinnedAt: make(map[uint32]string)}
	mounts, err := bpfMounts()
	if err != nil {
		found.err = fmt.Errorf("list the bpf file systems: %w", err)
		return found
	}
	for _, mount := range mounts {
		if err := filepath.WalkDir(mount, found.visit); err != nil {
			found.err = fmt.Errorf("list the bpf file system %s: %w", mount, err)
		}
	}
	return found
}

func (p *pinTree) visit(path string, _ fs.DirEntry, err error) error {
	if p.names++; p.names > maxNames {
		return errTooManyNames
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	entry, err := entryAt(path)
	if err != nil {
		return err
	}
	switch name := filepath.Base(path); {
	case entry.Type == Dir && (entry.UID != 0 || entry.Mode&0o022 != 0):
		p.open = cmp.Or(p.open, path)
	case name == abi.Programs[abi.HookXDP] || name == abi.Programs[abi.HookXDPL3]:
		if err := entry.takePin(path); err == nil && entry.Program != 0 {
			p.pinnedAt[entry.Program] = filepath.Dir(path)
		}
	}
	return nil
}

// bpfMounts returns where bpf file systems are mounted.
func bpfMounts() (mounts []string, err error) {
	table, err := os.Open("/proc/thread-self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer table.Close()
	for lines := bufio.NewScanner(table); ; {
		if !lines.Scan() {
			return mounts, lines.Err()
		}
		if mount := bpfMount(lines.Text()); mount != "" && isBPFFS(mount) {
			mounts = append(mounts, mount)
		}
	}
}

// bpfMount returns the mount point of a line of mountinfo, if it is that of a bpf file system.
func bpfMount(line string) string {
	before, after, found := strings.Cut(line, " - ")
	fields := strings.Fields(before)
	if !found || !strings.HasPrefix(after, "bpf ") || len(fields) < 5 {
		return ""
	}
	return unescapedPath.Replace(fields[4])
}

// unescapedPath undoes how the kernel writes paths.
var unescapedPath = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
