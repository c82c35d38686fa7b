// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"slices"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

// attachXDP makes the program in the directory decide on the device, in this mode. One of ours gives way to it without
// a gap, unless its mode is another one.
func (p *planner) attachXDP(dir *world.Directory, at place, mode string) (steps, error) {
	wanted := program(dir, at.Entry)
	have := p.ourXDP(at.Device)
	switch {
	case wanted == 0:
		return p.loadMore(dir, at.Entry)
	case have == nil:
		return one(p.netAttach(dir, at, mode, false)), nil
	case have.Program == wanted && have.Mode == mode:
		return nil, nil
	case have.Mode == mode:
		return one(p.netAttach(dir, at, mode, true)), nil
	}
	detach := p.netDetach(at, have.Mode)
	detach.Reason = fmt.Sprintf("the kernel runs one program on a device: from %s to %s", have.Mode, mode)
	detach.Say = fmt.Sprintf("%s: from %s to %s; the kernel cannot have both, so %s is without dilih for an instant",
		at, have.Mode, mode, at)
	detach.Done = ""
	return steps{detach, p.netAttach(dir, at, mode, false)}, nil
}

func (p *planner) netAttach(dir *world.Directory, at place, mode string, overwrite bool) Step {
	argv := []string{"bpftool", "net", "attach", mode, "pinned", dir.Name + "/" + at.Entry, "dev", at.Name}
	if overwrite {
		argv = append(argv, "overwrite")
	}
	id, where := program(dir, at.Entry), at.place()
	return at.step(Step{
		Argv:   argv,
		Reason: "decide incoming packets of " + at.String(),
		Fails:  fmt.Sprintf("cannot attach to %s in mode %s: %%s. %s works on every device", at, mode, Named("MODE", "xdpgeneric")),
		effect: func(w *world.World) {
			device := deviceIn(w, where)
			device.XDP = slices.DeleteFunc(device.XDP, func(x world.XDP) bool { return x.Mode == mode })
			device.XDP = append(device.XDP, world.XDP{Mode: mode, Program: id})
		},
	})
}

func (p *planner) netDetach(at place, mode string) Step {
	where := at.place()
	return at.step(Step{
		Argv:   []string{"bpftool", "net", "detach", mode, "dev", at.Name},
		Reason: "decide incoming packets no longer",
		Done:   "detached from " + at.String(),
		effect: func(w *world.World) {
			device := deviceIn(w, where)
			device.XDP = slices.DeleteFunc(device.XDP, func(x world.XDP) bool { return x.Mode == mode })
		},
	})
}

func (p place) place() Place { return Place{p.namespace.Inode, p.Index} }

// step is the step with the device and its namespace filled in.
func (p place) step(s Step) Step {
	s.Namespace, s.Device = p.namespace.Inode, p.Index
	if !p.namespace.Own {
		s.Path = p.namespace.Path
	}
	return s
}

// suffix is that of the programs for devices whose packets begin with IP.
func suffix(device *world.Device) string {
	return strings.TrimPrefix(device.Entry, abi.Programs[abi.HookXDP])
}

// filterProgram is the name of the program that decides at tc on the device.
func filterProgram(device *world.Device, direction abi.Direction) string {
	hook := abi.HookTCIn
	if direction == abi.DirectionOut {
		hook = abi.HookTCOut
	}
	return abi.Programs[hook] + suffix(device)
}

// giveHooks makes the programs in the directory decide wherever these hooks are needed, on a device that has our XDP
// program. Marks are made in the directory that stays.
func (p *planner) giveHooks(dir, marks *world.Directory, at place, needed hooks) (steps, error) {
	if needed.queueIn {
		if next := p.mark(dir); len(next) > 0 {
			return next, nil
		}
		if next, err := p.giveFilter(dir, marks, at, abi.DirectionIn); len(next) > 0 || err != nil {
			return next, err
		}
		if next, err := p.giveQueue(dir, at, abi.DirectionIn); len(next) > 0 || err != nil {
			return next, err
		}
	}
	if !needed.out {
		return nil, nil
	}
	if p.wish.SplitSegments && at.GSOMaxSegs != 1 {
		return p.splitSegments(marks, at), nil
	}
	if next, err := p.giveFilter(dir, marks, at, abi.DirectionOut); len(next) > 0 || err != nil {
		return next, err
	}
	if !needed.queueOut {
		return nil, nil
	}
	return p.giveQueue(dir, at, abi.DirectionOut)
}

