// SPDX-License-Identifier: MIT

package world

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
)

// sides are where tc has filters, by direction.
var sides = [abi.Directions]uint32{
	abi.DirectionIn: netlink.HANDLE_MIN_INGRESS, abi.DirectionOut: netlink.HANDLE_MIN_EGRESS,
}

// readQdiscs notes the queueing disciplines of the devices.
func (r route) readQdiscs(devices []Device) error {
	messages, err := r.list(unix.RTM_GETQDISC, unix.RTM_NEWQDISC, &nl.TcMsg{Family: unix.AF_UNSPEC})
	if err != nil {
		return fmt.Errorf("list the queueing disciplines: %w", err)
	}
	byIndex := make(map[int]*Device, len(devices))
	for i := range devices {
		byIndex[devices[i].Index] = &devices[i]
	}
	for _, message := range messages {
		head, attributes, err := parseTC(message)
		if err != nil {
			return fmt.Errorf("read a queueing discipline: %w", err)
		}
		if device := byIndex[int(head.Ifindex)]; device != nil { // or else it is newer than the list of devices
			if err := device.takeQdisc(head, attributes); err != nil {
				return fmt.Errorf("read a queueing discipline: %w", err)
			}
		}
	}
	return nil
}

func parseTC(message []byte) (*nl.TcMsg, map[uint16][]byte, error) {
	if len(message) < nl.SizeofTcMsg {
		return nil, nil, unix.EINVAL
	}
	head := nl.DeserializeTcMsg(message)
	attributes, err := attributesOf(message[head.Len():])
	return head, attributes, err
}

func (d *Device) takeQdisc(head *nl.TcMsg, attributes map[uint16][]byte) error {
	kind := textOf(attributes[nl.TCA_KIND])
	switch {
	case kind == "clsact":
		d.Clsact = true
	case head.Parent == netlink.HANDLE_INGRESS:
		d.Ingress = true
	case head.Parent == netlink.HANDLE_ROOT:
		statistics, err := attributesOf(attributes[nl.TCA_STATS2])
		if err != nil {
			return err
		}
		d.Root = Qdisc{Kind: kind, Handle: head.Handle}
		if queue := statistics[nl.TCA_STATS_QUEUE]; len(queue) >= sizeofQueueStatistics {
			d.Root.Waiting, d.Root.Dropped = uint64(numberOf(queue)), uint64(numberOf(queue[8:]))
		}
	}
	return nil
}

// sizeofQueueStatistics is the size of struct gnet_stats_queue: qlen, backlog, drops, requeues and overlimits.
const sizeofQueueStatistics = 20

// readFilters notes the filters of the device.
func (r route) readFilters(device *Device) error {
	for direction, side := range sides {
		head := &nl.TcMsg{Family: unix.AF_UNSPEC, Ifindex: int32(device.Index), Parent: side}
		messages, err := r.list(unix.RTM_GETTFILTER, unix.RTM_NEWTFILTER, head)
		if err != nil {
			return fmt.Errorf("list the filters: %w", err)
		}
		filters, err := parseFilters(messages)
		if err != nil {
			return fmt.Errorf("read a filter: %w", err)
		}
		device.Filters[direction] = filters
	}
	return nil
}

func parseFilters(messages [][]byte) (filters []Filter, err error) {
	for _, message := range messages {
		head, attributes, err := parseTC(message)
		if err != nil {
			return nil, err
		}
		if attributes[nl.TCA_OPTIONS] == nil { // it announces the filters of one pref
			continue
		}
		filter, err := parseFilter(head, attributes)
		if err != nil {
			return nil, err
		}
		filters = append(filters, filter)
	}
	slices.SortStableFunc(filters, func(a, b Filter) int { return cmp.Compare(a.Pref, b.Pref) })
	return filters, nil
}

func parseFilter(head *nl.TcMsg, attributes map[uint16][]byte) (filter Filter, err error) {
	filter = Filter{
		Pref: uint16(head.Info >> 16), Handle: head.Handle, Protocol: nl.Swap16(uint16(head.Info)),
		Kind: textOf(attributes[nl.TCA_KIND]),
	}
	if filter.Kind != "bpf" {
		return filter, nil
	}
	options, err := attributesOf(attributes[nl.TCA_OPTIONS])
	if err != nil {
		return filter, err
	}
	filter.Program = numberOf(options[nl.TCA_BPF_ID])
	filter.Target, err = redirectTarget(options[nl.TCA_BPF_ACT])
	return filter, err
}

// mirredIfindex is where struct tc_mirred has the index of the device; nl.SizeofTcMirred is too large.
const mirredIfindex = 24

// redirectTarget returns the device that the first redirecting action sends packets to, or 0.
func redirectTarget(actions []byte) (target int, err error) {
	list, err := parseAttributes(actions)
	if err != nil {
		return 0, err
	}
	for _, action := range list {
		attributes, err := attributesOf(action.Value)
		if err != nil {
			return 0, err
		}
		if textOf(attributes[nl.TCA_ACT_KIND]) != "mirred" {
			continue
		}
		options, err := attributesOf(attributes[nl.TCA_ACT_OPTIONS])
		if err != nil {
			return 0, err
		}
		if parameters := options[nl.TCA_MIRRED_PARMS]; len(parameters) >= mirredIfindex+4 {
			return int(numberOf(parameters[mirredIfindex:])), nil
		}
	}
	return 0, nil
}
