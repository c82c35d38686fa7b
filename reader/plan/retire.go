// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"slices"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

// retire removes a directory of pins from whose programs everything has been detached. Programs that outlive their pins
// are attached where nobody can look: they get the pins back, so that they can still be found.
func (p *planner) retire(dir *world.Directory) (steps, error) {
	if at, attached := p.stillAttached(dir); attached {
		return nil, refuse(failed, dir.Name, "its programs are still attached to "+at.String(), "")
	}
	which, control := p.which(dir), dir.Control.Map
	pinnedPrograms := names(dir, func(entry world.Entry) bool { return slices.Contains(abi.Programs[:], entry.Name) })
	if len(pinnedPrograms) > 0 {
		return one(Step{
			Argv:   append([]string{"rm", "-f", "--"}, paths(dir, pinnedPrograms)...),
			Reason: "a program that nothing uses any more ends with its pin",
			Last:   true,
			After:  true,
			effect: func(w *world.World) {
				removeEntries(which(w), pinnedPrograms...)
				w.Programs = slices.DeleteFunc(w.Programs, func(q world.Program) bool { return q.Control == control })
			},
		}), nil
	}
	alive := p.newest(control)
	if len(alive) == 0 {
		last := p.removeAll(dir, "nothing uses it")
		if p.wish.Verb == Down && !exists(&p.Pinned) {
			last.Done = "removed the pins in " + p.Pinned.Name
		}
		return one(last), nil
	}
	if dir.Age < letGo {
		step := waiting("0.02", "the kernel takes its time to free programs")
		step.Last = true
		step.effect = func(w *world.World) {
			w.Programs = slices.DeleteFunc(w.Programs, func(q world.Program) bool { return q.Control == control })
		}
		return one(step), nil
	}
	return p.pinAgain(dir, alive)
}

// newest are the newest programs of each name that use the control map.
func (p *planner) newest(control uint32) (alive []world.Program) {
	for _, program := range p.Programs {
		if program.Control != control {
			continue
		}
		same := slices.IndexFunc(alive, func(q world.Program) bool { return q.Name == program.Name })
		switch {
		case same < 0:
			alive = append(alive, program)
		case alive[same].ID < program.ID:
			alive[same] = program
		}
	}
	return alive
}

func (p *planner) pinAgain(dir *world.Directory, alive []world.Program) (next steps, err error) {
	var ids []string
	which := p.which(dir)
	for _, program := range alive {
		ids = append(ids, fmt.Sprint(program.ID))
		next = append(next, Step{
			Argv:   []string{"bpftool", "prog", "pin", "id", fmt.Sprint(program.ID), dir.Name + "/" + program.Name},
			Reason: "it is still attached, where nobody can look",
			effect: func(w *world.World) {
				addEntry(which(w), world.Entry{Name: program.Name, Type: world.File, Program: program.ID, Object: program.Name, Mode: 0o600})
			},
		}, Step{
			Argv:   []string{"chmod", "0600", "--", dir.Name + "/" + program.Name},
			Reason: "it is for root alone",
			effect: func(*world.World) {},
		})
	}
	where := dir.Name
	switch {
	case dir == &p.New && !exists(&p.Pinned):
		where = p.Pinned.Name
		next = append(next, p.move(dir, &p.Pinned, "it stays loaded"))
	case dir == &p.New && !exists(&p.Old):
		where = p.Old.Name
		next = append(next, p.move(dir, &p.Old, "to make room"))
	}
	return next, refuse(failed, "", "still attached in a network namespace that has neither a name nor a process here: the program with id "+
		strings.Join(ids, " and "), "The pins in "+where+" stay")
}

// stillAttached finds a device that has a program of the directory.
func (p *planner) stillAttached(dir *world.Directory) (place, bool) {
	for i := range p.Namespaces {
		for j := range p.Namespaces[i].Devices {
			at := place{&p.Namespaces[i], &p.Namespaces[i].Devices[j]}
			if p.hasOf(at.Device, dir) {
				return at, true
			}
		}
	}
	return place{}, false
}

func (p *planner) hasOf(device *world.Device, dir *world.Directory) bool {
	if have := p.ourXDP(device); have != nil && p.owner(have.Program) == dir {
		return true
	}
	return slices.ContainsFunc(directions, func(direction abi.Direction) bool {
		return slices.ContainsFunc(device.Filters[direction], func(f world.Filter) bool {
			return f.Object != abi.QueueProgram && f.Object != abi.DuplicateProgram && p.owner(f.Program) == dir
		})
	})
}

// retireOld removes PIN-old, once what takes its place is at PIN.
func (p *planner) retireOld() (steps, error) {
	if !exists(&p.Old) || !exists(&p.Pinned) && p.wish.Verb != Down {
		return nil, nil
	}
	if p.Old.Control == nil {
		return one(p.removeAll(&p.Old, "nothing is in it")), nil
	}
	if isLoaded(&p.Pinned) {
		for at := range p.places {
			if have := p.ourXDP(at.Device); have != nil && p.owner(have.Program) == &p.Old {
				return p.attachXDP(&p.Pinned, at, have.Mode)
			}
		}
	}
	if next := p.detachAll(&p.Old); len(next) > 0 {
		return next, nil
	}
	return p.retire(&p.Old)
}

// leftUndone is an error if a namespace that something of ours may be in could not be changed.
func (p *planner) leftUndone() error {
	for _, failure := range p.wish.Failed {
		return refuse(failed, "", failure.Reason, "")
	}
	for i := range p.Namespaces {
		if n := &p.Namespaces[i]; n.Error != "" && p.mayHaveOurs(n) {
			return refuse(failed, n.Title(), "cannot read its devices: "+n.Error, "")
		}
	}
	if p.NamespacesError != "" {
		return refuse(failed, "", "there may be more network namespaces: "+p.NamespacesError, "")
	}
	return nil
}

// mayHaveOurs reports whether something of ours was attached in the namespace.
func (p *planner) mayHaveOurs(n *world.Namespace) bool {
	return slices.ContainsFunc(p.allMarks(), func(m mark) bool { return m.Namespace == n.Inode })
}
