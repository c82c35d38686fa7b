// SPDX-License-Identifier: MIT

//go:build kernel

package world_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink"

	"dilih/bpf/kerneltest"
	"dilih/reader/world"
)

func paths(found world.World) (paths []string) {
	for _, namespace := range found.Namespaces {
		paths = append(paths, namespace.Path)
	}
	return paths
}

// Two namespaces have programs of one PIN; one of them has a name, and the other only a mark and a process.
func TestTwoNamespaces(t *testing.T) {
	enterLab(t)
	loaded := load(t)
	process := inProcess(t)
	unnamed := fmt.Sprintf("/proc/%d/ns/net", process)
	run(t, "ip netns add blue; ip netns add empty")
	run(t, "nsenter --net=%s bpftool net attach xdpgeneric pinned %s/xdp_dilih dev lo", unnamed, loaded.Pin)
	run(t, "nsenter --net=/run/netns/blue bpftool net attach xdpgeneric pinned %s/xdp_dilih dev lo", loaded.Pin)
	found := look(t, loaded.Pin)
	qt.Check(t, qt.DeepEquals(attached(found), []string{"blue lo xdpgeneric xdp_dilih"}))
	mark(t, loaded.Pin, unnamed)
	found = look(t, loaded.Pin)
	qt.Check(t, qt.DeepEquals(attached(found), []string{"blue lo xdpgeneric xdp_dilih", "net lo xdpgeneric xdp_dilih"}))
	qt.Check(t, qt.DeepEquals(paths(found), []string{"/proc/thread-self/ns/net", "/run/netns/blue", "/run/netns/empty", unnamed}))
	qt.Check(t, qt.Equals(found.Namespaces[1].Inode, inode(t, "/run/netns/blue")))
}

// A device has moved to a namespace that has neither a name nor a mark. It is found as long as nothing else of ours is
// attached, and when the pins are gone.
func TestMoved(t *testing.T) {
	enterLab(t)
	loaded := load(t)
	process := inProcess(t)
	run(t, "ip link add a0 type veth peer a1; bpftool net attach xdpgeneric pinned %s/xdp_dilih dev a0", loaded.Pin)
	run(t, "ip link set a0 netns %d", process)
	want := []string{"net a0 xdpgeneric xdp_dilih"}
	qt.Check(t, qt.DeepEquals(attached(look(t, loaded.Pin)), want))

	run(t, "bpftool net attach xdpgeneric pinned %s/xdp_dilih dev a1", loaded.Pin)
	qt.Check(t, qt.DeepEquals(attached(look(t, loaded.Pin)), []string{"own a1 xdpgeneric xdp_dilih"}))
	qt.Assert(t, qt.IsNil(os.Remove(filepath.Join(loaded.Pin, "xdp_dilih"))))
	run(t, "bpftool net detach xdpgeneric dev a1")
	qt.Check(t, qt.DeepEquals(attached(look(t, loaded.Pin)), want))
}

// What is in /run/netns need not be a namespace, and one may have several names.
func TestNames(t *testing.T) {
	enterLab(t)
	pin := filepath.Join(kerneltest.BPFFS(t), "dilih")
	run(t, "ip netns add one; ln -s one /run/netns/alias; ln -s nowhere /run/netns/dangling; mkfifo /run/netns/fifo")
	run(t, "touch /run/netns/stale; mkdir /run/netns/directory; ln -s /dev/null /run/netns/device; touch /run/netns/uts")
	run(t, "unshare --uts=/run/netns/uts true; touch /run/netns/self; mount --bind /proc/self/ns/net /run/netns/self")
	found := look(t, pin)
	qt.Check(t, qt.DeepEquals(paths(found), []string{"/run/netns/self", "/run/netns/alias"}))
}

// The names and aliases that the owner of a namespace has chosen, and devices with the names of our queues.
var hostileNames = []string{
	"\x1b[2J", "we\\b0", "\x01\x02", "\xe9t\xe9", "\"},{", "dilih-in1", "dilih-out2", "a\x7fb", "$(reboot)", "'", "-x", "@",
}

const hostileAlias = "one\vtwo\n\x00three\x1b]0;\xff"

func TestHostileNames(t *testing.T) {
	enterLab(t)
	loaded := load(t)
	run(t, "ip netns add evil; ip netns add good")
	run(t, "nsenter --net=/run/netns/good bpftool net attach xdpgeneric pinned %s/xdp_dilih dev lo", loaded.Pin)
	in(t, "/run/netns/evil", func() {
		for _, name := range hostileNames {
			dummy := &netlink.Ifb{LinkAttrs: netlink.LinkAttrs{Name: name}}
			qt.Check(t, qt.IsNil(netlink.LinkAdd(dummy)), qt.Commentf("%q", name))
			qt.Check(t, qt.IsNil(netlink.LinkSetAlias(dummy, hostileAlias)))
		}
	})
	found := look(t, loaded.Pin)
	qt.Check(t, qt.DeepEquals(attached(found), []string{"good lo xdpgeneric xdp_dilih"}))
	evil := found.Namespaces[1]
	for _, name := range hostileNames {
		device := deviceNamed(t, evil, name)
		alias, _, _ := strings.Cut(hostileAlias, "\x00") // where the kernel's string ends
		qt.Check(t, qt.Equals(device.Alias, alias))
	}
}

