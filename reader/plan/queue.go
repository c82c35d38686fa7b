// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"slices"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

// giveQueue makes the place where packets of one side wait: an ifb device with an fq on it, which releases each packet
// at the instant that BPF has written into it, and at last the filter that takes packets there.
func (p *planner) giveQueue(dir *world.Directory, at place, direction abi.Direction) (steps, error) {
	if program(dir, abi.QueueProgram) == 0 || program(dir, abi.DuplicateProgram) == 0 {
		return p.loadMore(dir, abi.QueueProgram, abi.DuplicateProgram)
	}
	queue := p.queueOf(at, direction)
	if queue == nil {
		return p.makeQueue(at, direction), nil
	}
	if _, _, ours := p.isQueue(at.namespace, queue); !ours {
		return nil, refuse(failed, queue.Name+at.namespaceText(), fmt.Sprintf("it is there already, but not of %s: its alias is %q",
			p.Pinned.Name, queue.Alias), "give it another name, or remove it")
	}
	inQueue := place{at.namespace, queue}
	switch {
	case queue.Alias != p.queueAlias() || !queue.Up:
		return one(p.raiseQueue(at, inQueue)), nil
	case queue.Root.Handle != queueHandle:
		return one(p.giveFQ(at, inQueue)), nil
	case !queue.Clsact:
		where := inQueue.place()
		return one(at.step(Step{
			Argv:   []string{"tc", "qdisc", "add", "dev", queue.Name, "clsact"},
			Reason: "the filter that duplicates needs it",
			effect: func(w *world.World) { deviceIn(w, where).Clsact = true },
		})), nil
	case !hasFilter(queue, abi.DirectionOut, decidingHandle, program(dir, abi.DuplicateProgram)):
		return one(p.duplicateAt(dir, at, inQueue)), nil
	}
	return p.feedQueue(dir, at, inQueue, direction), nil
}

func hasFilter(device *world.Device, direction abi.Direction, handle, program uint32) bool {
	return slices.ContainsFunc(device.Filters[direction], func(f world.Filter) bool {
		return f.Handle == handle && f.Program == program
	})
}

// holdBack says what a kernel lacks that cannot hold packets back.
func holdBack(what, module string) string {
	return fmt.Sprintf("cannot hold packets back: this kernel has no %s (%%s). delay, rate and duplicate need it: it is the module %s,"+
		" of the package linux-modules or linux-modules-extra on most distributions", what, module)
}

func (p *planner) makeQueue(at place, direction abi.Direction) (next steps) {
	if !p.HasIFB {
		next = one(Step{
			Argv:   []string{"modprobe", "-q", "ifb", "numifbs=0"},
			Reason: "by itself the module would make two devices more",
			Fails:  optional,
			effect: func(w *world.World) { w.HasIFB = true },
		})
	}
	name, where := queueName(at.Device, direction), at.place()
	return append(next, at.step(Step{
		Argv:   []string{"ip", "link", "add", name, "type", "ifb"},
		Reason: fmt.Sprintf("%s packets of %s wait there", wordFor(direction), at),
		Fails:  holdBack("ifb", "ifb"),
		effect: func(w *world.World) {
			for i := range w.Namespaces {
				if n := &w.Namespaces[i]; n.Inode == where.Namespace {
					n.Devices = append(n.Devices, world.Device{Index: unknownIndex - len(n.Devices), Name: name, Kind: "ifb", Ether: true,
						Entry: abi.Programs[abi.HookXDP]})
				}
			}
		},
	}))
}

// unknownIndex is for devices that are planned: the kernel chooses the index.
const unknownIndex = -1

// optional in Fails says that it does not matter whether the command succeeds.
const optional = "-"

func (p *planner) raiseQueue(at, queue place) Step {
	alias, where := p.queueAlias(), queue.place()
	return at.step(Step{
		Argv:   []string{"ip", "link", "set", "dev", queue.Name, "alias", alias, "up"},
		Reason: "it is known by its alias",
		effect: func(w *world.World) {
			device := deviceIn(w, where)
			device.Alias, device.Up = alias, true
		},
	})
}

func (p *planner) giveFQ(at, queue place) Step {
	where := queue.place()
	return at.step(Step{
		Argv: []string{"tc", "qdisc", "replace", "dev", queue.Name, "root", "handle", "d111:", "fq",
			"limit", "100000", "flow_limit", "100000", "nopacing"},
		Reason: "it releases each packet at its time",
		Fails:  holdBack("fq", "sch_fq"),
		effect: func(w *world.World) { deviceIn(w, where).Root = world.Qdisc{Kind: "fq", Handle: queueHandle} },
	})
}

func (p *planner) duplicateAt(dir *world.Directory, at, queue place) Step {
	step := p.filter(queue, abi.DirectionOut,
		world.Filter{Pref: 1, Handle: decidingHandle, Program: program(dir, abi.DuplicateProgram), Object: abi.DuplicateProgram},
		Step{
			Argv: []string{"tc", "filter", "replace", "dev", queue.Name, "egress", "pref", "1",
				"handle", fmt.Sprintf("%#x", decidingHandle), "bpf", "da", "object-pinned", dir.Name + "/" + abi.DuplicateProgram},
			Reason: "duplicate packets on their way into the queue",
		})
	step.Device = at.Index
	return step
}

