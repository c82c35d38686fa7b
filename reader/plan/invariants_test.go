// SPDX-License-Identifier: MIT

package plan

import (
	"errors"
	"fmt"
	"slices"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

var errInvariant = errors.New("invariant")

func broken(format string, words ...any) error {
	return fmt.Errorf("%w: %s", errInvariant, fmt.Sprintf(format, words...))
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
	if err := h.checkObjects(p); err != nil {
		return err
	}
	return h.checkHooks(p)
}

// checkObjects looks for programs of different builds over the same maps, and for a mark that does not say of which.
func (h *history) checkObjects(p *planner) error {
	build := h.kernel.programs[program(&p.Pinned, abi.Programs[abi.HookXDP])].objects
	if marks := marksOfObjects(&p.Pinned); !slices.Equal(marks, []string{objectsMark + build}) {
		return broken("programs from objects %s are marked %v", build, marks)
	}
	for _, entry := range p.Pinned.Inside {
		if entry.Program != 0 && h.kernel.programs[entry.Program].objects != build {
			return broken("%s at PIN is from other objects", entry.Name)
		}
	}
	for hook, id := range p.Pinned.Control.Programs {
		if hook < len(abi.Programs) && id != program(&p.Pinned, abi.Programs[hook]) {
			return broken("control has program %d for hook %d, which is not at PIN", id, hook)
		}
	}
	for at := range p.places {
		for _, direction := range directions {
			for _, have := range []*world.Filter{p.decidingFilter(at.Device, direction), p.waitingFilter(at.Device, direction)} {
				if have != nil && h.kernel.programs[have.Program].objects != build {
					return broken("%v of %s has a program from other objects", direction, at)
				}
			}
		}
	}
	return nil
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
