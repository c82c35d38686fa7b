// SPDX-License-Identifier: MIT

package devices

import (
	"net"
	"testing"

	"github.com/go-quicktest/qt"
	"github.com/vishvananda/netlink"
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
		"eth0 (driver)":       {Name: "eth0", Mode: "driver", In: true},
		"eth0 (in)":           {Name: "eth0", In: true},

		"eth0 in netns blue (driver)": {Namespace: "blue", Name: "eth0", Mode: "driver"},
	} {
		qt.Check(t, qt.Equals(device.String(), want))
	}
}

// No program has id 0, and no interface carries it.
func TestWithNone(t *testing.T) {
	found, err := With([abi.Hooks]uint32{}, "/sys/fs/bpf/dilih")
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(found, 0))
}

// What a queue is made of, one thing after the other.
func TestQueue(t *testing.T) {
	ifb := &netlink.Ifb{LinkAttrs: netlink.LinkAttrs{Name: "dilih-out7", Index: 9, Alias: "dilih /sys/fs/bpf/dilih"}}
	said := &netlink.QdiscStatistics{Queue: &netlink.GnetStatsQueue{Qlen: 5, Drops: 3}}
	qdisc := func(index int, parent uint32) netlink.QdiscAttrs {
		return netlink.QdiscAttrs{LinkIndex: index, Parent: parent, Statistics: said}
	}
	fq := &netlink.Fq{QdiscAttrs: qdisc(9, netlink.HANDLE_ROOT)}
	others := []netlink.Qdisc{
		&netlink.Fq{QdiscAttrs: qdisc(8, netlink.HANDLE_ROOT)},
		&netlink.Fq{QdiscAttrs: qdisc(9, netlink.MakeHandle(1, 1))},
		&netlink.GenericQdisc{QdiscAttrs: qdisc(9, netlink.HANDLE_ROOT), QdiscType: "noqueue"},
	}
	find := func(pin string, qdiscs ...netlink.Qdisc) Queue {
		device := Device{Index: 7}
		device.Queues[abi.DirectionOut] = Queue{Filtered: true}
		device.findQueues(pin, targets{abi.DirectionOut: 9}, []netlink.Link{ifb}, qdiscs)
		qt.Assert(t, qt.Equals(device.Queues[abi.DirectionIn], Queue{}))
		return device.Queues[abi.DirectionOut]
	}
	qt.Check(t, qt.Equals(find("/sys/fs/bpf/other", fq), Queue{Filtered: true}))
	qt.Check(t, qt.Equals(find("/sys/fs/bpf/dilih", others...), Queue{There: true, Filtered: true, Fed: true}))
	ifb.Flags |= net.FlagUp
	whole := Queue{There: true, Up: true, Holds: true, Filtered: true, Fed: true, Dropped: 3, Waiting: 5}
	qt.Check(t, qt.Equals(find("/sys/fs/bpf/dilih/", append(others, fq)...), whole))
	ifb.Name = "dilih-out8"
	qt.Check(t, qt.Equals(find("/sys/fs/bpf/dilih", fq), Queue{Filtered: true}))
}
