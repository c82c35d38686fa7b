// SPDX-License-Identifier: MIT

// Package devices finds the network interfaces that an XDP program is attached to. It needs no rights.
package devices

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
)

// Device is an interface of this network namespace with our program on it.
type Device struct {
	Name  string
	Index int
	Mode  string // "generic", "driver" or "offload"
}

// With lists the interfaces that carry the program with the id, in the order of their indices.
func With(program uint32) ([]Device, error) {
	links, err := netlink.LinkList()
	if err != nil && !errors.Is(err, netlink.ErrDumpInterrupted) { // interrupted: complete enough
		return nil, fmt.Errorf("list the network interfaces: %w", err)
	}
	found := []Device{}
	for _, link := range links {
		attributes := link.Attrs()
		if xdp := attributes.Xdp; xdp != nil && xdp.Attached && xdp.ProgId == program {
			found = append(found, Device{attributes.Name, attributes.Index, mode(xdp.AttachMode)})
		}
	}
	return found, nil
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
