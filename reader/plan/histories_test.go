// SPDX-License-Identifier: MIT

package plan

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"dilih/bpf/abi"
	"dilih/reader/fault"
	"dilih/reader/world"
	"dilih/scripts/test/testenv"
)

// histories is how many random histories are tried, or a tenth of them unless the tests are thorough: 1,000 take a second.
const histories = 100_000

func TestHistories(t *testing.T) {
	seed := testenv.Seed(t)
	defer debug.SetGCPercent(debug.SetGCPercent(2000)) // histories leave much garbage, and keep nothing
	for i := range uint64(testenv.Rounds(histories)) {
		h := newHistory(seed, i)
		if err := h.run(); err != nil {
			t.Fatalf("DILIH_SEED=%d, history %d: %v\n%s", seed, i, err, h.told())
		}
	}
}

func (h *history) told() string {
	var text strings.Builder
	for _, e := range h.log {
		fmt.Fprintln(&text, e)
	}
	return text.String()
}

// history is a host on which verbs are carried out, some of them not to the end.
type history struct {
	*rand.Rand
	kernel  *model
	log     []event
	foreign uint64          // of what no verb may touch
	clsacts []*world.Device // to which others have added the qdisc
	gso     map[*world.Device]uint32
}

func newHistory(seed, number uint64) *history {
	h := &history{Rand: rand.New(rand.NewPCG(seed, number)), kernel: newModel(), gso: map[*world.Device]uint32{}}
	own := &modelSpace{inode: 100, path: "/proc/self/ns/net", own: true}
	h.kernel.spaces = append(h.kernel.spaces, own, &modelSpace{inode: 200, path: "/run/netns/blue"})
	if h.one(3) {
		h.kernel.spaces = append(h.kernel.spaces, &modelSpace{inode: 300, path: "/proc/77/ns/net", hidden: 1 + h.IntN(2)})
	}
	for _, space := range h.kernel.spaces {
		for i := range 1 + h.IntN(3) {
			kinds := []string{"veth", "", "bridge"}
			device := space.add(world.Device{Name: fmt.Sprintf("d%d", i), Kind: kinds[h.IntN(3)], Ether: true, GSOMaxSegs: 65535})
			if h.one(8) {
				device.Ether, device.Entry, device.Kind = false, "xdp_dilih_l3", "tun"
			}
			h.decorate(device)
			h.gso[device] = device.GSOMaxSegs
		}
	}
	return h
}

func (h *history) one(in int) bool { return h.IntN(in) == 0 }

// decorate attaches what is not ours.
func (h *history) decorate(device *world.Device) {
	if h.one(10) {
		device.XDP = []world.XDP{{Mode: generic, Program: foreignID, Name: "stranger"}}
	}
	if h.one(6) {
		device.Clsact = true
		h.clsacts = append(h.clsacts, device)
		for direction := range device.Filters {
			if h.one(2) {
				device.Filters[direction] = []world.Filter{{Pref: uint16(1 + h.IntN(3)), Handle: 1, Protocol: 0x800, Kind: "flower"}}
			}
			if h.one(3) {
				device.Filters[direction] = append(device.Filters[direction], world.Filter{Pref: 7, Handle: 1, Protocol: protocolAll, Kind: "bpf", Program: foreignID})
			}
		}
	}
}

const foreignID = 1_000_000

func (h *history) run() error {
	h.foreign = h.strangers()
	for range h.IntN(4) {
		how := whole
		switch h.IntN(5) {
		case 0, 1:
			how.kill = h.IntN(30)
		case 2, 3:
			how.fail = h.IntN(30)
		case 4:
			how.lie = h.IntN(30)
		}
		if _, err := h.verb(h.request(), how); err != nil {
			return err
		}
		h.disturb()
	}
	return h.finish()
}

