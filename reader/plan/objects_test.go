// SPDX-License-Identifier: MIT

package plan

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/reader/fault"
	"dilih/reader/world"
)

// loads carries out a verb and returns the objects that it has loaded.
func (h *history) loads(t *testing.T, verb Verb, devices, faults string) (objects []string, end outcome) {
	r := Request{Verb: verb, Objects: h.kernel.objects, Devices: strings.Fields(devices), Guards: "off", Mode: generic, Snaplen: 96}
	r.Lease, _ = ParseLease("1h")
	var err error
	if faults != "" {
		r.Faults, err = fault.Parse("test", faults)
		qt.Assert(t, qt.IsNil(err))
	}
	h.log = nil
	end, err = h.verb(r, whole)
	qt.Assert(t, qt.IsNil(err))
	for _, e := range h.log {
		if slices.Contains(e.step.Argv, "loadall") {
			objects = append(objects, strings.TrimPrefix(e.step.Argv[3], "bpf/"))
		}
	}
	return objects, end
}

func hostWith(devices ...world.Device) *history {
	own := &modelSpace{inode: 100, path: "/proc/self/ns/net", own: true}
	h := &history{Rand: rand.New(rand.NewPCG(1, 2)), kernel: newModel(), gso: map[*world.Device]uint32{}}
	h.kernel.objects = "1"
	h.kernel.spaces = append(h.kernel.spaces, own)
	for _, device := range devices {
		h.gso[own.add(device)] = device.GSOMaxSegs
	}
	h.foreign = h.strangers()
	return h
}

func TestLoadsWhatIsNeeded(t *testing.T) {
	h := hostWith(world.Device{Name: "eth0", Ether: true, GSOMaxSegs: 65535},
		world.Device{Name: "tun0", Kind: "tun", Entry: "xdp_dilih_l3", GSOMaxSegs: 65535})
	for i, test := range []struct {
		verb            Verb
		devices, faults string
		want            string
	}{
		{Up, "eth0", "drop 5%", "dilih_kern.o"},
		{Fault, "", "drop 1% out", "tc_out.o"},
		{Fault, "", "drop 2% out", ""},
		{Fault, "", "delay 1ms", "tc_duplicate.o tc_in.o tc_queue.o"},
		{Fault, "", "delay 1ms out", ""},
		{Up, "eth0", "drop 5%", "dilih_kern.o tc_duplicate.o tc_in.o tc_out.o tc_queue.o"},
		{Up, "tun0", "", "dilih_kern.o tc_duplicate.o tc_in.o tc_out.o tc_queue.o xdp_dilih_l3.o"},
		{Down, "", "", ""},
		{Up, "tun0", "drop 5%", "dilih_kern.o xdp_dilih_l3.o"},
		{Fault, "", "drop 1% out", "tc_out_l3.o"},
		{Down, "", "", ""},
	} {
		got, end := h.loads(t, test.verb, test.devices, test.faults)
		qt.Assert(t, qt.IsNil(end.refused), qt.Commentf("verb %d", i))
		qt.Assert(t, qt.IsNil(h.checkEnd(end)), qt.Commentf("verb %d", i))
		qt.Check(t, qt.Equals(strings.Join(got, " "), test.want), qt.Commentf("verb %d", i))
	}
}

// A program from other objects is not loaded beside those that run, and make loads all of them anew.
func TestRefusesOtherObjects(t *testing.T) {
	h := hostWith(world.Device{Name: "eth0", Ether: true, GSOMaxSegs: 65535})
	_, end := h.loads(t, Up, "eth0", "drop 5%")
	qt.Assert(t, qt.IsNil(end.refused))
	h.kernel.objects = "2"
	got, end := h.loads(t, Fault, "", "drop 1% out")
	qt.Check(t, qt.ErrorMatches(end.refused,
		"/sys/fs/bpf/dilih holds programs from other objects than those in /bpf, and these faults need one more: DEV=eth0 make takes over from them, without a gap"))
	qt.Check(t, qt.HasLen(got, 0))
	_, end = h.loads(t, Fault, "", "drop 1%")
	qt.Check(t, qt.IsNil(end.refused))
	got, end = h.loads(t, Up, "eth0", "drop 1% out")
	qt.Check(t, qt.IsNil(end.refused))
	qt.Check(t, qt.IsNil(h.checkEnd(end)))
	qt.Check(t, qt.DeepEquals(got, []string{"dilih_kern.o", "tc_out.o"}))
}
