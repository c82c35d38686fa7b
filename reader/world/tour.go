// SPDX-License-Identifier: MIT

package world

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// How long to wait for one network namespace, and for all. Their owners can make them as large as they like.
const (
	patience     = 2 * time.Second
	wholePatient = 10 * time.Second
)

// tour is a pass over network namespaces.
type tour struct {
	ctx    context.Context
	own    identity
	marked map[uint64]bool // where something of ours is, or was
	err    error           // why there may be more

	mutex      sync.Mutex // guards what follows
	seen       map[identity]bool
	namespaces []Namespace
}

// newTour begins with the namespace of this thread.
func newTour(ctx context.Context, marked map[uint64]bool) (*tour, error) {
	own, err := identityAt(ownPath)
	if err != nil {
		return nil, err
	}
	t := &tour{ctx: ctx, own: own, marked: marked, seen: make(map[identity]bool)}
	scout := newScout()
	defer func() { close(scout) }()
	t.visit(&scout, ownPath)
	return t, nil
}

// visitAll visits the namespaces at these paths, with a scout for each CPU.
func (t *tour) visitAll(paths ...string) {
	rest := make(chan string)
	var scouts sync.WaitGroup
	for range min(len(paths), runtime.GOMAXPROCS(0)) {
		scouts.Go(func() {
			scout := newScout()
			defer func() { close(scout) }()
			for path := range rest {
				t.visit(&scout, path)
			}
		})
	}
	for _, path := range paths {
		rest <- path
	}
	close(rest)
	scouts.Wait()
}

// visitKnown visits the namespaces that have a name, and those that marks name and a process is in.
func (t *tour) visitKnown() {
	paths, err := namedPlaces(t.marked)
	if err != nil {
		t.err = fmt.Errorf("list the named network namespaces: %w", err)
	}
	t.visitAll(paths...)
	missing := t.missing()
	if len(missing) == 0 {
		return
	}
	err = t.visitProcesses(func(id identity) bool { return missing[id.inode] })
	if errors.Is(err, fs.ErrPermission) && readRights().full() {
		err = nil // that process keeps away from root, who cannot have attached anything there
	}
	if err != nil && len(t.missing()) > 0 {
		t.err = err
	}
}

// missing returns the marked namespaces that were not visited.
func (t *tour) missing() map[uint64]bool {
	missing := maps.Clone(t.marked)
	for id := range t.seen {
		delete(missing, id.inode)
	}
	return missing
}

// visitProcesses visits the wanted namespaces that processes are in. The error says that there may be more.
func (t *tour) visitProcesses(wanted func(identity) bool) error {
	paths, err := processPlaces(func(id identity) bool { return !t.seen[id] && wanted(id) })
	t.visitAll(paths...)
	return err
}

// visit reads the namespace at the path, unless it has been read. What is no namespace, or gone, is none.
func (t *tour) visit(scout *scout, path string) {
	opened, id, err := openNamespace(path)
	if errors.Is(err, errNoNamespace) || errors.Is(err, fs.ErrNotExist) {
		return
	}
	found := Namespace{Inode: id.inode, Own: err == nil && id == t.own, Path: path}
	if err == nil {
		defer opened.Close()
		if t.isSeen(id, path) {
			return
		}
		ctx, cancel := context.WithTimeout(t.ctx, patience)
		defer cancel()
		found.Devices, err = scout.inside(ctx, opened, id, func(ctx context.Context) ([]Device, error) {
			devices, err := readDevices(ctx)
			if found.Own || t.marked[id.inode] {
				readCreations(ctx, devices)
			}
			return devices, err
		})
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("its devices could not be read in time: %w", err)
	}
	found.Error = textOfError(err)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.namespaces = append(t.namespaces, found)
}

// isSeen reports whether the namespace was visited before, and notes that it is. The own one, which is visited first,
// gets the name that it has.
func (t *tour) isSeen(id identity, path string) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if !t.seen[id] {
		t.seen[id] = true
		return false
	}
	if own := &t.namespaces[0]; id == t.own && own.Path == ownPath && filepath.Dir(path) == named {
		own.Path = path
	}
	return true
}

// readDevices reads the devices of the namespace of this thread.
func readDevices(ctx context.Context) ([]Device, error) {
	route, err := openRoute(ctx)
	if err != nil {
		return nil, fmt.Errorf("open a netlink socket: %w", err)
	}
	defer route.close()
	devices, err := route.devices()
	if err != nil {
		return nil, err
	}
	if err := route.readQdiscs(devices); err != nil {
		return nil, err
	}
	for i := range devices {
		device := &devices[i]
		if !device.Clsact {
			continue
		}
		if err := route.readFilters(device); err != nil {
			device.Error = err.Error()
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return devices, nil
}
