// SPDX-License-Identifier: MIT

//go:build kernel

package world_test

import (
	"context"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/reader/world"
)

// The device of the default route is meant, or else the only one.
func TestChoice(t *testing.T) {
	const two = "ip link add br0 type bridge; ip link add br1 type bridge; ip link set br0 up; ip link set br1 up; "
	for _, test := range []struct {
		set    string // up, in a lab with lo alone
		device string
	}{
		{"true", ""},
		{"ip link add only type bridge", "only"},
		{two, ""},
		{two + "ip route add default dev br1", "br1"},
		{two + "ip route add default dev br1; ip route add default dev br0 metric 7", ""},
		{two + "ip route add default dev br1; ip -6 route add default dev br1", "br1"},
		{two + "ip route add 10.0.0.0/8 dev br1", ""},
		{two + "ip -6 route add default dev br1", "br1"},
		{two + "ip address add 10.0.0.1/24 dev br0; ip address add 10.0.1.1/24 dev br1; " +
			"ip route add default nexthop via 10.0.0.2 nexthop via 10.0.1.2", ""},
		{two + "ip route add unreachable default; ip -6 route add unreachable default", ""},
	} {
		t.Run(test.set, func(t *testing.T) {
			enterLab(t)
			run(t, "%s", test.set)
			choice, err := world.ReadChoice(context.Background())
			qt.Assert(t, qt.IsNil(err))
			qt.Check(t, qt.Equals(choice.Device(), test.device), qt.Commentf("%+v", choice))
		})
	}
}
