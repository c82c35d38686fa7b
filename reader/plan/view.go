// SPDX-License-Identifier: MIT

package plan

import (
	"slices"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

// place is a device in its namespace.
type place struct {
	namespace *world.Namespace
	*world.Device
}

// places are all devices that can be changed.
func (p *planner) places(yield func(place) bool) {
	for i := range p.Namespaces {
		namespace := &p.Namespaces[i]
		if namespace.Error != "" {
			continue
		}
		for j := range namespace.Devices {
			device := &namespace.Devices[j]
			if len(p.wish.Failed) > 0 && p.wish.failedAt(namespace.Inode, device.Index) {
				continue
			}
			if !yield(place{namespace, device}) {
				return
			}
		}
	}
}

// at finds a device that can be changed.
func (p *planner) at(where Place) (place, bool) {
	for found := range p.places {
		if found.namespace.Inode == where.Namespace && found.Index == where.Device {
			return found, true
		}
	}
	return place{}, false
}

// String names the device, and where it is if that is not here.
func (p place) String() string { return p.Name + p.namespaceText() }

func (p place) namespaceText() string { return p.namespace.In() }

// directories are those of pins, in the order in which a program belongs to one of them: those in PIN-new may use the
// control map in PIN.
func (p *planner) directories() [3]*world.Directory {
	return [3]*world.Directory{&p.New, &p.Pinned, &p.Old}
}

// owner is the directory that the program belongs to, or nil if it is not ours.
func (p *planner) owner(program uint32) *world.Directory {
	if program == 0 {
		return nil
	}
	for _, dir := range p.directories() {
		if slices.ContainsFunc(dir.Inside, func(entry world.Entry) bool { return entry.Program == program }) {
			return dir
		}
	}
	for _, known := range p.Programs {
		if known.ID != program {
			continue
		}
		for _, dir := range p.directories() {
			if dir.Control != nil && dir.Control.Map == known.Control {
				return dir
			}
		}
	}
	return nil
}

// ourXDP is the program of ours on the device, or nil.
func (p *planner) ourXDP(device *world.Device) *world.XDP {
	for i := range device.XDP {
		if p.owner(device.XDP[i].Program) != nil {
			return &device.XDP[i]
		}
	}
	return nil
}

// The handles of our filters, which nobody else will think of, and of the qdisc where packets wait.
const (
	decidingHandle = 0xd111
	waitingHandle  = 0xd112
	queueHandle    = 0xd111_0000
)

// decidingFilter is our filter that decides, or nil.
func (p *planner) decidingFilter(device *world.Device, direction abi.Direction) *world.Filter {
	return findFilter(device, direction, func(f *world.Filter) bool {
		return f.Handle == decidingHandle && f.Object != abi.DuplicateProgram && p.owner(f.Program) != nil
	})
}

// waitingFilter is our filter that takes packets to a queue, or nil. Its program uses no map, so it may have outlived
// its pin without being known any more: the handle and the program's name tell.
func (p *planner) waitingFilter(device *world.Device, direction abi.Direction) *world.Filter {
	return findFilter(device, direction, func(f *world.Filter) bool {
		return f.Handle == waitingHandle && (f.Object == abi.QueueProgram || p.owner(f.Program) != nil)
	})
}

func findFilter(device *world.Device, direction abi.Direction, is func(*world.Filter) bool) *world.Filter {
	for i := range device.Filters[direction] {
		if filter := &device.Filters[direction][i]; filter.Kind == "bpf" && is(filter) {
			return filter
		}
	}
	return nil
}

// misplaced is a program of ours at tc that is not where dilih puts it, or nil.
func (p *planner) misplaced(device *world.Device, direction abi.Direction) *world.Filter {
	return findFilter(device, direction, func(f *world.Filter) bool {
		return f.Handle != decidingHandle && f.Handle != waitingHandle && f.Object != abi.DuplicateProgram && p.owner(f.Program) != nil
	})
}

// directions in which there are packets.
var directions = []abi.Direction{abi.DirectionIn, abi.DirectionOut}

// side is what tc calls a direction.
func side(direction abi.Direction) string {
	if direction == abi.DirectionOut {
		return "egress"
	}
	return "ingress"
}

// program is the id of the program of that name that is pinned in the directory, or 0.
func program(dir *world.Directory, name string) uint32 {
	if entry := entryOf(dir, name); entry != nil {
		return entry.Program
	}
	return 0
}

func entryOf(dir *world.Directory, name string) *world.Entry {
	for i := range dir.Inside {
		if dir.Inside[i].Name == name {
			return &dir.Inside[i]
		}
	}
	return nil
}

// exists reports whether root has a directory there.
func exists(dir *world.Directory) bool { return dir.Type == world.Dir && dir.UID == 0 }

// isLoaded reports whether a dilih is pinned there, with maps of its own.
func isLoaded(dir *world.Directory) bool { return exists(dir) && dir.Control != nil }

// active are the hooks that the active faults of the directory need.
func active(dir *world.Directory) hooks {
	if dir.Control == nil || !dir.Control.Active {
		return hooks{}
	}
	return hooksOf(dir.Control.Rules, dir.Control.Set.Shadow != 0)
}

// fresh reports whether the programs in the directory have been loaded for this wish.
func (p *planner) fresh(dir *world.Directory) bool {
	if p.wish.Verb != Up || p.wish.Undo || !exists(dir) {
		return false
	}
	id := program(dir, abi.Programs[abi.HookXDP])
	return id != 0 && !slices.Contains(p.wish.Loaded, id)
}
