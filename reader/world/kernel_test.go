// SPDX-License-Identifier: MIT

//go:build kernel

package world_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/world"
)

func TestNothing(t *testing.T) {
	enterLab(t)
	pin := filepath.Join(kerneltest.BPFFS(t), "dilih")
	found := look(t, pin)
	qt.Check(t, qt.Equals(found.Pinned.Type, world.Absent))
	qt.Check(t, qt.IsNil(found.Pinned.Control))
	qt.Check(t, qt.IsTrue(found.BPFFS.Mounted))
	qt.Check(t, qt.HasLen(found.Programs, 0))
	qt.Assert(t, qt.HasLen(found.Namespaces, 1))
	own := found.Namespaces[0]
	qt.Check(t, qt.IsTrue(own.Own))
	qt.Check(t, qt.Equals(own.Inode, inode(t, "/proc/thread-self/ns/net")))
	lo := deviceNamed(t, own, "lo")
	qt.Check(t, qt.IsFalse(lo.Up))
	qt.Check(t, qt.Equals(lo.Entry, "xdp_dilih"))
}

func TestRefusedPIN(t *testing.T) {
	for _, pin := range []string{"", "dilih", "/sys/fs/bpf/", "/sys/fs/../fs/bpf/dilih"} {
		_, err := world.Look(context.Background(), world.Question{PIN: pin})
		qt.Check(t, qt.ErrorIs(err, world.ErrPIN))
	}
}

// addTC adds a filter as up does.
func addTC(t *testing.T, pin, device, side string, pref int, program string) {
	t.Helper()
	run(t, "tc qdisc show dev %s clsact | grep -q . || tc qdisc add dev %[1]s clsact", device)
	run(t, "tc filter add dev %s %s pref %d handle 0xd111 bpf da object-pinned %s/%s", device, side, pref, pin, program)
}

func TestAttached(t *testing.T) {
	enterLab(t)
	loaded := load(t)
	run(t, "ip link add a0 type veth peer a1; ip link add b0 type veth peer b1; ip tuntap add t0 mode tun")
	run(t, "bpftool net attach xdpgeneric pinned %s/xdp_dilih dev a0", loaded.Pin)
	run(t, "bpftool net attach xdpdrv pinned %s/xdp_dilih dev b0", loaded.Pin)
	run(t, "bpftool net attach xdpgeneric pinned %s/xdp_dilih_l3 dev t0", loaded.Pin)
	addTC(t, loaded.Pin, "a0", "egress", 1, "tc_out")
	addTC(t, loaded.Pin, "t0", "ingress", 3, "tc_in_l3")
	found := look(t, loaded.Pin)
	qt.Check(t, qt.CmpEquals(attached(found), []string{
		"own a0 xdpgeneric xdp_dilih",
		"own a0 out 1 0xd111 tc_out",
		"own b0 xdpdrv xdp_dilih",
		"own t0 xdpgeneric xdp_dilih_l3",
		"own t0 in 3 0xd111 tc_in_l3",
	}, ignoreOrder))
	qt.Check(t, qt.Equals(deviceNamed(t, found.Namespaces[0], "t0").Entry, "xdp_dilih_l3"))
	compareWithTools(t, found)

	// A device in several modes at once, which only a driver that offloads has otherwise.
	run(t, "bpftool net detach xdpgeneric dev a0; ip link del t0; tc qdisc del dev a0 clsact")
	found = look(t, loaded.Pin)
	qt.Check(t, qt.DeepEquals(attached(found), []string{"own b0 xdpdrv xdp_dilih"}))
	qt.Check(t, qt.IsFalse(deviceNamed(t, found.Namespaces[0], "a0").Clsact))
	compareWithTools(t, found)
}

// What arrives waits. This kernel may have no fq, so another discipline stands for it.
func TestQueue(t *testing.T) {
	enterLab(t)
	loaded := load(t)
	run(t, "ip link add a0 type veth peer a1; ip link set a0 up; ip link set a1 up; ip link add dilih-in7 type ifb")
	run(t, "ip link set dilih-in7 alias 'dilih %s' up; tc qdisc replace dev dilih-in7 root handle d111: pfifo limit 3", loaded.Pin)
	addTC(t, loaded.Pin, "a0", "ingress", 1, "tc_in")
	run(t, "tc filter add dev a0 ingress pref 2 handle 0xd112 bpf object-pinned %s/tc_queue "+
		"action mirred egress redirect dev dilih-in7", loaded.Pin)
	found := look(t, loaded.Pin)
	queue := deviceNamed(t, found.Namespaces[0], "dilih-in7")
	qt.Check(t, qt.Equals(queue.Kind, "ifb"))
	qt.Check(t, qt.Equals(queue.Alias, "dilih "+loaded.Pin))
	qt.Check(t, qt.Equals(queue.Root, world.Qdisc{Kind: "pfifo", Handle: 0xd111 << 16}))
	filters := deviceNamed(t, found.Namespaces[0], "a0").Filters[abi.DirectionIn]
	qt.Assert(t, qt.HasLen(filters, 2))
	qt.Check(t, qt.Equals(filters[1].Target, queue.Index))
	qt.Check(t, qt.Equals(filters[1].Object, "tc_queue"))
	qt.Check(t, qt.Equals(filters[1].Program, queueID(t, loaded)))
	compareWithTools(t, found)
}

