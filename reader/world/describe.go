// SPDX-License-Identifier: MIT

package world

import (
	"slices"

	"github.com/cilium/ebpf/link"
)

// describe says which programs are ours, and what is known of the others that are attached.
func (w *World) describe(programs *programs, tree pinTree) {
	var links xdpLinks
	w.eachDevice(func(device *Device) {
		for i := range device.XDP {
			device.XDP[i].describe(programs.byID(device.XDP[i].Program), device.Index, tree, &links)
		}
		for direction := range device.Filters {
			for i := range device.Filters[direction] {
				filter := &device.Filters[direction][i]
				filter.Object = programs.byID(filter.Program).Name
			}
		}
	})
	ours, err := programs.ours()
	w.Programs = ours
	for _, err := range []error{programs.err, err} {
		if err != nil {
			w.ProgramsError = err.Error()
		}
	}
}

func (w *World) eachDevice(visit func(*Device)) {
	for i := range w.Namespaces {
		for j := range w.Namespaces[i].Devices {
			visit(&w.Namespaces[i].Devices[j])
		}
	}
}

func (x *XDP) describe(program Program, device int, tree pinTree, links *xdpLinks) {
	if program.Control != 0 {
		return
	}
	x.Name, x.Pinned, x.Link = program.Name, tree.pinnedAt[x.Program], links.of(x.Program, device)
}

// xdpLinks are the BPF links that have attached XDP programs. They are listed when one is asked for. As they only help
// to say how a foreign program is detached, those that cannot be read are left out.
type xdpLinks map[attachment]uint32

type attachment struct {
	program uint32
	device  int // its index, in a namespace that a link does not tell
}

// of returns the link that has attached the program to the device, or 0.
func (l *xdpLinks) of(program uint32, device int) uint32 {
	if *l == nil {
		*l = make(xdpLinks)
		l.list()
	}
	return (*l)[attachment{program, device}]
}

func (l *xdpLinks) list() {
	links := new(link.Iterator)
	defer links.Close()
	for links.Next() {
		info, err := links.Link.Info()
		if err != nil || info.Type != link.XDPType {
			continue
		}
		(*l)[attachment{uint32(info.Program), int(info.XDP().Ifindex)}] = uint32(info.ID)
	}
}

// isLeftOver reports whether a program of ours is neither pinned nor attached where anybody has looked.
func (w *World) isLeftOver() bool {
	attached := w.attached()
	for _, directory := range w.directories() {
		for _, entry := range directory.Inside {
			attached[entry.Program] = true
		}
	}
	return slices.ContainsFunc(w.Programs, func(program Program) bool { return !attached[program.ID] })
}

// isNowhere reports whether something is loaded of which nothing is attached where anybody has looked. The only device
// that had it may be in another namespace now.
func (w *World) isNowhere() bool {
	attached := w.attached()
	return w.Pinned.Control != nil &&
		!slices.ContainsFunc(w.Programs, func(program Program) bool { return attached[program.ID] })
}

// attached returns the programs that are attached to devices.
func (w *World) attached() map[uint32]bool {
	programs := make(map[uint32]bool)
	w.eachDevice(func(device *Device) {
		for _, xdp := range device.XDP {
			programs[xdp.Program] = true
		}
		for _, filters := range device.Filters {
			for _, filter := range filters {
				programs[filter.Program] = true
			}
		}
	})
	return programs
}
