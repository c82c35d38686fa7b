// SPDX-License-Identifier: MIT

package tally

import (
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/devices"
)

// received is a device that has received so many packets in all.
func received(index int, packets uint64) devices.Device {
	return devices.Device{Name: "eth0", Index: index, Mode: "driver", Counts: true, Received: packets}
}

func with(device devices.Device, change func(*devices.Device)) devices.Device {
	change(&device)
	return device
}

func TestUnseen(t *testing.T) {
	unknown, none := Unseen{}, Unseen{Known: true}
	some := func(packets uint64) Unseen { return Unseen{true, packets} }
	few, many := received(2, 1000), received(2, 11_000)
	other, more := received(3, 500), received(3, 3_500)
	for name, test := range map[string]struct {
		before, now []devices.Device
		seen        uint64
		want        []Unseen
	}{
		"all are seen":                   {[]devices.Device{few}, []devices.Device{many}, 10_000, []Unseen{none}},
		"none is seen":                   {[]devices.Device{few}, []devices.Device{many}, 0, []Unseen{some(10_000)}},
		"fewer than a tenth":             {[]devices.Device{few}, []devices.Device{many}, 999, []Unseen{some(9_001)}},
		"a tenth":                        {[]devices.Device{few}, []devices.Device{many}, 1_001, []Unseen{none}},
		"more are seen than received":    {[]devices.Device{few}, []devices.Device{many}, 400_000, []Unseen{none}},
		"too few to tell":                {[]devices.Device{few}, []devices.Device{received(2, 1_099)}, 0, []Unseen{unknown}},
		"just enough":                    {[]devices.Device{few}, []devices.Device{received(2, 1_100)}, 0, []Unseen{some(100)}},
		"tc_in decides":                  {[]devices.Device{few}, []devices.Device{with(many, func(d *devices.Device) { d.In = true })}, 0, []Unseen{none}},
		"tc_in is gone":                  {[]devices.Device{with(few, func(d *devices.Device) { d.In = true })}, []devices.Device{many}, 0, []Unseen{some(10_000)}},
		"only what leaves":               {[]devices.Device{with(few, func(d *devices.Device) { d.Mode = "" })}, []devices.Device{with(many, func(d *devices.Device) { d.Mode = "" })}, 0, []Unseen{unknown}},
		"in another namespace":           {[]devices.Device{with(few, func(d *devices.Device) { d.Namespace = "blue" })}, []devices.Device{many}, 0, []Unseen{unknown}},
		"attached a moment ago":          {nil, []devices.Device{many}, 0, []Unseen{unknown}},
		"in another mode":                {[]devices.Device{with(few, func(d *devices.Device) { d.Mode = "generic" })}, []devices.Device{many}, 0, []Unseen{unknown}},
		"made anew":                      {[]devices.Device{many}, []devices.Device{few}, 0, []Unseen{unknown}},
		"a kernel that does not say":     {[]devices.Device{few}, []devices.Device{with(many, func(d *devices.Device) { d.Counts = false })}, 0, []Unseen{unknown}},
		"two, and all are seen":          {[]devices.Device{few, other}, []devices.Device{many, more}, 13_000, []Unseen{none, none}},
		"two, and one is not seen":       {[]devices.Device{few, other}, []devices.Device{many, more}, 10_000, []Unseen{none, unknown}},
		"two, and the large is not seen": {[]devices.Device{few, other}, []devices.Device{many, more}, 900, []Unseen{some(9_100), unknown}},
		"two, and none is seen":          {[]devices.Device{few, other}, []devices.Device{many, more}, 0, []Unseen{some(10_000), some(3_000)}},
		"two, and one is idle":           {[]devices.Device{few, other}, []devices.Device{many, other}, 10_000, []Unseen{none, unknown}},
		"two, and one cannot be told":    {[]devices.Device{few}, []devices.Device{many, more}, 10_000, []Unseen{unknown, unknown}},
	} {
		qt.Check(t, qt.DeepEquals(NewUnseen(test.before, test.now, test.seen), test.want), qt.Commentf("%s", name))
	}
}

// TestOverlooked: whoever asks for nothing of incoming packets does not miss them.
func TestOverlooked(t *testing.T) {
	s := Snapshot{Devices: []devices.Device{received(2, 5), received(3, 5)}, Unseen: []Unseen{{true, 0}, {true, 700}}}
	qt.Check(t, qt.HasLen(s.Overlooked(), 0))
	s.Rules = []Rule{{Way: abi.DirectionOut}, {Way: abi.DirectionIn, Guard: true}}
	qt.Check(t, qt.HasLen(s.Overlooked(), 0))
	s.Rules = append(s.Rules, Rule{Way: abi.DirectionIn})
	qt.Check(t, qt.DeepEquals(s.Overlooked(), []Overlooked{{received(3, 5), 700}}))
}
