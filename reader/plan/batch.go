// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"slices"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/pinned"
	"dilih/reader/world"
)

// batch is a step that writes into maps, of which the last is what makes it count.
func (p *planner) batch(dir *world.Directory, text, reason string, effect func(*world.Control)) Step {
	which := p.which(dir)
	return Step{
		Argv:   []string{"bpftool", "batch", "file", "-"},
		Stdin:  text,
		Reason: reason,
		effect: func(w *world.World) { effect(which(w).Control) },
	}
}

// Writes is how many entries of maps a batch writes.
func (s Step) Writes() int { return strings.Count("\n"+s.Stdin, "\nmap update ") }

// stateOf is what the scripts of batches begin with.
func stateOf(control *world.Control) pinned.State {
	state := pinned.State{Control: control.Control, Set: control.Set}
	for _, rule := range control.Rules {
		state.Rules = append(state.Rules, pinned.RuleState{Rule: rule})
	}
	return state
}

// programsOf are the programs in the directory, by hook.
func programsOf(dir *world.Directory) Programs {
	programs := make(Programs)
	for hook, name := range abi.Programs {
		if id := program(dir, name); id != 0 {
			programs[abi.Hook(hook)] = id
		}
	}
	return programs
}

// activate makes the faults of the wish active in the maps of the directory, decided by these programs.
func (p *planner) activate(dir *world.Directory, programs Programs) Step {
	control := dir.Control.Control
	control.ABI, control.Generation = abi.Version, p.wish.Generation
	programs.setIn(&control)
	text := forceScript(dir.Name, control, p.set, p.lease())
	set, rules := p.set.Encode(control.Generation)
	if p.wanted.queueIn {
		control.Arriving, control.Marking = abi.HookTCIn, 1
	}
	step := p.batch(dir, text, "make the faults active", func(c *world.Control) {
		c.Control, c.Active, c.Set, c.Rules = control, true, set, rules
	})
	step.After, step.Last = dir == &p.Pinned, dir == &p.Pinned
	return step
}

func (p *planner) lease() Lease { return Lease{text: p.wish.Lease} }

// renew gives the active faults another deadline.
func (p *planner) renew(dir *world.Directory) Step {
	state := stateOf(dir.Control)
	state.Set.Deadline = p.wish.Deadline
	return p.batch(dir, renewScript(dir.Name, state, p.lease()), "renew the lease", func(c *world.Control) {
		c.Set.Deadline = p.wish.Deadline
	})
}

// handOver lets these programs decide by the active faults.
func (p *planner) handOver(dir *world.Directory, programs Programs) Step {
	state := stateOf(dir.Control)
	programs.setIn(&state.Control)
	step := p.batch(dir, handoverScript(dir.Name, state), "the active faults go on, decided by the new programs",
		func(c *world.Control) { c.Control = state.Control })
	step.After, step.Last = true, true
	return step
}

// mark has XDP mark incoming packets with the hook that decides, some time before tc_in is there: tc_in decides about all
// that are not marked, also about those that XDP has decided before. The programs in the directory may use the maps in PIN.
func (p *planner) mark(dir *world.Directory) steps {
	if dir.Control == nil {
		dir = &p.Pinned
	}
	if dir.Control == nil || !dir.Control.Active || dir.Control.Marking != 0 {
		return nil
	}
	return steps{
		p.shift(dir, Mark, "XDP marks incoming packets with the hook that decides", func(c *world.Control) { c.Marking = 1 }),
		waiting("0.02", "packets without a mark are on their way to tc"),
	}
}

// settle lets XDP decide incoming packets again.
func (p *planner) settle(dir *world.Directory) steps {
	last := waiting("0.02", "packets that are marked for tc are on their way there")
	last.Last = true
	return steps{
		waiting("0.02", "packets are on their way from the queue to the device"),
		p.shift(dir, Settle, "XDP decides incoming packets again", func(c *world.Control) { c.Arriving = abi.HookXDP }),
		last,
	}
}

// unmark ends the marks, once no filter reads them any more.
func (p *planner) unmark(dir *world.Directory) steps {
	if c := dir.Control; !c.Active || c.Marking == 0 || c.Arriving != abi.HookXDP {
		return nil
	}
	return one(p.shift(dir, Unmark, "nobody reads the marks any more", func(c *world.Control) { c.Marking = 0 }))
}

// shift changes one thing about where the active faults are decided.
func (p *planner) shift(dir *world.Directory, shift Shift, reason string, effect func(*world.Control)) Step {
	return p.batch(dir, shiftScript(dir.Name, stateOf(dir.Control), shift), reason, effect)
}

// names says which entries there are.
func names(dir *world.Directory, is func(world.Entry) bool) (list []string) {
	for _, entry := range dir.Inside {
		if is(entry) {
			list = append(list, entry.Name)
		}
	}
	slices.Sort(list)
	return list
}

func paths(dir *world.Directory, names []string) (list []string) {
	for _, name := range names {
		list = append(list, fmt.Sprintf("%s/%s", dir.Name, name))
	}
	return list
}
