// SPDX-License-Identifier: MIT

package tally

import (
	"slices"

	"dilih/bpf/abi"
	"dilih/reader/devices"
)

// Unseen is how many packets a device has received in an interval about which no hook has decided, as far as that can be
// told.
type Unseen struct {
	Known   bool
	Packets uint64
}

// A device is suspected if it has received at least so many packets in an interval, and fewer than one in so many were
// seen. Both counts may be off by the packets on their way, and some devices count packets that others count as one.
const (
	suspectFrom = 100
	suspectPart = 10
)

// NewUnseen judges the devices by what each has received in an interval, and by how many packets were seen on all of
// them together, which is all that is counted. The packets that were seen have to include those of that interval.
//
// It is 0 where tc_in is attached, which decides about what XDP has not seen. It is not known of a device that has
// received too little, and where other devices may have received what was seen.
func NewUnseen(before, now []devices.Device, seen uint64) []Unseen {
	var all uint64
	complete := true
	received := make([]uint64, len(now))
	for i, device := range now {
		packets, known := receivedSince(before, device)
		received[i] = packets
		all += packets
		complete = complete && known
	}
	list := make([]Unseen, len(now))
	for i, device := range now {
		_, known := receivedSince(before, device)
		list[i] = judge(device, known, received[i], seen, since(seen, all), complete)
	}
	return list
}

// judge is of one device, if so many packets in all were missed. That is complete if it is known of all devices.
func judge(device devices.Device, known bool, received, seen, missed uint64, complete bool) Unseen {
	enough := known && received >= suspectFrom
	switch {
	case device.In:
		return Unseen{Known: true}
	case device.Mode == "" || !enough:
		return Unseen{}
	case seen < received/suspectPart:
		return Unseen{true, received - seen}
	case complete && missed < received-received/suspectPart:
		return Unseen{Known: true}
	}
	return Unseen{}
}

// receivedSince is how many packets a device has received since it was listed before.
func receivedSince(before []devices.Device, device devices.Device) (packets uint64, known bool) {
	i := slices.IndexFunc(before, func(b devices.Device) bool {
		return b.Namespace == device.Namespace && b.Index == device.Index && b.Mode == device.Mode
	})
	if i < 0 || !before[i].Counts || !device.Counts || device.Received < before[i].Received {
		return 0, false
	}
	return device.Received - before[i].Received, true
}

// Suspected says whether a device has received packets that nobody decided about.
func Suspected(list []Unseen) bool {
	return slices.ContainsFunc(list, func(u Unseen) bool { return u.Packets > 0 })
}

// Overlooked are the devices that faults for incoming packets are for and whose packets nobody decides about.
func (s Snapshot) Overlooked() (list []Overlooked) {
	isForIt := func(rule Rule) bool { return !rule.Guard && rule.Way == abi.DirectionIn }
	if s.Gone != nil || !slices.ContainsFunc(s.Rules, isForIt) {
		return nil
	}
	for i, unseen := range s.Unseen {
		if unseen.Packets > 0 {
			list = append(list, Overlooked{s.Devices[i], unseen.Packets})
		}
	}
	return list
}

// Overlooked is a device, and how many of its packets were not seen in the last interval.
type Overlooked struct {
	Device  devices.Device
	Packets uint64
}
