// SPDX-License-Identifier: MIT

package keeper

import (
	"slices"

	"dilih/reader/tally"
)

// Report says which faults are active, where, and what they have done so far.
type Report struct {
	Faults  []Fault           `json:"faults"` // without guards
	Devices []Device          `json:"devices"`
	Seed    uint64            `json:"seed"`
	Shadow  bool              `json:"shadow"`
	Counts  map[string]uint64 `json:"counts"` // by the names of tally.Counted
}

// Fault is a fault and the packets that it had to do with.
type Fault struct {
	Text    string `json:"text"`
	Matched uint64 `json:"matched"`
	Dropped uint64 `json:"dropped"`
}

// Device is a device that a program of ours is attached to. All of a Keeper's are in one network namespace, unless they
// were moved, and one keeps its index then if it can.
type Device struct {
	Index int    `json:"index"`
	Name  string `json:"name"`
}

// NewReport tells what a snapshot says.
func NewReport(s tally.Snapshot) Report {
	report := Report{Seed: s.Seed, Shadow: s.Shadow, Counts: make(map[string]uint64)}
	for _, rule := range s.Rules {
		if !rule.Guard {
			report.Faults = append(report.Faults, Fault{rule.Text, rule.Matched.Packets, rule.Dropped.Packets})
		}
	}
	for _, device := range s.Devices {
		report.Devices = append(report.Devices, Device{device.Index, device.Name})
	}
	for _, count := range tally.Counted {
		report.Counts[count.Name] = count.All(s)
	}
	return report
}

// Missing returns the names of the devices that are not in the later report any more.
func (r Report) Missing(later Report) (names []string) {
	for _, device := range r.Devices {
		isSame := func(other Device) bool { return other.Index == device.Index }
		if !slices.ContainsFunc(later.Devices, isSame) {
			names = append(names, device.Name)
		}
	}
	return names
}
