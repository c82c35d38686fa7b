// SPDX-License-Identifier: MIT

package devices

import (
	"fmt"
	"net"
	"path/filepath"
	"slices"

	"github.com/vishvananda/netlink"

	"dilih/bpf/abi"
)

// Queue is where packets of one direction wait: an ifb device of ours with an fq on it, and a filter that takes
// packets there. The zero value is that of a device without.
type Queue struct {
	There    bool // the ifb device is
	Up       bool
	Holds    bool // it has an fq, which releases each packet at its time
	Filtered bool // a filter takes packets away that are to wait; without one they go on at once
	Fed      bool // it takes them to this ifb device

	Dropped uint64 // packets, by the fq itself
	Waiting uint64 // packets
}

// targets are the devices that filters take packets to which are to wait, by direction and index.
type targets [abi.Directions]int

// sides are where tc has filters, by direction.
var sides = [abi.Directions]uint32{
	abi.DirectionIn: netlink.HANDLE_MIN_INGRESS, abi.DirectionOut: netlink.HANDLE_MIN_EGRESS,
}

// Loses says that what is to wait gets lost: it is taken away, and not to an ifb device that is up.
func (q Queue) Loses() bool { return q.Filtered && !(q.Fed && q.Up) }

// HasQueue says whether there is an ifb device of ours for it.
func (d Device) HasQueue() bool {
	return d.Queues[abi.DirectionIn].There || d.Queues[abi.DirectionOut].There
}

// findQueues finds the queues of the device that are of the pin directory, where there are any.
func (d *Device) findQueues(pin string, fed targets, links []netlink.Link, qdiscs []netlink.Qdisc) {
	for direction := range d.Queues {
		queue := &d.Queues[direction]
		name := fmt.Sprintf("dilih-%v%d", abi.Direction(direction), d.Index)
		at := slices.IndexFunc(links, func(link netlink.Link) bool {
			return link.Attrs().Name == name && link.Type() == "ifb" && link.Attrs().Alias == "dilih "+filepath.Clean(pin)
		})
		if at >= 0 {
			queue.look(links[at].Attrs(), qdiscs)
			queue.Fed = fed[direction] == links[at].Attrs().Index
		}
	}
}

// look notes how the ifb device is.
func (q *Queue) look(ifb *netlink.LinkAttrs, qdiscs []netlink.Qdisc) {
	q.There, q.Up = true, ifb.Flags&net.FlagUp != 0
	for _, qdisc := range qdiscs {
		is := qdisc.Attrs()
		if is.LinkIndex != ifb.Index || is.Parent != netlink.HANDLE_ROOT || qdisc.Type() != "fq" {
			continue
		}
		q.Holds = true
		if said := is.Statistics; said != nil && said.Queue != nil {
			q.Dropped, q.Waiting = uint64(said.Queue.Drops), uint64(said.Queue.Qlen)
		}
	}
}