// A device that was made again with the same index is another one, and one that was renamed or moved is not.
func TestCreation(t *testing.T) {
	enterLab(t)
	loaded := load(t)
	run(t, "ip netns add blue; ip netns add quiet")
	mark(t, loaded.Pin, "/run/netns/blue")
	creation := func(namespace int, name string) uint64 {
		t.Helper()
		return deviceNamed(t, look(t, loaded.Pin).Namespaces[namespace], name).Creation
	}
	run(t, "ip link add 'we\\b0' index 77 type ifb")
	first := creation(0, `we\b0`)
	qt.Check(t, qt.Not(qt.Equals(first, 0)))
	qt.Check(t, qt.Not(qt.Equals(first, creation(0, "lo"))))
	run(t, "ip link set 'we\\b0' name b0")
	qt.Check(t, qt.Equals(creation(0, "b0"), first))
	run(t, "ip link set b0 netns blue")
	qt.Check(t, qt.Equals(creation(1, "b0"), first))
	run(t, "ip -n blue link del b0; ip -n blue link add b0 index 77 type ifb")
	again := creation(1, "b0")
	qt.Check(t, qt.Not(qt.Equals(again, 0)))
	qt.Check(t, qt.Not(qt.Equals(again, first)))
	qt.Check(t, qt.Equals(creation(2, "lo"), 0)) // nothing of ours was ever there
}

// Thousands of devices, each with filters, take time from nobody else.
func TestManyDevices(t *testing.T) {
	enterLab(t)
	loaded := load(t)
	run(t, "ip netns add evil; ip netns add good")
	run(t, "nsenter --net=/run/netns/good bpftool net attach xdpgeneric pinned %s/xdp_dilih dev lo", loaded.Pin)
	const devices = 2000
	run(t, "for i in $(seq %d); do echo link add d$i type ifb; done | nsenter --net=/run/netns/evil ip -batch -", devices)
	found := look(t, loaded.Pin)
	qt.Check(t, qt.HasLen(found.Namespaces[1].Devices, devices+1))
	qt.Check(t, qt.DeepEquals(attached(found), []string{"good lo xdpgeneric xdp_dilih"}))
}

// When there is no time left, each namespace that was not read says so.
func TestDeadline(t *testing.T) {
	enterLab(t)
	loaded := load(t)
	run(t, "ip netns add one")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	found, err := world.Look(ctx, world.Question{PIN: loaded.Pin})
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(found.Namespaces, 2))
	for _, namespace := range found.Namespaces {
		qt.Check(t, qt.Not(qt.Equals(namespace.Error, "")))
		qt.Check(t, qt.HasLen(namespace.Devices, 0))
	}
	qt.Check(t, qt.IsTrue(len(found.Programs) > 0))
}

// An ordinary user sees the own devices, and is told what could not be read.
func TestUnprivileged(t *testing.T) {
	if pin := os.Getenv("LOOK_AT"); pin != "" {
		found, err := world.Look(context.Background(), world.Question{PIN: pin})
		qt.Assert(t, qt.IsNil(err))
		qt.Assert(t, qt.IsNil(json.NewEncoder(os.Stdout).Encode(found)))
		os.Exit(0)
	}
	enterLab(t)
	loaded := load(t)
	run(t, "ip netns add one; ip link add a0 type veth peer a1")
	run(t, "bpftool net attach xdpgeneric pinned %s/xdp_dilih dev a0", loaded.Pin)
	qt.Assert(t, qt.IsNil(os.Chmod(loaded.Pin, 0o700)))
	again := exec.Command("/proc/self/exe", "-test.run=^TestUnprivileged$")
	again.Env = append(os.Environ(), "LOOK_AT="+loaded.Pin)
	again.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	said, err := again.Output()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", said))
	var found world.World
	qt.Assert(t, qt.IsNil(json.Unmarshal(said, &found)))
	own := found.Namespaces[0]
	qt.Check(t, qt.IsTrue(own.Own))
	qt.Check(t, qt.Equals(own.Error, ""))
	qt.Check(t, qt.HasLen(deviceNamed(t, own, "a0").XDP, 1))
	qt.Check(t, qt.Matches(found.Namespaces[1].Error, ".*operation not permitted"))
	qt.Check(t, qt.Matches(found.Pinned.Error, ".*permission denied"))
	qt.Check(t, qt.Matches(found.ProgramsError, ".*operation not permitted"))
	qt.Check(t, qt.HasLen(found.Unread(), 4)) // the bpf file systems are the fourth
}
