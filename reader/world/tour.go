// SPDX-License-Identifier: MIT

package world

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
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

	seen map[identity]bool

	mutex      sync.Mutex // guards what follows
	namespaces []Namespace
}

// newTour begins with the namespace of this thread.
func newTour(ctx context.Context, marked map[uint64]bool) (*tour, error) {
	own, err := identityAt(ownPath)
	if err != nil {
		return nil, err
	}
	t := &tour{ctx: ctx, own: own, marked: marked, seen: make(map[identity]bool)}
	t.visit(ownPath)
	return t, nil
}

// visitKnown visits the namespaces that have a name, and those that marks name and a process is in.
func (t *tour) visitKnown() {
	paths, err := namedPlaces(t.marked)
	if err != nil {
		t.err = fmt.Errorf("list the named network namespaces: %w", err)
	}
	t.visit(paths...)
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
	t.visit(paths...)
	return err
}

// place is an open namespace.
type place struct {
	*os.File
	id    identity
	found Namespace
}

// visit reads the namespaces at these paths, unless they have been read, with a scout for each CPU. What is no
// namespace, or gone, is none.
func (t *tour) visit(paths ...string) {
	places := make(chan place)
	var scouts sync.WaitGroup
	for range min(len(paths), runtime.GOMAXPROCS(0)) {
		scouts.Go(func() {
			scout := newScout()
			defer func() { close(scout) }()
			for place := range places {
				t.read(&scout, place)
			}
		})
	}
	for _, path := range paths {
		if place, unread := t.open(path); unread {
			places <- place
		}
	}
	close(places)
	scouts.Wait()
}

// open opens the namespace at the path, and reports whether it is to be read.
func (t *tour) open(path string) (p place, unread bool) {
	opened, id, err := openNamespace(path)
	if errors.Is(err, errNoNamespace) || errors.Is(err, fs.ErrNotExist) {
		return p, false
	}
	found := Namespace{Inode: id.inode, Own: err == nil && id == t.own, Path: path}
	switch {
	case err != nil:
		t.add(found, err)
		return p, false
	case t.seen[id]:
		opened.Close()
		t.name(id, path)
		return p, false
	}
	t.seen[id] = true
	return place{opened, id, found}, true
}

// read reads the devices in an open namespace, which the scout closes.
func (t *tour) read(scout *scout, p place) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	devices, err := scout.inside(ctx, p.File, p.id, func(ctx context.Context) ([]Device, error) {
		devices, err := readDevices(ctx)
		if p.found.Own || t.marked[p.id.inode] {
			readCreations(ctx, devices)
		}
		return devices, err
	})
	p.found.Devices = devices
	t.add(p.found, err)
}

func (t *tour) add(found Namespace, err error) {
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("its devices could not be read in time: %w", err)
	}
	found.Error = textOfError(err)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.namespaces = append(t.namespaces, found)
}

// name gives the own namespace, which was visited first, the name that it has.
func (t *tour) name(id identity, path string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	own := &t.namespaces[0]
	if id == t.own && own.Path == ownPath && filepath.Dir(path) == named {
		own.Path = path
	}
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