// queueID is the id of a program that uses no control map.
func queueID(t *testing.T, loaded *kerneltest.Loaded) uint32 {
	t.Helper()
	info, err := loaded.Named(abi.QueueProgram).Info()
	qt.Assert(t, qt.IsNil(err))
	id, _ := info.ID()
	return uint32(id)
}

// What waits and what was dropped in a queue that is never emptied.
func TestWaiting(t *testing.T) {
	enterLab(t)
	pin := filepath.Join(kerneltest.BPFFS(t), "dilih")
	run(t, "ip link add a0 type veth peer a1; ip link set a0 up; ip link set a1 up; ip addr add 10.9.9.1/24 dev a0")
	run(t, "ip neigh add 10.9.9.2 lladdr 02:00:00:00:00:02 dev a0")
	run(t, "tc qdisc replace dev a0 root handle d111: tbf rate 8bit burst 100 limit 500")
	run(t, "ping -q -c 20 -i 0.01 -s 72 -w 1 10.9.9.2 || true")
	root := deviceNamed(t, look(t, pin).Namespaces[0], "a0").Root
	qt.Check(t, qt.Equals(root.Kind, "tbf"))
	qt.Check(t, qt.IsTrue(root.Waiting > 0), qt.Commentf("%+v", root))
	qt.Check(t, qt.IsTrue(root.Dropped > 0), qt.Commentf("%+v", root))
}

func program(t *testing.T, found world.World, name string) world.Program {
	t.Helper()
	for _, program := range found.Programs {
		if program.Name == name {
			return program
		}
	}
	t.Fatalf("no program %s among %v", name, found.Programs)
	return world.Program{}
}

// Programs, filters and queueing disciplines of others are seen, and not taken for ours.
func TestForeign(t *testing.T) {
	enterLab(t)
	loaded, other := load(t), kerneltest.LoadPinned(t).LoadAll()
	pass := passProgram(t, ebpf.XDP)
	run(t, "for i in a b c d; do ip link add ${i}0 type veth peer ${i}1; done")
	run(t, "bpftool net attach xdpgeneric pinned %s/xdp_dilih dev a0", other.Pin)
	b0, err := netlink.LinkByName("b0")
	qt.Assert(t, qt.IsNil(err))
	held, err := link.AttachXDP(link.XDPOptions{Program: pass, Interface: b0.Attrs().Index, Flags: link.XDPGenericMode})
	qt.Assert(t, qt.IsNil(err))
	defer held.Close()
	run(t, "tc qdisc add dev c0 clsact; tc filter add dev c0 egress pref 5 protocol ip u32 match u32 0 0")
	run(t, "tc filter add dev c0 egress pref 7 handle 3 bpf bytecode '1,6 0 0 0'; tc qdisc add dev d0 ingress")
	addTC(t, loaded.Pin, "c0", "egress", 1, "tc_out")
	found := look(t, loaded.Pin)
	qt.Check(t, qt.DeepEquals(attached(found), []string{"own c0 out 1 0xd111 tc_out"}))
	own := found.Namespaces[0]
	a0, linked := deviceNamed(t, own, "a0").XDP, deviceNamed(t, own, "b0").XDP
	qt.Assert(t, qt.HasLen(a0, 1))
	qt.Check(t, qt.Equals(a0[0], world.XDP{
		Mode: "xdpgeneric", Program: other.ProgramID(abi.HookXDP), Name: "xdp_dilih", Pinned: other.Pin,
	}))
	info, err := held.Info()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(linked, 1))
	qt.Check(t, qt.Equals(linked[0], world.XDP{
		Mode: "xdpgeneric", Program: uint32(info.Program), Name: "pass", Link: uint32(info.ID),
	}))
	filters := deviceNamed(t, own, "c0").Filters[abi.DirectionOut]
	qt.Assert(t, qt.HasLen(filters, 4)) // of u32 a table and what is in it
	qt.Check(t, qt.Equals(filters[2], world.Filter{Pref: 5, Handle: 0x80000800, Protocol: 0x800, Kind: "u32"}))
	qt.Check(t, qt.Equals(filters[3], world.Filter{Pref: 7, Handle: 3, Protocol: 3, Kind: "bpf"}))
	d0 := deviceNamed(t, own, "d0")
	qt.Check(t, qt.IsTrue(d0.Ingress && !d0.Clsact))
	compareWithTools(t, found)
}

func passProgram(t *testing.T, kind ebpf.ProgramType) *ebpf.Program {
	t.Helper()
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{Name: "pass", Type: kind, License: "MIT", Instructions: passes})
	qt.Assert(t, qt.IsNil(err))
	t.Cleanup(func() { program.Close() })
	return program
}
