// SPDX-License-Identifier: MIT

package plan

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/fault"
	"dilih/reader/world"
)

// bed is a host with eth0, where nothing is loaded, and a request for `up` there.
func bed() (world.World, Request) {
	w := newModel().look()
	w.Namespaces = []world.Namespace{{Inode: 100, Own: true, Path: "/proc/self/ns/net", Devices: []world.Device{
		{Index: 1, Name: "lo", Ether: true, Entry: "xdp_dilih"},
		{Index: 2, Name: "eth0", AltNames: []string{"uplink"}, Ether: true, Entry: "xdp_dilih", Kind: "veth", GSOMaxSegs: 65535},
	}}}
	r := Request{Verb: Up, Devices: []string{"eth0"}, Guards: "off", Seed: 1}
	r.Faults, _ = fault.Parse("test", "drop 5%")
	r.Lease, _ = ParseLease("1h")
	return w, r
}

// loadedBed is a host where the request has been carried out.
func loadedBed(t *testing.T) (world.World, Request) {
	t.Helper()
	w, r := bed()
	wish, _, err := Complete(w, r)
	qt.Assert(t, qt.IsNil(err))
	p, err := newPlanner(w, wish)
	qt.Assert(t, qt.IsNil(err))
	for {
		next, err := p.first()
		qt.Assert(t, qt.IsNil(err))
		if len(next) == 0 {
			giveIDs(&p.World)
			return p.World, r
		}
		for _, step := range next {
			step.effect(&p.World)
		}
	}
}

// giveIDs puts ids in the places of those that stand for what only the kernel knows.
func giveIDs(w *world.World) {
	give := func(id *uint32) {
		if *id >= placeholder {
			*id -= placeholder - 1000
		}
	}
	for i := range w.Pinned.Inside {
		give(&w.Pinned.Inside[i].Program)
		give(&w.Pinned.Inside[i].Map)
	}
	for i := range w.Programs {
		give(&w.Programs[i].ID)
		give(&w.Programs[i].Control)
		give(&w.Programs[i].Events)
	}
	give(&w.Pinned.Control.Map)
	for hook := range w.Pinned.Control.Programs {
		give(&w.Pinned.Control.Programs[hook])
	}
	give(&eth0(w).XDP[0].Program)
}

func eth0(w *world.World) *world.Device { return &w.Namespaces[0].Devices[1] }