// feedQueue takes packets that are to wait to the queue, right behind the filter that decides which do.
func (p *planner) feedQueue(dir *world.Directory, at, queue place, direction abi.Direction) steps {
	filter := world.Filter{Handle: waitingHandle, Program: program(dir, abi.QueueProgram), Object: abi.QueueProgram, Target: queue.Index}
	if have := p.waitingFilter(at.Device, direction); have != nil {
		if have.Program == filter.Program && have.Target == queue.Index {
			return nil
		}
		filter.Pref = have.Pref
	} else {
		ours := p.decidingFilter(at.Device, direction)
		filter.Pref = freePref(at.Filters[direction], ours.Pref+1, func(world.Filter) bool { return true })
	}
	warn := ""
	if have := p.ourXDP(at.Device); direction == abi.DirectionIn && at.Kind == "veth" && have != nil && have.Mode == "xdpgeneric" {
		warn = fmt.Sprintf("%s is a veth: TCP that sends to it from this machine becomes slow when incoming packets have to wait."+
			" %s helps, and so does a delay with out at the other end", at, Named("MODE", "xdpdrv"))
	}
	return one(p.filter(at, direction, filter, Step{
		Argv: []string{"tc", "filter", "replace", "dev", at.Name, side(direction), "pref", fmt.Sprint(filter.Pref),
			"handle", fmt.Sprintf("%#x", waitingHandle), "bpf", "object-pinned", dir.Name + "/" + abi.QueueProgram,
			"action", "mirred", "egress", "redirect", "dev", queue.Name},
		Reason: "take packets that wait to the queue", Warn: warn,
	}))
}

// takeQueue removes a queue: the filter that points to it goes first, and the device once nothing waits in it.
func (p *planner) takeQueue(namespace *world.Namespace, queue *world.Device) steps {
	index, direction, _ := parseQueueName(queue.Name)
	at := place{namespace, queue}
	if device, there := p.at(Place{namespace.Inode, index}); there {
		if filter := p.waitingFilter(device.Device, direction); filter != nil {
			step := p.takeFilter(device, direction, *filter, "no more packets are to wait")
			step.Last = true // packets may have come meanwhile
			return one(step)
		}
	}
	if step, waits := p.awaitEmpty(at); waits {
		return one(step)
	}
	name, where := queue.Name, at.place()
	del := at.step(Step{
		Argv:   []string{"ip", "link", "del", name},
		Reason: "nothing waits in it",
		effect: func(w *world.World) {
			for i := range w.Namespaces {
				if n := &w.Namespaces[i]; n.Inode == where.Namespace {
					n.Devices = slices.DeleteFunc(n.Devices, func(d world.Device) bool { return d.Name == name })
				}
			}
		},
	})
	if queue.Root.Waiting > 0 {
		del.Warn = fmt.Sprintf("%d packets still wait in %s after %d s: they are dropped now", queue.Root.Waiting, at,
			patience/1_000_000_000)
	}
	del.Device = max(index, 1) // the one that it was for
	return steps{waiting("0.02", "packets are on their way from the queue to the device"), del}
}

// awaitEmpty waits until the queue is empty, for as long as this verb has patience.
func (p *planner) awaitEmpty(queue place) (Step, bool) {
	if queue.Root.Waiting == 0 || p.Now > p.wish.Begun+patience {
		return Step{}, false
	}
	step := waiting("0.05", fmt.Sprintf("wait until no packet waits in %s", queue))
	step.Say, step.Last = fmt.Sprintf("waiting until no packet waits in %s", queue), true
	where := queue.place()
	step.effect = func(w *world.World) { deviceIn(w, where).Root.Waiting = 0 }
	return step, true
}

// withdraw takes away what the active faults of the directory do not need. Incoming packets are decided at tc until all
// that wait have gone on, and then by XDP again, because a packet that comes back from the queue passes XDP once more.
func (p *planner) withdraw(dir *world.Directory) steps {
	needed := active(dir)
	if dir.Control.Active && !needed.queueIn && dir.Control.Arriving != abi.HookXDP {
		for at := range p.places {
			if _, direction, ours := p.isQueue(at.namespace, at.Device); ours && direction == abi.DirectionIn {
				if step, waits := p.awaitEmpty(at); waits {
					return one(step)
				}
			}
		}
		return p.settle(dir)
	}
	if next := p.takeHooks(needed); len(next) > 0 || needed.queueIn {
		return next
	}
	return p.unmark(dir)
}

// takeHooks takes away all but these.
func (p *planner) takeHooks(needed hooks) steps {
	for at := range p.places {
		for _, direction := range directions {
			if p.needs(needed, at.Device, direction) {
				continue
			}
			if filter := p.decidingFilter(at.Device, direction); filter != nil {
				return one(p.takeFilter(at, direction, *filter, "no active fault needs it"))
			}
		}
	}
	for at := range p.places {
		index, direction, ours := p.isQueue(at.namespace, at.Device)
		if !ours {
			continue
		}
		device, there := p.at(Place{at.namespace.Inode, index})
		if !there || !p.needsQueue(needed, device.Device, direction) {
			if next := p.takeQueue(at.namespace, at.Device); len(next) > 0 {
				return next
			}
		}
	}
	for at := range p.places {
		for _, direction := range directions {
			if filter := p.waitingFilter(at.Device, direction); filter != nil && !p.needsQueue(needed, at.Device, direction) {
				return one(p.takeFilter(at, direction, *filter, "no active fault needs it"))
			}
		}
	}
	return p.releaseMarks()
}

// needs reports whether the hooks need a filter at that side of the device.
func (p *planner) needs(needed hooks, device *world.Device, direction abi.Direction) bool {
	if p.ourXDP(device) == nil {
		return false
	}
	if direction == abi.DirectionOut {
		return needed.out
	}
	return needed.queueIn
}

func (p *planner) needsQueue(needed hooks, device *world.Device, direction abi.Direction) bool {
	if p.ourXDP(device) == nil {
		return false
	}
	if direction == abi.DirectionOut {
		return needed.queueOut
	}
	return needed.queueIn
}
