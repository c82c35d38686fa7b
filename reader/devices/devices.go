// SPDX-License-Identifier: MIT

// Package devices finds the network interfaces that our programs are attached to, and the queues where packets
// wait. It needs no rights.
package devices

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"

	"dilih/bpf/abi"
	"dilih/reader/printable"
)

// Device is an interface with a program of ours on it.
type Device struct {
	Namespace string // its network namespace, as NETNS takes it; empty: the one of this process

	Name   string // printable
	Index  int
	Mode   string // of XDP, for what arrives: "generic", "driver" or "offload"; empty: it is not there
	In     bool   // there is one at tc for what arrives
	Out    bool   // there is one for what leaves
	L3     bool   // its packets begin with IP
	Queues [abi.Directions]Queue

	Counts   bool   // the kernel says how many packets it has received
	Received uint64 // packets, since the interface was made
}

// String is the name, and what is there: eth0 (generic, out). The program at tc for what arrives is worth a word
// only if XDP is not there.
func (d Device) String() string {
	var there []string
	if d.Mode != "" {
		there = append(there, d.Mode)
	} else if d.In {
		there = append(there, "in")
	}
	if d.Out {
		there = append(there, "out")
	}
	return fmt.Sprintf("%s (%s)", d.Label(), strings.Join(there, ", "))
}

// Label names the device: eth0, or eth0 in netns blue.
func (d Device) Label() string { return Label(d.Name, d.Namespace) }

// Label names the device of that name in the namespace.
func Label(name, namespace string) string {
	if namespace == "" {
		return name
	}
	return name + " in netns " + namespace
}

// programs are ids, by hook. No program has the id 0.
type programs [abi.Hooks]uint32

// With lists the interfaces of this network namespace that carry one of the programs, whose ids are given by hook, in
// the order of their indices. 0 stands for none. With a program at tc it looks for the queues of the pin directory, too.
func With(ids [abi.Hooks]uint32, pin string) ([]Device, error) {
	return new(source).with(ids, pin)
}

func (s *source) with(ours programs, pin string) ([]Device, error) {
	links, err := complete(s.handle.LinkList())
	if err != nil {
		return nil, fmt.Errorf("list the network interfaces: %w", err)
	}
	qdiscs, err := s.qdiscs(ours)
	if err != nil {
		return nil, err
	}
	found := []Device{}
	for _, link := range links {
		device, fed, err := s.on(link, ours, hasClsact(link, qdiscs))
		if err != nil {
			return nil, err
		}
		if device.Mode != "" || device.In || device.Out {
			device.findQueues(pin, fed, links, qdiscs)
			found = append(found, device)
		}
	}
	return found, nil
}

// complete takes a list for complete that changed while it was made: it is complete enough.
func complete[T any](list []T, err error) ([]T, error) {
	if errors.Is(err, netlink.ErrDumpInterrupted) {
		err = nil
	}
	return list, err
}

// hook is where the program with the id stands, if it is one of these.
func (p programs) hook(id uint32) (hook abi.Hook, ours bool) {
	for hook, program := range p {
		if program == id && id != 0 {
			return abi.Hook(hook), true
		}
	}
	return 0, false
}

// qdiscs are the queueing disciplines of all interfaces; none if no program of these would be at tc.
func (s *source) qdiscs(p programs) ([]netlink.Qdisc, error) {
	if p[abi.HookTCOut]|p[abi.HookTCOutL3]|p[abi.HookTCIn]|p[abi.HookTCInL3] == 0 {
		return nil, nil
	}
	qdiscs, err := complete(s.handle.QdiscList(nil))
	if err != nil {
		return nil, fmt.Errorf("list the queueing disciplines: %w", err)
	}
	return qdiscs, nil
}

// hasClsact says whether the link can have filters. Few have, so that few need be asked for them.
func hasClsact(link netlink.Link, qdiscs []netlink.Qdisc) bool {
	for _, qdisc := range qdiscs {
		if qdisc.Type() == "clsact" && qdisc.Attrs().LinkIndex == link.Attrs().Index {
			return true
		}
	}
	return false
}

// on says which of the programs are on the link, and where it has packets wait.
func (s *source) on(link netlink.Link, p programs, filtered bool) (device Device, fed targets, err error) {
	is := link.Attrs()
	device = Device{Name: printable.Text(is.Name), Index: is.Index}
	if is.Statistics != nil {
		device.Counts, device.Received = true, is.Statistics.RxPackets
	}
	if xdp := is.Xdp; xdp != nil && xdp.Attached {
		if hook, ours := p.hook(xdp.ProgId); ours {
			device.Mode, device.L3 = mode(xdp.AttachMode), hook.L3()
		}
	}
	if !filtered {
		return device, fed, nil
	}
	for direction, parent := range sides {
		filters, err := s.filtersAt(is.Index, parent)
		if err != nil {
			return device, fed, fmt.Errorf("list the filters of %s: %w", device.Name, err)
		}
		fed[direction] = p.take(&device, abi.Direction(direction), filters)
	}
	return device, fed, nil
}

// take notes which of the filters are ours, of those for one direction, and returns where packets are to wait.
func (p programs) take(device *Device, direction abi.Direction, filters []filter) (fed int) {
	for _, filter := range filters {
		hook, ours := p.hook(filter.program)
		switch {
		case ours && direction == abi.DirectionIn:
			device.In, device.L3 = true, hook.L3()
		case ours:
			device.Out, device.L3 = true, hook.L3()
		case filter.handle == abi.QueueHandle:
			device.Queues[direction].Filtered, fed = true, filter.target
		}
	}
	return fed
}

func mode(attached uint32) string {
	switch attached {
	case nl.XDP_ATTACHED_SKB:
		return "generic"
	case nl.XDP_ATTACHED_HW:
		return "offload"
	}
	return "driver"
}
