// SPDX-License-Identifier: MIT

package tally

import (
	"slices"

	"dilih/bpf/abi"
	"dilih/reader/devices"
)

// Part is a part of what stands in the way of packets.
type Part string

// The parts. Without one of them, those after it are of no use.
const (
	Program Part = "program"
	IFB     Part = "ifb"    // the device where packets wait
	Filter  Part = "filter" // that takes them there
	Up      Part = "up"     // the ifb device is down
	FQ      Part = "fq"     // that releases them
)

// Missing is what the faults in force ask for at one side of a device, and what is not there: the first such part.
type Missing struct {
	Device    string
	Direction abi.Direction
	Part      Part
	Loses     bool   // what is to wait gets lost; otherwise it does not wait
	Namespace string // of the device, as its own Namespace
}

// Missing lists all that is. Of pins that are gone, and of programs that are not known, nothing is.
func (s Snapshot) Missing() (list []Missing) {
	if s.Gone != nil || s.Unnamed {
		return nil
	}
	for _, direction := range []abi.Direction{abi.DirectionIn, abi.DirectionOut} {
		for _, device := range s.Devices {
			if part := s.missing(device, direction); part != "" {
				loses := part != Program && device.Queues[direction].Loses()
				list = append(list, Missing{device.Name, direction, part, loses, device.Namespace})
			}
		}
	}
	return list
}

// missing is the first part that is, or nothing.
func (s Snapshot) missing(device devices.Device, direction abi.Direction) Part {
	queue := device.Queues[direction]
	switch {
	case !s.decides(device, direction):
		return Program
	case !s.Waits(direction):
		return ""
	case !queue.There:
		return IFB
	case !queue.Fed:
		return Filter
	case !queue.Up:
		return Up
	case !queue.Holds:
		return FQ
	}
	return ""
}

// decides says whether the program is there that the faults of the direction need, if there are any.
func (s Snapshot) decides(device devices.Device, direction abi.Direction) bool {
	isForIt := func(rule Rule) bool { return !rule.Guard && rule.Way == direction }
	switch {
	case !slices.ContainsFunc(s.Rules, isForIt):
		return true
	case direction == abi.DirectionOut:
		return device.Out
	case s.Arriving == abi.HookTCIn: // XDP has to mark packets for it
		return device.In && device.Mode != ""
	}
	return device.Mode != ""
}

// Waits says whether some packet of the direction may have to wait, or come twice. In shadow mode none has.
func (s Snapshot) Waits(direction abi.Direction) bool {
	mayWait := func(rule Rule) bool { return !rule.Guard && rule.Way == direction && rule.Effects.Any() }
	return !s.Shadow && slices.ContainsFunc(s.Rules, mayWait)
}

// Queued is what the queues of all devices tell, of one direction: packets that an fq dropped by itself, and those
// that wait.
func (s Snapshot) Queued(direction abi.Direction) (dropped, waiting uint64) {
	for _, device := range s.Devices {
		dropped += device.Queues[direction].Dropped
		waiting += device.Queues[direction].Waiting
	}
	return dropped, waiting
}