// disturb is what others do in between.
func (h *history) disturb() {
	own := h.kernel.spaces[0]
	switch h.IntN(18) {
	case 12, 13, 14: // another version of dilih was here
		if file := h.kernel.files[modelPIN+"/control"]; file != nil && h.kernel.maps[file.maps].control.ABI != 0 {
			h.kernel.maps[file.maps].control.ABI = abi.Version - 1
		}
	case 0: // somebody takes one of our filters away
		device := own.devices[h.IntN(len(own.devices))]
		for direction, filters := range device.Filters {
			device.Filters[direction] = slices.DeleteFunc(filters, func(f world.Filter) bool { return f.Handle == decidingHandle })
		}
	case 1: // another user takes our name
		if name := modelPIN + []string{"", "-new", "-old"}[h.IntN(3)]; h.kernel.files[name] == nil {
			h.kernel.files[name] = &modelFile{kind: world.Dir, uid: 1000, mode: 0o777}
		}
	case 2:
		h.kernel.spaces[1].error = "answers nothing that can be read"
	case 3:
		h.kernel.spaces[1].error = ""
	case 4: // a device goes away
		if device := own.devices[len(own.devices)-1]; len(own.devices) > 1 && device.Kind != "ifb" && len(device.XDP) == 0 && !slices.Contains(h.clsacts, device) {
			own.devices = own.devices[:len(own.devices)-1]
		}
	case 5: // a device that is ours moves to another namespace
		if len(h.kernel.spaces) > 2 && len(own.devices) > 1 {
			device := own.devices[0]
			if len(device.XDP) > 0 && device.XDP[0].Program != foreignID && device.Kind != "ifb" && !device.Clsact && device.GSOMaxSegs == h.gso[device] {
				own.devices = own.devices[1:]
				there := h.kernel.spaces[2]
				moved := there.add(*device)
				moved.Name = fmt.Sprintf("m%d", moved.Index)
				h.gso[moved] = h.gso[device]
			}
		}
	case 16, 17: // a device is made again with its index, by somebody who needs clsact
		if device := own.devices[0]; device.Kind != "ifb" && !slices.Contains(h.clsacts, device) {
			delete(h.gso, device)
			own.devices = own.devices[1:]
			again := own.add(world.Device{Name: device.Name, Kind: device.Kind, Ether: device.Ether, Entry: device.Entry, Clsact: true, GSOMaxSegs: 65535})
			again.Index = device.Index
			h.gso[again], h.clsacts = again.GSOMaxSegs, append(h.clsacts, again)
		}
	}
	h.foreign = h.strangers()
}

var faultTexts = []string{"drop 5%", "drop 100% out", "delay 40ms", "delay 1ms out", "drop 1%; delay 1s; rate 1mbit out"}

func (h *history) request() Request {
	r := Request{Verb: []Verb{Up, Up, Fault, Down}[h.IntN(4)], Guards: "off", Seed: 7, Snaplen: 96, Objects: "1"}
	if h.one(10) { // somebody has built them anew
		r.Objects = "2"
	}
	r.Lease, _ = ParseLease("1h")
	if r.Verb != Down && !h.one(4) {
		r.Faults = h.faults()
	}
	own := h.kernel.spaces[0]
	if r.Verb == Up || h.one(3) {
		for _, device := range own.devices {
			if device.Kind != "ifb" && (len(r.Devices) == 0 || h.one(2)) && !h.isStranger(device) {
				r.Devices = append(r.Devices, device.Name)
			}
		}
	}
	if r.Verb == Up {
		r.Mode = []string{"", generic, native}[h.IntN(3)]
		r.SplitSegments = h.one(4)
		if h.one(3) {
			r.Group, r.EventsGroup = &Group{Name: "50", GID: 50}, &Group{Name: "60", GID: 60}
		}
	}
	return r
}

var parsedFaults = map[string][]fault.Fault{}

func (h *history) faults() []fault.Fault {
	text := faultTexts[h.IntN(len(faultTexts))]
	if parsedFaults[text] == nil {
		parsedFaults[text], _ = fault.Parse("test", text)
	}
	return parsedFaults[text]
}

func (h *history) isStranger(device *world.Device) bool {
	return len(device.XDP) > 0 && device.XDP[0].Program == foreignID
}

