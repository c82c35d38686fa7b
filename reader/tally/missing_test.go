// SPDX-License-Identifier: MIT

package tally

import (
	"errors"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/devices"
)

// wholeQueue lacks nothing.
var wholeQueue = devices.Queue{There: true, Up: true, Holds: true, Filtered: true, Fed: true}

// queued is a snapshot of faults that make packets wait, both ways, and of all that they ask for.
func queued(change func(s *Snapshot, device *devices.Device)) Snapshot {
	device := devices.Device{
		Name: "eth0", Mode: "generic", In: true, Out: true, Queues: [abi.Directions]devices.Queue{wholeQueue, wholeQueue},
	}
	s := Snapshot{Arriving: abi.HookTCIn, Rules: []Rule{
		{Way: abi.DirectionIn, Effects: Effects{Delay: true}},
		{Way: abi.DirectionOut, Effects: Effects{Duplicate: true}},
	}}
	change(&s, &device)
	s.Devices = []devices.Device{device}
	return s
}

func TestMissing(t *testing.T) {
	const in, out = abi.DirectionIn, abi.DirectionOut
	tests := []struct {
		name   string
		change func(s *Snapshot, device *devices.Device)
		want   []Missing
	}{
		{"nothing", func(*Snapshot, *devices.Device) {}, nil},
		{"tc_in", func(_ *Snapshot, d *devices.Device) { d.In = false }, []Missing{{"eth0", in, Program, false, ""}}},
		{"XDP before it", func(_ *Snapshot, d *devices.Device) { d.Mode = "" }, []Missing{{"eth0", in, Program, false, ""}}},
		{"tc_out", func(_ *Snapshot, d *devices.Device) { d.Out = false }, []Missing{{"eth0", out, Program, false, ""}}},
		{"XDP that nobody asks for", func(s *Snapshot, d *devices.Device) {
			s.Rules, d.Mode, d.In, s.Arriving = s.Rules[1:], "", false, abi.HookXDP
		}, nil},
		{"both queues, the filters too", func(_ *Snapshot, d *devices.Device) { d.Queues = [2]devices.Queue{} },
			[]Missing{{"eth0", in, IFB, false, ""}, {"eth0", out, IFB, false, ""}}},
		{"the ifb alone", func(_ *Snapshot, d *devices.Device) { d.Queues[in] = devices.Queue{Filtered: true} },
			[]Missing{{"eth0", in, IFB, true, ""}}},
		{"the filter", func(_ *Snapshot, d *devices.Device) { d.Queues[in].Filtered, d.Queues[in].Fed = false, false },
			[]Missing{{"eth0", in, Filter, false, ""}}},
		{"the filter points elsewhere", func(_ *Snapshot, d *devices.Device) { d.Queues[in].Fed = false },
			[]Missing{{"eth0", in, Filter, true, ""}}},
		{"the ifb is down", func(_ *Snapshot, d *devices.Device) { d.Queues[out].Up = false },
			[]Missing{{"eth0", out, Up, true, ""}}},
		{"the fq", func(_ *Snapshot, d *devices.Device) { d.Queues[out].Holds = false },
			[]Missing{{"eth0", out, FQ, false, ""}}},
		{"no queue, in shadow mode", func(s *Snapshot, d *devices.Device) { s.Shadow, d.Queues = true, [2]devices.Queue{} }, nil},
		{"pins that are gone", func(s *Snapshot, d *devices.Device) { s.Gone, d.In = errors.New("gone"), false }, nil},
		{"a guard asks for nothing", func(s *Snapshot, d *devices.Device) { s.Rules[1].Guard, d.Out = true, false }, nil},
	}
	for _, test := range tests {
		qt.Check(t, qt.DeepEquals(queued(test.change).Missing(), test.want), qt.Commentf("%s", test.name))
	}
}

func TestQueued(t *testing.T) {
	s := queued(func(_ *Snapshot, d *devices.Device) {
		d.Queues[abi.DirectionOut].Dropped, d.Queues[abi.DirectionOut].Waiting = 3, 5
	})
	s.Devices = append(s.Devices, s.Devices[0])
	dropped, waiting := s.Queued(abi.DirectionOut)
	qt.Assert(t, qt.Equals(dropped, 6))
	qt.Assert(t, qt.Equals(waiting, 10))
}
