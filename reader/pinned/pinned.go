// SPDX-License-Identifier: MIT

// Package pinned opens a directory of pins, checks that it is what this reader was built for, and
// reads the kernel's counters out of it. It changes nothing.
package pinned

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
)

// DefaultPath is where `make` pins what it loads, if it is not told otherwise.
const DefaultPath = "/sys/fs/bpf/dilih"

// ErrNotLoaded means that there is no dilih where it was looked for.
var ErrNotLoaded = errors.New("nothing is loaded")

// ErrIncomplete means that some of the pins have been removed. It wraps ErrNotLoaded.
var ErrIncomplete = fmt.Errorf("%w, or not all of it", ErrNotLoaded)

// ErrClosed means that this process may not have the events, whatever else it may.
var ErrClosed = errors.New("this user may not open the events")

// ErrFrozen means that no ring can be put into the perf map any more.
var ErrFrozen = errors.New("somebody has frozen the event map")

// Pins are the maps of one pin directory, open for reading. Close them after use. What was opened
// stays readable when the pins are removed.
type Pins struct {
	Path string // of the directory

	directory *os.File // as it was when opened
	lock      *os.File // held by the one reader of the events; nil before Lock
	maps      map[string]*ebpf.Map
}

// Open opens the pins in the directory at path and checks the shape of each.
//
// The error wraps ErrNotLoaded, ErrVersion or os.ErrPermission where one of them is the reason.
func Open(path string) (_ *Pins, err error) {
	directory, err := openDirectory(path)
	if err != nil {
		return nil, err
	}
	pins := &Pins{Path: path, directory: directory, maps: make(map[string]*ebpf.Map)}
	defer func() {
		if err != nil {
			pins.Close()
		}
	}()
	for _, shape := range counterMaps {
		if err := pins.open(shape); err != nil {
			return nil, err
		}
	}
	return pins, nil
}

// Close lets go of the maps and of the lock.
func (p *Pins) Close() error {
	for _, m := range p.maps {
		m.Close()
	}
	if p.lock != nil {
		p.lock.Close()
	}
	return p.directory.Close()
}

// openDirectory opens the directory of pins. A file of a pin pattern before this one, and anything
// outside a bpffs, are told apart here: the kernel would call both "permission denied".
func openDirectory(path string) (*os.File, error) {
	directory, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY, 0)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("%w: no pins at %s", ErrNotLoaded, path)
	case errors.Is(err, unix.ENOTDIR):
		return nil, fmt.Errorf("%w: %s is a file, expected a directory of pins", ErrVersion, path)
	case err != nil:
		return nil, fmt.Errorf("open the pin directory: %w", err)
	}
	if err := checkDirectory(directory); err != nil {
		directory.Close()
		return nil, err
	}
	return directory, nil
}

// checkDirectory says whether make can have made it. What another user pins, numbers and events, is not
// for the eyes of those who asked for dilih's.
func checkDirectory(directory *os.File) error {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(directory.Fd()), &fs); err != nil {
		return fmt.Errorf("look at the file system of %s: %w", directory.Name(), err)
	}
	if fs.Type != unix.BPF_FS_MAGIC {
		return fmt.Errorf("%w: %s is not on a bpffs", ErrNotLoaded, directory.Name())
	}
	var stat unix.Stat_t
	if err := unix.Fstat(int(directory.Fd()), &stat); err != nil {
		return fmt.Errorf("look at %s: %w", directory.Name(), err)
	}
	if stat.Uid != 0 {
		return fmt.Errorf("%w: %s belongs to user %d, and not to root", ErrNotLoaded, directory.Name(), stat.Uid)
	}
	return nil
}

func (p *Pins) open(shape shape) error {
	m, err := p.load(shape, &ebpf.LoadPinOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	p.maps[shape.name] = m
	return nil
}

func (p *Pins) load(shape shape, options *ebpf.LoadPinOptions) (*ebpf.Map, error) {
	path := filepath.Join(p.Path, shape.name)
	m, err := ebpf.LoadPinnedMap(path, options)
	if errors.Is(err, os.ErrNotExist) {
		missing := ErrIncomplete
		if shape.name == counterMaps[0].name {
			missing = ErrNotLoaded
		}
		return nil, fmt.Errorf("%w: %s is missing", missing, path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the map pinned at %s: %w", path, err)
	}
	if err := shape.check(path, m); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// EventMap opens the perf map. It has to be open for writing, since a reader puts its rings into it:
// take Lock first. The caller closes it. The error wraps ErrFrozen or ErrClosed where that is the reason.
func (p *Pins) EventMap() (*ebpf.Map, error) {
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return nil, fmt.Errorf("count the possible CPUs: %w", err)
	}
	m, err := p.load(eventMap(cpus), nil)
	if errors.Is(err, unix.EACCES) {
		return nil, fmt.Errorf("%w: %w", ErrClosed, err)
	}
	if err != nil {
		return nil, err
	}
	if info, err := m.Info(); err == nil && info.Frozen() {
		m.Close()
		return nil, fmt.Errorf("%w pinned at %s", ErrFrozen, filepath.Join(p.Path, abi.OutputMap))
	}
	return m, nil
}

// Loaded is an error that wraps ErrNotLoaded when the pins of the programs are gone. The open directory
// tells, even those who may not open what is in it.
func (p *Pins) Loaded() error {
	if _, err := p.directory.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("look into %s: %w", p.Path, err)
	}
	names, err := p.directory.Readdirnames(-1)
	isProgram := func(name string) bool { return slices.Contains(abi.Programs[:], name) }
	if errors.Is(err, os.ErrNotExist) || err == nil && !slices.ContainsFunc(names, isProgram) {
		return fmt.Errorf("%w: %s is gone", ErrNotLoaded, filepath.Join(p.Path, abi.Programs[abi.HookXDP]))
	}
	if err != nil {
		return fmt.Errorf("look into %s: %w", p.Path, err)
	}
	return nil
}

// SameMaps says whether the counters of both are the same maps, however they are pinned.
func (p *Pins) SameMaps(other *Pins) bool {
	return mapID(p.maps[abi.TotalsMap]) == mapID(other.maps[abi.TotalsMap])
}

func mapID(m *ebpf.Map) ebpf.MapID {
	info, err := m.Info()
	if err != nil {
		return 0
	}
	id, _ := info.ID()
	return id
}

// Moved says whether another directory now stands at the path: what was opened is not what is
// loaded any more.
func (p *Pins) Moved() bool {
	now, err := os.Stat(p.Path)
	if err != nil {
		return false
	}
	was, err := p.directory.Stat()
	return err == nil && !os.SameFile(now, was)
}
