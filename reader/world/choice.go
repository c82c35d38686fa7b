// SPDX-License-Identifier: MIT

package world

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Choice is what there is to choose from when nobody has named a device.
type Choice struct {
	Devices []string // of this network namespace, without the loopback
	Default []string // those of the default routes
}

const loopback = "lo"

// Device returns the device that is meant: that of the default route, or else the only one. It returns "" if that could
// be several, or none.
func (c Choice) Device() string {
	likely := c.Default
	if len(likely) == 0 {
		likely = c.Devices
	}
	if len(likely) != 1 {
		return ""
	}
	return likely[0]
}

// ReadChoice reads it in this network namespace.
func ReadChoice(ctx context.Context) (choice Choice, err error) {
	r, err := openRoute(ctx)
	if err != nil {
		return choice, err
	}
	defer r.close()
	devices, err := r.devices()
	if err != nil {
		return choice, err
	}
	names := make(map[int]string)
	for _, device := range devices {
		names[device.Index] = device.Name
		if device.Name != loopback {
			choice.Devices = append(choice.Devices, device.Name)
		}
	}
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		indices, err := defaultRoutes(family)
		if err != nil {
			return choice, fmt.Errorf("list the routes: %w", err)
		}
		for _, index := range indices {
			if name := names[index]; name != "" && !slices.Contains(choice.Default, name) {
				choice.Default = append(choice.Default, name)
			}
		}
	}
	return choice, nil
}

// defaultRoutes returns the indices of the devices that default routes lead to. A kernel without the family has none.
func defaultRoutes(family int) (indices []int, err error) {
	var routes []netlink.Route
	for range dumpAttempts {
		routes, err = netlink.RouteListFiltered(family, &netlink.Route{Type: unix.RTN_UNICAST}, netlink.RT_FILTER_TYPE|netlink.RT_FILTER_DST)
		if !errors.Is(err, netlink.ErrDumpInterrupted) {
			break
		}
	}
	if errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EOPNOTSUPP) {
		return nil, nil
	}
	for _, route := range routes {
		indices = append(indices, route.LinkIndex)
		for _, hop := range route.MultiPath {
			indices = append(indices, hop.LinkIndex)
		}
	}
	return indices, err
}
