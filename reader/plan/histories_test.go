// SPDX-License-Identifier: MIT

package plan

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dilih/bpf/abi"
	"dilih/reader/fault"
	"dilih/reader/world"
)

// histories is how many random histories are tried. DILIH_HISTORIES asks for another number, and DILIH_SEED for those of
// a seed that was printed.
const histories = 100_000

func TestHistories(t *testing.T) {
	count, seed := fromEnvironment(t, "DILIH_HISTORIES", histories), fromEnvironment(t, "DILIH_SEED", uint64(time.Now().UnixNano()))
	t.Logf("DILIH_SEED=%d", seed)
	defer debug.SetGCPercent(debug.SetGCPercent(2000)) // histories leave much garbage, and keep nothing
	for i := range count {
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

func fromEnvironment(t *testing.T, name string, usual uint64) uint64 {
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return number
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

var errInvariant = errors.New("invariant")

func broken(format string, words ...any) error {
	return fmt.Errorf("%w: %s", errInvariant, fmt.Sprintf(format, words...))
}

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
	switch h.IntN(16) {
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
	}
	h.foreign = h.strangers()
}

var faultTexts = []string{"drop 5%", "drop 100% out", "delay 40ms", "delay 1ms out", "drop 1%; delay 1s; rate 1mbit out"}

func (h *history) request() Request {
	r := Request{Verb: []Verb{Up, Up, Fault, Down}[h.IntN(4)], Guards: "off", Seed: 7, Snaplen: 96}
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

// strangers is a checksum of all that no verb may touch.
func (h *history) strangers() (sum uint64) {
	mix := func(numbers ...uint64) {
		x := uint64(14695981039346656037)
		for _, n := range numbers {
			x = (x ^ n) * 1099511628211
		}
		sum += x
	}
	for _, space := range h.kernel.spaces {
		for _, device := range space.devices {
			if device.Kind != "ifb" {
				mix(1, space.inode, uint64(device.Index))
			}
			for _, xdp := range device.XDP {
				if xdp.Program == foreignID {
					mix(2, space.inode, uint64(device.Index))
				}
			}
			for direction, filters := range device.Filters {
				for _, f := range filters {
					if f.Handle == 1 {
						mix(3, space.inode, uint64(device.Index), uint64(direction), uint64(f.Pref), uint64(f.Program))
					}
				}
			}
		}
	}
	for _, device := range h.clsacts {
		if device.Clsact {
			mix(4)
		}
	}
	for _, file := range h.kernel.files {
		if file.uid != 0 {
			mix(5)
		}
	}
	return sum
}

// decisions are where something of ours decided before a verb that is to decide there at every moment.
type decisions struct {
	xdp     []*world.Device
	filters [abi.Directions][]*world.Device
}

func (h *history) decisions(wish Wish) *decisions {
	if wish.Verb == Down {
		return nil
	}
	w := h.kernel.look()
	p, _ := newPlanner(w, wish)
	needed := p.wanted
	if len(wish.Faults) == 0 {
		needed = active(&p.Pinned)
	}
	d := &decisions{}
	for at := range p.places {
		have := p.ourXDP(at.Device)
		if have == nil || wish.Verb == Up && p.modeFor(at) != have.Mode {
			continue
		}
		device := h.kernel.space(at.namespace.Inode).device(at.Name)
		d.xdp = append(d.xdp, device)
		for _, direction := range directions {
			decides := p.needs(active(&p.Pinned), at.Device, direction) && p.decidingFilter(at.Device, direction) != nil
			if decides && p.needs(needed, at.Device, direction) {
				d.filters[direction] = append(d.filters[direction], device)
			}
		}
	}
	return d
}

// check is what holds after every step.
func (h *history) check(step Step, before *decisions) error {
	if sum := h.strangers(); sum != h.foreign {
		return broken("something foreign was touched by %v", step.Argv)
	}
	if err := h.checkDecisions(before); err != nil {
		return err
	}
	for _, space := range h.kernel.spaces {
		for _, device := range space.devices {
			if err := h.checkDevice(space, device); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *history) checkDecisions(before *decisions) error {
	if before == nil {
		return nil
	}
	for _, device := range before.xdp {
		if len(device.XDP) == 0 {
			return broken("%s is without a decision", device.Name)
		}
		if control := h.kernel.maps[h.kernel.programs[device.XDP[0].Program].control]; control.control.ABI == 0 {
			return broken("%s has a program without faults", device.Name)
		}
	}
	for direction, devices := range before.filters {
		for _, device := range devices {
			if !slices.ContainsFunc(device.Filters[direction], func(f world.Filter) bool { return f.Handle == decidingHandle }) {
				return broken("%s decides nothing %v any more", device.Name, abi.Direction(direction))
			}
		}
	}
	return nil
}

func (h *history) checkDevice(space *modelSpace, device *world.Device) error {
	for _, filters := range device.Filters {
		for _, f := range filters {
			if f.Handle != waitingHandle {
				continue
			}
			queue := slices.IndexFunc(space.devices, func(d *world.Device) bool { return d.Index == f.Target })
			if queue < 0 || !space.devices[queue].Up || space.devices[queue].Root.Handle != queueHandle {
				return broken("packets of %s are taken to where they get lost", device.Name)
			}
		}
	}
	if original, known := h.gso[device]; known && device.GSOMaxSegs != original && device.GSOMaxSegs != 1 {
		return broken("gso_max_segs of %s is %d", device.Name, device.GSOMaxSegs)
	}
	return nil
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

func (h *history) checkEnd(end outcome) error {
	switch {
	case end.refused != nil:
		return nil
	case end.wish.Undo:
		return h.checkUndone(end)
	case end.err != nil:
		return h.checkError(end)
	}
	w := h.kernel.look()
	p, err := newPlanner(w, end.wish)
	if err != nil {
		return err
	}
	if exists(&p.New) || exists(&p.Old) {
		return broken("a directory is left over")
	}
	if end.wish.Verb == Down {
		return h.checkDown(p)
	}
	return h.checkUp(p)
}

// checkError accepts an error where there is a reason for one.
func (h *history) checkError(end outcome) error {
	if h.kernel.spaces[1].error != "" || len(h.kernel.spaces) > 2 && h.kernel.spaces[2].hidden == 2 {
		return nil
	}
	return end.err
}

// checkUndone is for a verb that failed: each device has what it had before.
func (h *history) checkUndone(end outcome) error {
	p, err := newPlanner(h.kernel.look(), end.wish)
	if err != nil {
		return err
	}
	for at := range p.places {
		had := slices.IndexFunc(end.wish.Before, func(a Attachment) bool { return a.Place == at.place() })
		have := p.ourXDP(at.Device)
		if (had >= 0) != (have != nil) || have != nil && have.Mode != end.wish.Before[had].Mode {
			return broken("%s has %v after a failure (%v), and had %v", at, have, end.err, end.wish.Before)
		}
	}
	if isLoaded(&p.Pinned) && p.Pinned.Control.Active {
		return h.checkHooks(p)
	}
	return nil
}

func (h *history) checkDown(p *planner) error {
	if !p.wish.All {
		for _, where := range p.wish.Devices {
			if at, there := p.at(where); there && p.ourXDP(at.Device) != nil {
				return broken("%s is still attached", at)
			}
		}
		return nil
	}
	if exists(&p.Pinned) {
		return broken("the pins are still there")
	}
	for _, space := range h.kernel.spaces {
		for _, device := range space.devices {
			if space.error == "" && (device.Kind == "ifb" || len(device.XDP) > 0 && !h.isStranger(device)) {
				return broken("something is left at %s in %d", device.Name, space.inode)
			}
			if space.error == "" && device.Clsact && !slices.Contains(h.clsacts, device) {
				return broken("clsact is left at %s in %d", device.Name, space.inode)
			}
			if original, known := h.gso[device]; known && space.error == "" && original != device.GSOMaxSegs {
				return broken("gso_max_segs is left at %s", device.Name)
			}
		}
	}
	return nil
}

func (h *history) checkUp(p *planner) error {
	control := p.Pinned.Control
	if control == nil || !control.Active || control.Generation != p.wish.Generation {
		return broken("the faults are not active: %+v", control)
	}
	for _, where := range p.wish.Devices {
		at, there := p.at(where)
		if !there {
			return broken("a device is gone")
		}
		if have := p.ourXDP(at.Device); have == nil || have.Mode != p.wish.Mode || have.Program != program(&p.Pinned, at.Entry) {
			return broken("%s has %+v", at, have)
		}
	}
	if next := p.share(&p.Pinned); p.wish.Verb == Up && len(next) > 0 {
		return broken("the rights are not as wished: %v", next[0].Argv)
	}
	return h.checkHooks(p)
}

// checkHooks looks for a filter wherever an active fault needs one, and nowhere else.
func (h *history) checkHooks(p *planner) error {
	needed := active(&p.Pinned)
	for at := range p.places {
		for _, direction := range directions {
			if (p.decidingFilter(at.Device, direction) != nil) != p.needs(needed, at.Device, direction) {
				return broken("%v of %s: a filter, or none, against what is needed (%v)", direction, at, needed)
			}
			if (p.waitingFilter(at.Device, direction) != nil) != p.needsQueue(needed, at.Device, direction) {
				return broken("%v of %s: a queue, or none, against what is needed (%v)", direction, at, needed)
			}
		}
	}
	if p.Pinned.Control.Arriving == abi.HookTCIn && !needed.queueIn {
		return broken("incoming packets are still decided at tc")
	}
	return nil
}
