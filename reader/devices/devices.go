// SPDX-License-Identifier: MIT

// Package devices finds the network interfaces that XDP programs are attached to. It needs no rights.
package devices

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"

	"dilih/reader/printable"
)

// Device is an interface of this network namespace with our program on it.
type Device struct {
	Name  string // printable
	Index int
	Mode  string // "generic", "driver" or "offload"
	L3    bool   // its packets begin with IP
}

// With lists the interfaces that carry the program with the id, or the one for L3 devices, in the order of
// their indices. No program has the id 0.
func With(program, l3 uint32) ([]Device, error) {
	all, err := carriers()
	if err != nil {
		return nil, err
	}
	found := []Device{}
	for _, carrier := range all {
		if id := carrier.Xdp.ProgId; id == program || id == l3 {
			found = append(found, Device{printable.Text(carrier.Name), carrier.Index, mode(carrier.Xdp.AttachMode), id == l3})
		}
	}
	return found, nil
}

// carriers are the interfaces with a program on them, whosever it is.
func carriers() (all []*netlink.LinkAttrs, err error) {
	links, err := netlink.LinkList()
	if err != nil && !errors.Is(err, netlink.ErrDumpInterrupted) { // interrupted: complete enough
		return nil, fmt.Errorf("list the network interfaces: %w", err)
	}
	for _, link := range links {
		if xdp := link.Attrs().Xdp; xdp != nil && xdp.Attached {
			all = append(all, link.Attrs())
		}
	}
	return all, nil
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
