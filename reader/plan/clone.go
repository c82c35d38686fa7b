// SPDX-License-Identifier: MIT

package plan

import (
	"slices"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

// clone copies what steps change.
func clone(w world.World) world.World {
	for _, dir := range []*world.Directory{&w.Pinned, &w.New, &w.Old} {
		dir.Inside = slices.Clone(dir.Inside)
		if dir.Control != nil {
			control := *dir.Control
			dir.Control = &control
		}
	}
	w.Programs = slices.Clone(w.Programs)
	w.Namespaces = slices.Clone(w.Namespaces)
	for i := range w.Namespaces {
		devices := slices.Clone(w.Namespaces[i].Devices)
		for j := range devices {
			devices[j].XDP = slices.Clone(devices[j].XDP)
			for _, direction := range []abi.Direction{abi.DirectionIn, abi.DirectionOut} {
				devices[j].Filters[direction] = slices.Clone(devices[j].Filters[direction])
			}
		}
		w.Namespaces[i].Devices = devices
	}
	return w
}

// deviceIn finds a device of a world by its place.
func deviceIn(w *world.World, where Place) *world.Device {
	for i := range w.Namespaces {
		if w.Namespaces[i].Inode != where.Namespace {
			continue
		}
		for j := range w.Namespaces[i].Devices {
			if device := &w.Namespaces[i].Devices[j]; device.Index == where.Device {
				return device
			}
		}
	}
	return nil
}