// giveFilter makes the program in the directory decide at one side of tc. It comes first, because a filter of others
// that lets a packet pass ends the walk.
func (p *planner) giveFilter(dir, marks *world.Directory, at place, direction abi.Direction) (steps, error) {
	name := filterProgram(at.Device, direction)
	if program(dir, name) == 0 {
		return p.loadMore(dir, name)
	}
	have := p.decidingFilter(at.Device, direction)
	if have != nil && have.Program == program(dir, name) {
		return nil, nil
	}
	if at.Error != "" {
		return nil, p.cannotRead(at)
	}
	if stray := p.misplaced(at.Device, direction); have == nil && stray != nil {
		return nil, refuse(failed, at.String(), fmt.Sprintf("a program of dilih is at its %s, but not where dilih puts it",
			side(direction)), fmt.Sprintf("tc filter show dev %s %s shows it", at.Name, side(direction)))
	}
	verb, pref, warn := "replace", uint16(0), ""
	if have == nil {
		if next, err := p.needClsact(marks, at); len(next) > 0 || err != nil {
			return next, err
		}
		verb, pref = "add", firstPref(at.Filters[direction])
		if pref != 1 {
			warn = fmt.Sprintf("filters of others come first at the %s of %s: dilih sees only what these let pass", side(direction), at)
		}
	} else {
		pref = have.Pref
	}
	return one(p.filter(at, direction, world.Filter{Pref: pref, Handle: decidingHandle, Program: program(dir, name), Object: name},
		Step{
			Argv: []string{"tc", "filter", verb, "dev", at.Name, side(direction), "pref", fmt.Sprint(pref),
				"handle", fmt.Sprintf("%#x", decidingHandle), "bpf", "da", "object-pinned", dir.Name + "/" + name},
			Reason: fmt.Sprintf("decide %s packets of %s at tc", wordFor(direction), at), Warn: warn,
		})), nil
}

func wordFor(direction abi.Direction) string {
	if direction == abi.DirectionOut {
		return "outgoing"
	}
	return "incoming"
}

// filter completes a step that puts a filter of ours in its place.
func (p *planner) filter(at place, direction abi.Direction, filter world.Filter, step Step) Step {
	where := at.place()
	filter.Kind, filter.Protocol = "bpf", protocolAll
	step.effect = func(w *world.World) {
		filters := &deviceIn(w, where).Filters[direction]
		for i := range *filters {
			if f := &(*filters)[i]; f.Handle == filter.Handle && f.Pref == filter.Pref {
				*f = filter
				return
			}
		}
		*filters = append(*filters, filter)
		slices.SortStableFunc(*filters, func(a, b world.Filter) int { return int(a.Pref) - int(b.Pref) })
	}
	return at.step(step)
}

const protocolAll = 3 // ETH_P_ALL

// firstPref is 1, unless something else than programs for all protocols is there.
func firstPref(filters []world.Filter) uint16 {
	return freePref(filters, 1, func(f world.Filter) bool { return f.Kind != "bpf" || f.Protocol != protocolAll })
}

// freePref is the lowest from this one that no filter has which is in the way.
func freePref(filters []world.Filter, from uint16, inTheWay func(world.Filter) bool) uint16 {
	for pref := from; ; pref++ {
		if !slices.ContainsFunc(filters, func(f world.Filter) bool { return f.Pref == pref && inTheWay(f) }) {
			return pref
		}
	}
}

// takeFilter removes a filter of ours.
func (p *planner) takeFilter(at place, direction abi.Direction, filter world.Filter, reason string) Step {
	where := at.place()
	return at.step(Step{
		Argv: []string{"tc", "filter", "del", "dev", at.Name, side(direction), "pref", fmt.Sprint(filter.Pref),
			"handle", fmt.Sprintf("%#x", filter.Handle), "bpf"},
		Reason: reason,
		effect: func(w *world.World) {
			filters := &deviceIn(w, where).Filters[direction]
			*filters = slices.DeleteFunc(*filters, func(f world.Filter) bool {
				return f.Handle == filter.Handle && f.Pref == filter.Pref
			})
		},
	})
}

// needClsact makes the place for filters, and marks it first: a verb that is killed in between must not leave something
// that nobody takes back.
func (p *planner) needClsact(marks *world.Directory, at place) (steps, error) {
	if at.Clsact {
		return nil, nil
	}
	if at.Ingress {
		return nil, refuse(failed, at.String(), "another ingress qdisc is in the place of clsact",
			"remove it (tc qdisc del dev "+at.Name+" ingress) if nobody needs it")
	}
	where := at.place()
	return append(p.makeMark(marks, markOf(markClsact, at)), at.step(Step{
		Argv:   []string{"tc", "qdisc", "add", "dev", at.Name, "clsact"},
		Reason: "tc filters need it",
		effect: func(w *world.World) { deviceIn(w, where).Clsact = true },
	})), nil
}

// splitSegments lets new connections of TCP hand over single segments to the device.
func (p *planner) splitSegments(marks *world.Directory, at place) steps {
	m := markOf(markSegments, at)
	m.Most = at.GSOMaxSegs
	return append(p.makeMark(marks, m),
		p.setSegments(at, 1, "TCP is to hand over single segments"))
}

func (p *planner) setSegments(at place, most uint32, reason string) Step {
	where := at.place()
	return at.step(Step{
		Argv:   []string{"ip", "link", "set", "dev", at.Name, "gso_max_segs", fmt.Sprint(most)},
		Reason: reason,
		effect: func(w *world.World) { deviceIn(w, where).GSOMaxSegs = most },
	})
}

func (p *planner) cannotRead(at place) error {
	return refuse(failed, at.String(), "cannot read its filters: "+at.Error, "")
}
