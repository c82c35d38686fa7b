// SPDX-License-Identifier: MIT

package tally

import (
	"errors"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/devices"
)

func TestChanges(t *testing.T) {
	eth0 := devices.Device{Name: "eth0", Index: 2, Mode: "generic"}
	native := devices.Device{Name: "eth0", Index: 2, Mode: "driver"}
	both := devices.Device{Name: "eth0", Index: 2, Mode: "generic", Out: true}
	blind := errors.New("nobody may")
	usual := func(change func(*Snapshot)) Snapshot {
		s := Snapshot{
			Pin: "/p", Devices: []devices.Device{eth0}, InForce: true, Generation: 3,
			Lease: Lease{Left: time.Minute},
		}
		if change != nil {
			change(&s)
		}
		return s
	}
	tests := []struct {
		name        string
		before, now func(*Snapshot)
		want        []string
	}{
		{"none", nil, nil, nil},
		{"time passes", nil, func(s *Snapshot) { s.Lease.Left = time.Second }, nil},
		{"new faults", nil, func(s *Snapshot) { s.Generation, s.Lease.Left = 4, time.Hour },
			[]string{"new faults are in force"}},
		{"lease ended", nil, func(s *Snapshot) { s.Lease = Lease{} },
			[]string{"the lease has ended: everything passes"}},
		{"lease renewed", func(s *Snapshot) { s.Lease = Lease{} }, nil,
			[]string{"the lease was renewed"}},
		{"lease without end", nil, func(s *Snapshot) { s.Lease = Lease{Forever: true} },
			[]string{"the lease was renewed"}},
		{"another mode", nil, func(s *Snapshot) { s.Devices = []devices.Device{native} },
			[]string{"no longer attached to eth0 (generic)", "attached to eth0 (driver)"}},
		{"faults for what leaves", nil, func(s *Snapshot) { s.Devices = []devices.Device{both} },
			[]string{"attached to eth0 (out)"}},
		{"and no more", func(s *Snapshot) { s.Devices = []devices.Device{both} }, nil,
			[]string{"no longer attached to eth0 (out)"}},
		{"packets that wait", nil, func(s *Snapshot) {
			waiting := eth0
			waiting.In, waiting.Queues[abi.DirectionIn] = true, devices.Queue{There: true, Waiting: 5}
			s.Devices = []devices.Device{waiting}
		}, nil},
		{"program not named", nil, func(s *Snapshot) { s.Devices, s.Unnamed = nil, true }, nil},
		{"device gone", nil, func(s *Snapshot) { s.Devices = nil },
			[]string{"no longer attached to eth0 (generic)"}},
		{"suspended", nil, func(s *Snapshot) { s.Slept = 90*time.Minute + time.Millisecond },
			[]string{"the system slept for 1h30m0s; leases went on"}},
		{"clocks are not read at one instant", nil, func(s *Snapshot) { s.Slept = time.Microsecond }, nil},
		{"events taken", nil, func(s *Snapshot) { s.Blind = blind },
			[]string{"no more events: nobody may"}},
		{"events back", func(s *Snapshot) { s.Blind = blind }, nil,
			[]string{"the events come here now"}},
		{"unloaded", nil, func(s *Snapshot) { s.Devices, s.Gone = nil, blind }, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var texts []string
			for _, note := range Changes(usual(test.before), usual(test.now)) {
				qt.Check(t, qt.Equals(note.Pin, "/p"))
				texts = append(texts, note.Text)
			}
			qt.Assert(t, qt.DeepEquals(texts, test.want))
		})
	}
}