// interruption says after how many steps a verb is killed, which step fails, and which reports a success that is none;
// -1: none.
type interruption struct{ kill, fail, lie int }

var whole = interruption{-1, -1, -1}

// outcome is how a verb ended.
type outcome struct {
	wish    Wish
	killed  bool
	refused error // before anything was changed
	err     error
}

// verb does what scripts/lib/carry-out.sh does: it asks for steps, carries them out, and asks again.
func (h *history) verb(r Request, how interruption) (end outcome, err error) {
	h.log = append(h.log, event{verb: r, how: how})
	h.kernel.objects = r.Objects
	session := &Session{}
	defer func() { end.wish = session.Wish }()
	var before *decisions
	lied := false
	for range 300 {
		w, complete := h.kernel.look(), session.Complete
		next, _, failure := session.Next(w, r)
		if !session.Complete && len(next) == 0 {
			end.refused = failure
			return end, nil
		}
		if session.Complete && !complete {
			before = h.decisions(session.Wish)
		}
		if h.one(50) {
			session = throughJSON(session)
		}
		failed := -1
		for i, step := range next {
			if how.kill == 0 {
				end.killed = true
				return end, nil
			}
			err := h.step(step, how)
			lied = lied || how.lie == 0
			how.kill--
			how.fail--
			how.lie--
			if broken := h.check(step, before); broken != nil && !lied {
				return end, broken // after a lie, it is no fault of the plan
			}
			if err != nil && step.Fails != optional {
				failed = i
				break
			}
		}
		switch {
		case failed >= 0:
			said, fatal := session.Failed(failed, "Error: "+errFails.Error())
			if end.err = cmp.Or(end.err, said); fatal {
				return end, nil
			}
			if session.Wish.Undo {
				before = nil
			}
		case failure != nil:
			end.err = cmp.Or(end.err, failure)
			return end, nil
		case len(next) == 0:
			return end, nil
		}
	}
	return end, broken("%s does not come to an end", r.Verb)
}

// throughJSON is the session as a script hands it back.
func throughJSON(session *Session) *Session {
	text, err := json.Marshal(session)
	if err != nil {
		panic(err)
	}
	var back Session
	if err := json.Unmarshal(text, &back); err != nil {
		panic(err)
	}
	return &back
}

func (h *history) step(step Step, how interruption) (err error) {
	switch {
	case how.fail == 0:
		err = errFails
	case how.lie != 0 || !canLie(step.Argv):
		err = h.kernel.run(step)
	}
	h.log = append(h.log, event{step: step, err: err})
	return err
}

// canLie reports whether a success of the command is seen by what comes next. What takes back a change that was marked is
// believed.
func canLie(argv []string) bool {
	return slices.Contains([]string{"bpftool", "tc", "ip"}, argv[0]) && argv[2] != "del" && !slices.Contains(argv, "gso_max_segs")
}

var errFails = errors.New("it is made to fail")

// event is a verb, or one of its steps.
type event struct {
	verb Request
	how  interruption
	step Step
	err  error
}

func (e event) String() string {
	switch {
	case e.step.Argv == nil:
		return fmt.Sprintf("# %s %v %q mode %q, interrupted %+v", e.verb.Verb, e.verb.Devices, e.verb.Faults, e.verb.Mode, e.how)
	case e.err != nil:
		return fmt.Sprintf("  [%d] %s\n    %v", e.step.Namespace, strings.Join(e.step.Argv, " "), e.err)
	}
	return fmt.Sprintf("  [%d] %s", e.step.Namespace, strings.Join(e.step.Argv, " "))
}

// finish carries out a verb to its end, and checks that the world is as was wished for.
func (h *history) finish() error {
	requests := []Request{h.request()}
	if h.one(3) {
		requests = append(requests, Request{Verb: Down})
	}
	for _, r := range requests {
		end, err := h.verb(r, whole)
		if err != nil {
			return err
		}
		if err := h.checkEnd(end); err != nil {
			return fmt.Errorf("after %s (%v, %v): %w", r.Verb, end.refused, end.err, err)
		}
	}
	return nil
}
