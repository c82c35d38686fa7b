// SPDX-License-Identifier: MIT

package tally

import (
	"fmt"
	"time"

	"dilih/reader/devices"
)

// Note says that something changed, for people.
type Note struct {
	Time time.Time
	Pin  string
	Text string
}

// Changes are what a person who looks on should hear of, between two snapshots of one pin directory.
func Changes(before, now Snapshot) []Note {
	var notes []Note
	say := func(format string, words ...any) {
		notes = append(notes, Note{now.Time, now.Pin, fmt.Sprintf(format, words...)})
	}
	if now.Slept >= time.Second {
		say("the system slept for %v; leases went on", now.Slept.Round(time.Second))
	}
	faultChanges(before, now, say)
	if now.Gone == nil && !before.Unnamed && !now.Unnamed {
		deviceChanges(before.Devices, now.Devices, say)
	}
	switch {
	case before.Blind == nil && now.Blind != nil:
		say("no more events: %v", now.Blind)
	case before.Blind != nil && now.Blind == nil:
		say("the events come here now")
	}
	return notes
}

func faultChanges(before, now Snapshot, say func(string, ...any)) {
	switch {
	case now.Generation != before.Generation:
		say("new faults are in force")
	case now.Lease.Ended() && !before.Lease.Ended():
		say("the lease has ended: everything passes")
	case now.Lease.Forever != before.Lease.Forever, now.Lease.Left > before.Lease.Left:
		say("the lease was renewed")
	}
}

func deviceChanges(before, now []devices.Device, say func(string, ...any)) {
	before, now = apart(before), apart(now)
	for _, device := range missing(before, now) {
		say("no longer attached to %v", device)
	}
	for _, device := range missing(now, before) {
		say("attached to %v", device)
	}
}

// apart has a device for each program on it: those for the two directions come and go by themselves.
func apart(list []devices.Device) (apart []devices.Device) {
	for _, device := range list {
		of := devices.Device{Namespace: device.Namespace, Name: device.Name, Index: device.Index, L3: device.L3}
		in, out := of, of
		in.Mode, out.Out = device.Mode, device.Out
		if in.Mode != "" {
			apart = append(apart, in)
		}
		if out.Out {
			apart = append(apart, out)
		}
	}
	return apart
}

// missing are those of the list that the other one has not.
func missing(list, other []devices.Device) (rest []devices.Device) {
	has := make(map[devices.Device]bool)
	for _, device := range other {
		has[device] = true
	}
	for _, device := range list {
		if !has[device] {
			rest = append(rest, device)
		}
	}
	return rest
}