// Each is refused before anything is changed, in one line that begins with the object.
var refusals = []struct {
	name   string
	change func(*world.World, *Request)
	code   int
	text   string
}{
	{"kernel", func(w *world.World, _ *Request) { w.Kernel = "5.10.0-8-amd64" }, 2,
		"Linux 5.10.0-8-amd64 is too old: dilih needs 5.15 or newer"},
	{"queue on an old kernel", func(w *world.World, r *Request) { w.Kernel, r.Faults = "5.15.0", faultsOf("delay 1ms out") }, 2,
		"Linux 5.15.0 cannot hold packets back: delay, rate and duplicate need 5.18 or newer"},
	{"rights", func(w *world.World, _ *Request) { w.Rights.Capabilities &^= 1 << 12 }, 4,
		"this root lacks CAP_NET_ADMIN, and dilih needs that. Nothing was changed"},
	{"user namespace", func(w *world.World, _ *Request) { w.Rights.UserNamespace = true }, 4,
		"this root lacks the rights of the host's root, because it is that of a user namespace, and dilih needs that. Nothing was changed"},
	{"right to share", func(w *world.World, r *Request) {
		w.Rights.Capabilities &^= 1
		r.Group = &Group{"daemon", 1}
	}, 4, "this root lacks CAP_CHOWN, and dilih needs that. Nothing was changed"},
	{"mode", func(_ *world.World, r *Request) { r.Mode = "xdp" }, 1, "MODE=xdp: must be xdpgeneric or xdpdrv"},
	{"no device", func(_ *world.World, r *Request) { r.Devices = []string{"nosuch0"} }, 1,
		"DEV=nosuch0: no such network device here; there are: eth0 lo"},
	{"name as ip shows it", func(_ *world.World, r *Request) { r.Devices = []string{"eth0@if5"} }, 1,
		"DEV=eth0@if5: no such network device here: what ip shows after the @ is no part of a name. Write DEV=eth0"},
	{"ifb", func(w *world.World, _ *Request) { eth0(w).Kind = "ifb" }, 1,
		"DEV=eth0: packets only pass through an ifb. Attach dilih to the device they come from"},
	{"vrf", func(w *world.World, _ *Request) { eth0(w).Kind = "vrf" }, 1,
		"DEV=eth0: the packets of a vrf are received by the devices in it. Attach dilih to these"},
	{"ipvlan l3s", func(w *world.World, _ *Request) { eth0(w).Kind, eth0(w).Mode = "ipvlan", "l3s" }, 1,
		"DEV=eth0: an ipvlan of mode l3s gets its packets after XDP. Attach dilih to the device below"},
	{"unknown entry", func(w *world.World, _ *Request) { eth0(w).Kind, eth0(w).Entry = "xfrm", "" }, 1,
		"DEV=eth0: dilih does not know how its packets begin (its kind is xfrm). Attach dilih to the device below it"},
	{"xdpdrv on L3", func(w *world.World, r *Request) { eth0(w).Entry, r.Mode = "xdp_dilih_l3", native }, 1,
		"DEV=eth0: its packets have no Ethernet header, and no driver runs a program for such. Use MODE=xdpgeneric"},
	{"foreign program", func(w *world.World, _ *Request) {
		eth0(w).XDP = []world.XDP{{Mode: generic, Program: 7, Name: "stranger"}}
	}, 2, "eth0 has another XDP program: id 7, name stranger (xdpgeneric). It is left alone." +
		" If nobody needs it: bpftool net detach xdpgeneric dev eth0"},
	{"foreign link", func(w *world.World, _ *Request) {
		eth0(w).XDP = []world.XDP{{Mode: native, Program: 7, Name: "linked", Link: 9}}
	}, 2, "eth0 has another XDP program: id 7, name linked (xdpdrv). It is left alone. If nobody needs it: bpftool link detach id 9"},
	{"another PIN", func(w *world.World, _ *Request) {
		eth0(w).XDP = []world.XDP{{Mode: generic, Program: 7, Name: "xdp_dilih", Pinned: "/sys/fs/bpf/a"}}
	}, 2, "eth0 has the dilih that is pinned at /sys/fs/bpf/a, and can have one only. Change that one (PIN=/sys/fs/bpf/a)," +
		" or end it there: make down DEV=eth0 PIN=/sys/fs/bpf/a"},
	{"file at PIN", func(w *world.World, _ *Request) {
		w.Pinned.Entry = world.Entry{Name: modelPIN, Type: world.File, Program: 7, Object: "stranger"}
	}, 2, "/sys/fs/bpf/dilih is a file: the pin of program stranger, id 7. dilih pins a directory there." +
		" Remove the file (rm /sys/fs/bpf/dilih) if nobody needs it, or choose another PIN="},
	{"directory at PIN", func(w *world.World, _ *Request) { w.Pinned.Type = world.Dir }, 2,
		"/sys/fs/bpf/dilih is a directory, but without the pins of dilih. Choose another PIN=, or give that directory another name"},
	{"directory at PIN-new", func(w *world.World, _ *Request) {
		w.New.Type, w.New.Inside = world.Dir, []world.Entry{{Name: "mine", Type: world.File}}
	}, 2, "/sys/fs/bpf/dilih-new is not of dilih: it has mine in it. Give it another name, or choose another PIN="},
	{"too many guards", func(w *world.World, r *Request) {
		w.Guards, r.Guards = &world.Guards{}, "tcp dport 1"+strings.Repeat("; tcp dport 1", 3)+manyGuards(2, 15)
	}, 2, "GUARD asks for 15 guards: at most 14 fit, leave out 1"},
	{"tunnel that is not known", func(w *world.World, r *Request) {
		w.Guards, r.Guards = &world.Guards{Tunnels: []world.Tunnel{{Kind: "wireguard", Error: "wg is not installed"}}}, "tunnels"
	}, 2, "GUARD=tunnels: wg is not installed. Name the port: GUARD='udp dport 51820'"},
	{"sockets that are not known", func(w *world.World, r *Request) {
		w.Guards, r.Guards = &world.Guards{Error: "no right to"}, ""
	}, 2, "cannot tell which ssh connections to spare: no right to. GUARD=off spares none"},
	{"nothing for faults", func(_ *world.World, r *Request) { r.Verb = Fault }, 3,
		"nothing is loaded at /sys/fs/bpf/dilih: DEV=eth0 make loads it"},
}

