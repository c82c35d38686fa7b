// SPDX-License-Identifier: MIT

//go:build kernel

package devices_test

import (
	"runtime"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/devices"
)

// enterNamespace puts the test into a network namespace of its own. Its thread is never used again.
func enterNamespace(t *testing.T) {
	t.Helper()
	runtime.LockOSThread()
	qt.Assert(t, qt.IsNil(unix.Unshare(unix.CLONE_NEWNET)))
}

func addVeth(t *testing.T, name, peer string) netlink.Link {
	t.Helper()
	veth := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name}, PeerName: peer}
	qt.Assert(t, qt.IsNil(netlink.LinkAdd(veth)))
	link, err := netlink.LinkByName(name)
	qt.Assert(t, qt.IsNil(err))
	return link
}

func TestWith(t *testing.T) {
	ours, other := kerneltest.LoadPinned(t), kerneltest.LoadPinned(t)
	program, id := ours.Program(abi.HookXDP), ours.ProgramID(abi.HookXDP)
	l3, l3ID := ours.Program(abi.HookXDPL3), ours.ProgramID(abi.HookXDPL3)

	enterNamespace(t)
	found, err := devices.With(id, l3ID)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.DeepEquals(found, []devices.Device{}))

	generic, native, foreign := addVeth(t, "a0", "a1"), addVeth(t, "b0", "b1"), addVeth(t, "c0", "c1")
	qt.Assert(t, qt.IsNil(netlink.LinkSetXdpFdWithFlags(generic, program.FD(), nl.XDP_FLAGS_SKB_MODE)))
	qt.Assert(t, qt.IsNil(netlink.LinkSetXdpFdWithFlags(native, l3.FD(), nl.XDP_FLAGS_DRV_MODE)))
	qt.Assert(t, qt.IsNil(netlink.LinkSetXdpFdWithFlags(foreign, other.Program(abi.HookXDP).FD(), nl.XDP_FLAGS_SKB_MODE)))
	found, err = devices.With(id, l3ID)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.DeepEquals(found, []devices.Device{
		{Name: "a0", Index: generic.Attrs().Index, Mode: "generic"},
		{Name: "b0", Index: native.Attrs().Index, Mode: "driver", L3: true},
	}))

	// A name that would clear the screen is shown, and not obeyed.
	qt.Assert(t, qt.IsNil(netlink.LinkSetName(native, "\x1b[2J")))
	found, err = devices.With(id, l3ID)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(found[1].Name, `\x1b[2J`))

	qt.Assert(t, qt.IsNil(netlink.LinkDel(generic)))
	found, err = devices.With(id, l3ID)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(found, 1))
}
