// SPDX-License-Identifier: MIT

package world

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
)

// example is a world with all that a summary shows.
func example() World {
	pin := Entry{Name: "/sys/fs/bpf/dilih", Type: Dir}
	eth0 := Device{Name: "eth0", XDP: []XDP{{Mode: "xdpgeneric", Program: 7}}}
	eth0.Filters[abi.DirectionOut] = []Filter{{Program: 8}, {Kind: "flower"}}
	return World{
		Pinned: Directory{Entry: pin, Control: &Control{
			Active: true, Control: abi.Control{ABI: abi.Version, Generation: 3}, Set: abi.FaultSet{Seed: 42},
			Rules: []abi.Rule{{Guard: 1}, {Guard: 1}, {}},
		}},
		New:      Directory{Entry: Entry{Type: Absent}},
		Old:      Directory{Entry: Entry{Name: "/sys/fs/bpf/dilih-old", Type: Link, UID: 4242}},
		Programs: []Program{{ID: 7, Name: "xdp_dilih"}, {ID: 8, Name: "tc_out"}},
		Namespaces: []Namespace{
			{Own: true, Path: "/proc/thread-self/ns/net", Devices: []Device{{Name: "lo"}, eth0}},
			{Path: "/run/netns/\x1b[2J", Devices: []Device{
				{Name: "a\vb", XDP: []XDP{{Mode: "xdpdrv", Program: 9, Name: "x\x1bdp"}}},
				{Name: "dilih-in3", Kind: "ifb", Alias: "dilih /sys/fs/bpf/dilih", Root: Qdisc{Waiting: 5}},
			}},
			{Path: "/run/netns/quiet"},
			{Path: "/run/netns/evil", Error: "no\nanswer"},
		},
	}
}

func TestSummary(t *testing.T) {
	qt.Check(t, qt.Equals(example().Summary(), strings.TrimLeft(`
/sys/fs/bpf/dilih: loaded, 1 fault and 2 guards are active (generation 3, seed 42)
/sys/fs/bpf/dilih-old: a symlink of user 4242, which is not dilih's
this network namespace:
  eth0: xdpgeneric xdp_dilih, out tc_out
network namespace /run/netns/\x1b[2J:
  a\vb: xdpdrv x\x1bdp (other program, id 9)
  dilih-in3: queue, 5 packets waiting
network namespace /run/netns/evil could not be read:
1 network namespace without BPF programs
could not be read:
  /run/netns/evil: no\nanswer
`, "\n")))
}

func TestErr(t *testing.T) {
	found := example()
	qt.Check(t, qt.ErrorIs(found.Err(), ErrRights))
	found.Rights.Capabilities = 1<<41 - 1
	qt.Check(t, qt.ErrorIs(found.Err(), ErrUnread))
	qt.Check(t, qt.IsFalse(errors.Is(found.Err(), ErrRights)))
	found.Rights.UserNamespace = true
	qt.Check(t, qt.ErrorIs(found.Err(), ErrRights))
	found.Namespaces = found.Namespaces[:3]
	qt.Check(t, qt.IsNil(found.Err()))
}

func TestMarked(t *testing.T) {
	pins := Directory{Inside: []Entry{
		{Name: "netns-4026531833", Type: Dir}, {Name: "netns-7", Type: File}, {Name: "netns-x", Type: Dir},
		{Name: "clsact-2-9", Type: Dir}, {Name: "events", Type: Dir},
	}}
	qt.Check(t, qt.DeepEquals(marked(Directory{}, pins), map[uint64]bool{4026531833: true}))
}

func TestBPFMount(t *testing.T) {
	const before, after = "32 24 0:29 / ", " rw,nosuid - bpf bpf rw,mode=700"
	qt.Check(t, qt.Equals(bpfMount(before+"/sys/fs/bpf"+after), "/sys/fs/bpf"))
	qt.Check(t, qt.Equals(bpfMount(before+`/a\040b\134c`+after), `/a b\c`))
	qt.Check(t, qt.Equals(bpfMount("32 24 0:29 / /proc rw - proc proc rw"), ""))
	qt.Check(t, qt.Equals(bpfMount("nonsense - bpf "), ""))
}

func TestSortNamespaces(t *testing.T) {
	namespaces := []Namespace{{Path: "/proc/9/ns/net"}, {Path: "/run/netns/b"}, {Path: "/run/netns/a"}, {Path: "/x", Own: true}}
	sortNamespaces(namespaces)
	want := []string{"/x", "/run/netns/a", "/run/netns/b", "/proc/9/ns/net"}
	for i, namespace := range namespaces {
		qt.Check(t, qt.Equals(namespace.Path, want[i]))
	}
}
