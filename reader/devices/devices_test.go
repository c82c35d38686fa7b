// SPDX-License-Identifier: MIT

package devices

import (
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink/nl"

	"dilih/bpf/abi"
)

func TestMode(t *testing.T) {
	for attached, want := range map[uint32]string{
		nl.XDP_ATTACHED_SKB: "generic", nl.XDP_ATTACHED_DRV: "driver", nl.XDP_ATTACHED_HW: "offload",
	} {
		qt.Check(t, qt.Equals(mode(attached), want))
	}
}

func TestString(t *testing.T) {
	for want, device := range map[string]Device{
		"eth0 (generic)":      {Name: "eth0", Mode: "generic"},
		"eth0 (generic, out)": {Name: "eth0", Mode: "generic", Out: true},
		"eth0 (out)":          {Name: "eth0", Out: true},
	} {
		qt.Check(t, qt.Equals(device.String(), want))
	}
}

// No program has id 0, and no interface carries it.
func TestWithNone(t *testing.T) {
	found, err := With([abi.Hooks]uint32{})
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(found, 0))
}
