// SPDX-License-Identifier: MIT

package devices

import (
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink/nl"
)

func TestMode(t *testing.T) {
	for attached, want := range map[uint32]string{
		nl.XDP_ATTACHED_SKB: "generic", nl.XDP_ATTACHED_DRV: "driver", nl.XDP_ATTACHED_HW: "offload",
	} {
		qt.Check(t, qt.Equals(mode(attached), want))
	}
}

// No program has id 0, and no interface carries it.
func TestWithNone(t *testing.T) {
	found, err := With(0, 0)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(found, 0))
}
