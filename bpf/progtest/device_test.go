// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"encoding/binary"
	"os"
	"runtime"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// enterNamespace puts the test into a network namespace of its own. Its thread is never used again, and the devices go
// with it.
func enterNamespace(tb testing.TB) {
	tb.Helper()
	runtime.LockOSThread()
	qt.Assert(tb, qt.IsNil(unix.Unshare(unix.CLONE_NEWNET)))
}

// enterQuietNamespace does so where only the test sends anything: IPv6 sends packets by itself.
func enterQuietNamespace(tb testing.TB) {
	tb.Helper()
	enterNamespace(tb)
	qt.Assert(tb, qt.IsNil(os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0)))
}

// The longest packets on a device: what is usual, and for the packet table, which has a jumbo frame.
const (
	usualMTU = 1500
	jumboMTU = 9000
)

// addVeth makes both ends of one.
func addVeth(tb testing.TB, mtu int) (a, b netlink.Link) {
	tb.Helper()
	qt.Assert(tb, qt.IsNil(netlink.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "a", MTU: mtu}, PeerName: "b"})))
	return linkUp(tb, "a"), linkUp(tb, "b")
}

func linkUp(tb testing.TB, name string) netlink.Link {
	tb.Helper()
	link, err := netlink.LinkByName(name)
	qt.Assert(tb, qt.IsNil(err))
	qt.Assert(tb, qt.IsNil(netlink.LinkSetUp(link)))
	return link
}

// addTag puts a tag on what leaves by the link, before all other programs see it. As with a device for a VLAN, it is
// beside the frame.
func addTag(tb testing.TB, link netlink.Link) {
	tb.Helper()
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.SchedCLS, License: "GPL", Instructions: asm.Instructions{
		asm.Mov.Imm(asm.R2, int32(htons(unix.ETH_P_8021Q))),
		asm.Mov.Imm(asm.R3, 7),
		asm.FnSkbVlanPush.Call(),
		asm.Mov.Imm(asm.R0, tcUnspec),
		asm.Return(),
	}})
	qt.Assert(tb, qt.IsNil(err))
	defer program.Close()
	addFilter(tb, link, program, 1)
}

func htons(n uint16) uint16 { return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, n)) }

// addOut puts the program on what leaves by the link.
func addOut(tb testing.TB, link netlink.Link, program *ebpf.Program) {
	tb.Helper()
	addFilter(tb, link, program, 2)
}

// addFilter does so as tc does: the filter of the least preference comes first.
func addFilter(tb testing.TB, link netlink.Link, program *ebpf.Program, preference uint16) {
	tb.Helper()
	addFilterAt(tb, link, program, netlink.HANDLE_MIN_EGRESS, preference)
}

// addFilterAt does so at a side of the link.
func addFilterAt(tb testing.TB, link netlink.Link, program *ebpf.Program, side uint32, preference uint16) {
	tb.Helper()
	attributes := netlink.QdiscAttrs{LinkIndex: link.Attrs().Index, Handle: netlink.MakeHandle(0xffff, 0), Parent: netlink.HANDLE_CLSACT}
	qt.Assert(tb, qt.IsNil(netlink.QdiscReplace(&netlink.Clsact{QdiscAttrs: attributes})))
	qt.Assert(tb, qt.IsNil(netlink.FilterAdd(&netlink.BpfFilter{
		FilterAttrs: netlink.FilterAttrs{
			LinkIndex: link.Attrs().Index, Parent: side, Protocol: unix.ETH_P_ALL, Priority: preference,
		},
		Fd: program.FD(), Name: "test", DirectAction: true,
	})))
}