func faultsOf(text string) []fault.Fault {
	faults, err := fault.Parse("test", text)
	if err != nil {
		panic(err)
	}
	return faults
}

func manyGuards(from, to int) string {
	var text strings.Builder
	for port := from; port <= to; port++ {
		text.WriteString("\ntcp dport " + strings.Repeat("1", port))
	}
	return text.String()
}

func TestRefusals(t *testing.T) {
	for _, test := range refusals {
		t.Run(test.name, func(t *testing.T) {
			w, r := bed()
			test.change(&w, &r)
			checkRefusal(t, w, r, test.code, test.text)
		})
	}
}

func checkRefusal(t *testing.T, w world.World, r Request, code int, text string) {
	t.Helper()
	_, _, err := Complete(w, r)
	var refusal *Refusal
	qt.Assert(t, qt.IsTrue(errors.As(err, &refusal)), qt.Commentf("%v", err))
	qt.Check(t, qt.Equals(refusal.Error(), text))
	qt.Check(t, qt.Equals(refusal.Code, code))
}

// What is refused where something is loaded.
var loadedRefusals = []struct {
	name   string
	change func(*world.World, *Request)
	code   int
	text   string
}{
	{"alone", func(_ *world.World, r *Request) { r.Alone = true }, 5,
		"faults are already active at /sys/fs/bpf/dilih and were not changed. End them (make down PIN=/sys/fs/bpf/dilih), or choose another PIN="},
	{"not complete", func(w *world.World, _ *Request) { removeEntries(&w.Pinned, abi.OutputMap) }, 2,
		"/sys/fs/bpf/dilih is not complete: output_map is missing. End it (make clean), and load it again"},
	{"settings without faults", func(_ *world.World, r *Request) { r.Faults, r.NeedFaults = nil, []string{"SEED=4"} }, 1,
		"SEED=4 needs faults: give some as well"},
	{"the same with fault", func(_ *world.World, r *Request) { r.Verb, r.Faults, r.NeedFaults = Fault, nil, []string{"SEED=4"} }, 1,
		"SEED=4 needs faults: give some as well"},
	{"fault of another ABI", func(w *world.World, r *Request) { w.Pinned.Control.ABI, r.Verb = 3, Fault }, 2,
		"/sys/fs/bpf/dilih holds a dilih of ABI 3, and this is ABI 5: DEV=eth0 make takes over from it, without a gap"},
	{"faults of another ABI that cannot be read", func(w *world.World, r *Request) {
		w.Pinned.Control.ABI, w.Pinned.Control.Error, r.Faults = 3, "it is of ABI 3", nil
	}, 2, "/sys/fs/bpf/dilih: its faults cannot be read: it is of ABI 3. Give the faults again"},
	{"fault for a device without dilih", func(_ *world.World, r *Request) { r.Verb, r.Devices = Fault, []string{"uplink", "lo"} }, 1,
		"DEV=lo: dilih is not on it, so it can have no faults. DEV=lo make attaches it"},
	{"fault for no device", func(_ *world.World, r *Request) { r.Verb, r.Devices = Fault, []string{"nosuch0"} }, 1,
		"DEV=nosuch0: no such network device here; there are: eth0 lo"},
}

