// SPDX-License-Identifier: MIT

//go:build kernel

package devices_test

import (
	"fmt"
	"os/exec"
	"runtime"
	"sync"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/devices"
)

const pin = "/sys/fs/bpf/dilih"

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

// idsOf are the ids of the programs, by hook.
func idsOf(loaded *kerneltest.Loaded) (ids [abi.Hooks]uint32) {
	for hook := range abi.Programs {
		ids[hook] = loaded.ProgramID(abi.Hook(hook))
	}
	return ids
}

func TestWith(t *testing.T) {
	ours, other := kerneltest.LoadPinned(t), kerneltest.LoadPinned(t)
	program, l3, ids := ours.Program(abi.HookXDP), ours.Program(abi.HookXDPL3), idsOf(ours)

	enterNamespace(t)
	found := with(t, ids)
	qt.Assert(t, qt.DeepEquals(found, []devices.Device{}))

	generic, native, foreign := addVeth(t, "a0", "a1"), addVeth(t, "b0", "b1"), addVeth(t, "c0", "c1")
	qt.Assert(t, qt.IsNil(netlink.LinkSetXdpFdWithFlags(generic, program.FD(), nl.XDP_FLAGS_SKB_MODE)))
	qt.Assert(t, qt.IsNil(netlink.LinkSetXdpFdWithFlags(native, l3.FD(), nl.XDP_FLAGS_DRV_MODE)))
	qt.Assert(t, qt.IsNil(netlink.LinkSetXdpFdWithFlags(foreign, other.Program(abi.HookXDP).FD(), nl.XDP_FLAGS_SKB_MODE)))
	found = with(t, ids)
	qt.Assert(t, qt.DeepEquals(found, []devices.Device{
		{Name: "a0", Index: generic.Attrs().Index, Mode: "generic"},
		{Name: "b0", Index: native.Attrs().Index, Mode: "driver", L3: true},
	}))

	// A name that would clear the screen is shown, and not obeyed.
	qt.Assert(t, qt.IsNil(netlink.LinkSetName(native, "\x1b[2J")))
	found = with(t, ids)
	qt.Assert(t, qt.Equals(found[1].Name, `\x1b[2J`))

	qt.Assert(t, qt.IsNil(netlink.LinkDel(generic)))
	found = with(t, ids)
	qt.Assert(t, qt.HasLen(found, 1))
}

// with finds the devices, all of which count what they receive, and leaves out how much that is.
func with(t *testing.T, ids [abi.Hooks]uint32) []devices.Device {
	t.Helper()
	found, err := devices.With(ids, pin)
	qt.Assert(t, qt.IsNil(err))
	for i := range found {
		qt.Check(t, qt.IsTrue(found[i].Counts))
		found[i].Counts, found[i].Received = false, 0
	}
	return found
}

// addOut puts the program on what leaves by the link, as tc does.
func addOut(t *testing.T, link netlink.Link, program *ebpf.Program) {
	t.Helper()
	addAt(t, link, netlink.HANDLE_MIN_EGRESS, program)
}

func addAt(t *testing.T, link netlink.Link, side uint32, program *ebpf.Program) {
	t.Helper()
	attributes := netlink.QdiscAttrs{LinkIndex: link.Attrs().Index, Handle: netlink.MakeHandle(0xffff, 0), Parent: netlink.HANDLE_CLSACT}
	qt.Assert(t, qt.IsNil(netlink.QdiscReplace(&netlink.Clsact{QdiscAttrs: attributes})))
	qt.Assert(t, qt.IsNil(netlink.FilterAdd(&netlink.BpfFilter{
		FilterAttrs: netlink.FilterAttrs{
			LinkIndex: link.Attrs().Index, Parent: side, Protocol: unix.ETH_P_ALL,
		},
		Fd: program.FD(), Name: "dilih", DirectAction: true,
	})))
}

