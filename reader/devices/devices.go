// SPDX-License-Identifier: MIT

// Package devices finds the network interfaces that our programs are attached to. It needs no rights.
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

// Device is an interface of this network namespace with a program of ours on it.
type Device struct {
	Name  string // printable
	Index int
	Mode  string // of XDP, for what arrives: "generic", "driver" or "offload"; empty: it is not there
	Out   bool   // there is one for what leaves
	L3    bool   // its packets begin with IP
}

// String is the name, and what is there: eth0 (generic, out).
func (d Device) String() string {
	var there []string
	if d.Mode != "" {
		there = append(there, d.Mode)
	}
	if d.Out {
		there = append(there, "out")
	}
	return fmt.Sprintf("%s (%s)", d.Name, strings.Join(there, ", "))
}

// programs are ids, by hook. No program has the id 0.
type programs [abi.Hooks]uint32

// With lists the interfaces that carry one of the programs, whose ids are given by hook, in the order of
// their indices. 0 stands for none.
func With(ids [abi.Hooks]uint32) ([]Device, error) {
	ours := programs(ids)
	links, err := complete(netlink.LinkList())
	if err != nil {
		return nil, fmt.Errorf("list the network interfaces: %w", err)
	}
	filtered, err := ours.filtered()
	if err != nil {
		return nil, err
	}
	found := []Device{}
	for _, link := range links {
		device, err := ours.on(link, filtered[link.Attrs().Index])
		if err != nil {
			return nil, err
		}
		if device.Mode != "" || device.Out {
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

// filtered are the interfaces that can have a filter on what leaves, by index. Few have, so that few need be
// asked for it; none if no program of these would be there.
func (p programs) filtered() (map[int]bool, error) {
	if p[abi.HookTCOut] == 0 && p[abi.HookTCOutL3] == 0 {
		return nil, nil
	}
	qdiscs, err := complete(netlink.QdiscList(nil))
	if err != nil {
		return nil, fmt.Errorf("list the queueing disciplines: %w", err)
	}
	filtered := make(map[int]bool)
	for _, qdisc := range qdiscs {
		if qdisc.Type() == "clsact" {
			filtered[qdisc.Attrs().LinkIndex] = true
		}
	}
	return filtered, nil
}

// on says which of the programs are on the link.
func (p programs) on(link netlink.Link, filtered bool) (Device, error) {
	is := link.Attrs()
	device := Device{Name: printable.Text(is.Name), Index: is.Index}
	if xdp := is.Xdp; xdp != nil && xdp.Attached {
		if hook, ours := p.hook(xdp.ProgId); ours {
			device.Mode, device.L3 = mode(xdp.AttachMode), hook.L3()
		}
	}
	if !filtered {
		return device, nil
	}
	filters, err := complete(netlink.FilterList(link, netlink.HANDLE_MIN_EGRESS))
	if err != nil {
		return device, fmt.Errorf("list the filters of %s: %w", device.Name, err)
	}
	for _, filter := range filters {
		if bpf, ok := filter.(*netlink.BpfFilter); ok {
			if hook, ours := p.hook(uint32(bpf.Id)); ours {
				device.Out, device.L3 = true, hook.L3()
			}
		}
	}
	return device, nil
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