func TestLoadedRefusals(t *testing.T) {
	for _, test := range loadedRefusals {
		t.Run(test.name, func(t *testing.T) {
			w, r := loadedBed(t)
			test.change(&w, &r)
			checkRefusal(t, w, r, test.code, test.text)
		})
	}
}

// What people read who have installed dilih: its options, not make's settings.
func TestInstalledNames(t *testing.T) {
	defer func(was bool) { Installed = was }(Installed)
	Installed = true
	w, r := bed()
	r.Mode = "xdp"
	checkRefusal(t, w, r, 1, "--mode xdp: must be xdpgeneric or xdpdrv")
	qt.Check(t, qt.Equals(how("up", "DEV=eth0"), "dilih up eth0"))
	qt.Check(t, qt.Equals(how("clean"), "dilih down"))
	qt.Check(t, qt.Equals(how("fault", "FAULT=drop 5%"), "dilih fault 'drop 5%'"))
}

func TestUpKeepsWhatIsActive(t *testing.T) {
	w, r := loadedBed(t)
	r.Faults = nil
	wish, notes, err := Complete(w, r)
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.HasLen(wish.Faults, 0))
	qt.Check(t, qt.Equals(wish.Lease, ""))
	qt.Check(t, qt.DeepEquals(notes, []Note{{Text: "the active faults stay active"}}))
	r.LeaseGiven = true
	wish, _, err = Complete(w, r)
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.Equals(wish.Deadline, w.Now+3600e9))
	w.Now += 2 * 3600e9
	wish, _, err = Complete(w, r)
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.DeepEquals(wish.Faults, []string{"drop 50%"}), qt.Commentf("the lease is over"))
}

// From one ABI to another, if the old faults can be read, they go on with their seed and their lease.
func TestNewABIKeepsFaults(t *testing.T) {
	w, r := loadedBed(t)
	w.Pinned.Control.ABI = 3
	deadline := w.Pinned.Control.Set.Deadline
	r.Faults, r.Seed = nil, 99
	w.Now += 60e9
	wish, notes, err := Complete(w, r)
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.IsTrue(wish.NewMaps))
	qt.Check(t, qt.DeepEquals(wish.Faults, []string{"drop 5%"}))
	qt.Check(t, qt.Equals(wish.Seed, 1))
	qt.Check(t, qt.Equals(wish.Deadline, deadline))
	qt.Check(t, qt.Equals(notes[0].Text, "/sys/fs/bpf/dilih holds a dilih of ABI 3, and this is ABI 5: the counts begin again at 0"))
}

func TestModes(t *testing.T) {
	for _, test := range []struct{ kind, mode, faults, want string }{
		{"veth", "", "drop 5%", generic},
		{"veth", "", "delay 1ms", native},
		{"veth", "", "delay 1ms out", generic},
		{"veth", generic, "delay 1ms", generic},
		{"", "", "delay 1ms", generic},
	} {
		w, r := bed()
		eth0(&w).Kind, r.Mode, r.Faults = test.kind, test.mode, faultsOf(test.faults)
		wish, _, err := Complete(w, r)
		qt.Assert(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(wish.Mode, test.want), qt.Commentf("%+v", test))
	}
}

// Those who may watch go on, unless something else is asked for.
func TestGroupsStay(t *testing.T) {
	w, r := bed()
	r.Group, r.EventsGroup = &Group{"daemon", 1}, &Group{"mail", 8}
	wish, _, err := Complete(w, r)
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.Equals(wish.EventsGroup.GID, 8))
	w, r = loadedBed(t)
	w.Pinned.GID = 1
	entryOf(&w.Pinned, abi.EventsLock).Mode, entryOf(&w.Pinned, abi.EventsLock).GID = 0o750, 8
	wish, _, err = Complete(w, r)
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.Equals(wish.Group.GID, 1))
	qt.Check(t, qt.Equals(wish.EventsGroup.GID, 8))
	r.EventsGroup = &Group{}
	wish, _, err = Complete(w, r)
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.Equals(wish.EventsGroup.GID, 0))
}