func TestWithOut(t *testing.T) {
	ours, other := kerneltest.LoadPinned(t), kerneltest.LoadPinned(t)
	ids := idsOf(ours)
	enterNamespace(t)
	both, alone, foreign := addVeth(t, "a0", "a1"), addVeth(t, "b0", "b1"), addVeth(t, "c0", "c1")
	qt.Assert(t, qt.IsNil(netlink.LinkSetXdpFdWithFlags(both, ours.Program(abi.HookXDP).FD(), nl.XDP_FLAGS_SKB_MODE)))
	addOut(t, both, other.Program(abi.HookTCOut))
	addOut(t, both, ours.Program(abi.HookTCOut))
	addOut(t, alone, ours.Program(abi.HookTCOutL3))
	addOut(t, foreign, other.Program(abi.HookTCOut))

	want := []devices.Device{
		{Name: "a0", Index: both.Attrs().Index, Mode: "generic", Out: true},
		{Name: "b0", Index: alone.Attrs().Index, Out: true, L3: true},
	}
	found := with(t, ids)
	qt.Assert(t, qt.DeepEquals(found, want))

	// Nobody looks for a program that is nowhere.
	ids[abi.HookTCOut], ids[abi.HookTCOutL3] = 0, 0
	want[0].Out = false
	found = with(t, ids)
	qt.Assert(t, qt.DeepEquals(found, want[:1]))
}

// run runs a command in the namespace of the test.
func run(t *testing.T, command string, values ...any) {
	t.Helper()
	output, err := exec.Command("sh", "-c", fmt.Sprintf(command, values...)).CombinedOutput()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("%s: %s", command, output))
}

// What arrives is decided at tc and waits, as make has it, but that this kernel may have no fq; then part after part
// goes away.
func TestWithQueue(t *testing.T) {
	ours := kerneltest.LoadPinned(t)
	ids := idsOf(ours)
	enterNamespace(t)
	link := addVeth(t, "a0", "a1")
	addAt(t, link, netlink.HANDLE_MIN_INGRESS, ours.Program(abi.HookTCIn))
	index := link.Attrs().Index
	queue := func() devices.Queue {
		t.Helper()
		found := with(t, ids)
		qt.Assert(t, qt.HasLen(found, 1))
		qt.Assert(t, qt.IsTrue(found[0].In))
		qt.Assert(t, qt.IsFalse(found[0].Out))
		qt.Assert(t, qt.Equals(found[0].Queues[abi.DirectionOut], devices.Queue{}))
		return found[0].Queues[abi.DirectionIn]
	}
	qt.Assert(t, qt.Equals(queue(), devices.Queue{}))

	run(t, "ip link add dilih-in%d type ifb", index)
	qt.Assert(t, qt.Equals(queue(), devices.Queue{})) // not yet ours
	ifb, err := netlink.LinkByName(fmt.Sprint("dilih-in", index))
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.IsNil(netlink.LinkSetAlias(ifb, "dilih "+pin)))
	qt.Assert(t, qt.Equals(queue(), devices.Queue{There: true}))
	run(t, "ip link set dilih-in%d up", index)
	run(t, "tc filter add dev a0 ingress pref 2 handle 0xd112 bpf bytecode '1,6 0 0 0' "+
		"action mirred egress redirect dev dilih-in%d", index)
	qt.Assert(t, qt.Equals(queue(), devices.Queue{There: true, Up: true, Filtered: true, Fed: true}))
	run(t, "ip link set dilih-in%d down", index)
	qt.Assert(t, qt.IsTrue(queue().Loses()))
	run(t, "ip link del dilih-in%d", index)
	qt.Assert(t, qt.Equals(queue(), devices.Queue{Filtered: true}))
	qt.Assert(t, qt.IsTrue(queue().Loses()))
	run(t, "tc filter del dev a0 ingress pref 2")
	qt.Assert(t, qt.Equals(queue(), devices.Queue{}))
}

// It takes no rights. The thread that gave them up is never used again, and not the one that cleans up.
func TestWithOutUnprivileged(t *testing.T) {
	ours := kerneltest.LoadPinned(t)
	ids := idsOf(ours)
	var unprivileged sync.WaitGroup
	unprivileged.Go(func() {
		enterNamespace(t)
		addOut(t, addVeth(t, "a0", "a1"), ours.Program(abi.HookTCOut))
		_, _, failed := unix.RawSyscall(unix.SYS_SETRESUID, 65534, 65534, 65534) // of this thread alone
		qt.Check(t, qt.Equals(failed, 0))
		found, err := devices.With(ids, pin)
		qt.Check(t, qt.IsNil(err))
		qt.Check(t, qt.HasLen(found, 1))
	})
	unprivileged.Wait()
}
