// SPDX-License-Identifier: MIT

package plan

import (
	"dilih/bpf/abi"
	"dilih/reader/world"
)

// recover puts in order what a verb left that was cut off, and moves aside what other users have put at our names.
//
//   - PIN-new without a control map has programs over the maps in PIN. If control names them they are moved to PIN,
//     otherwise their devices go back to the programs in PIN.
//   - PIN-new with a control map was never made active if PIN is there: its devices go back to the programs in PIN. If
//     PIN is on its way to PIN-old, it takes the place of PIN. Otherwise it is a first load that was cut off, or what is
//     being removed: nothing is to stay attached.
//   - PIN-old is retired last, see retireOld.
func (p *planner) recover() (steps, error) {
	if next := p.setAside(); len(next) > 0 {
		return next, nil
	}
	if err := p.refuseForeign(); err != nil {
		return nil, err
	}
	switch {
	case p.fresh(&p.New):
		return nil, nil
	case !exists(&p.New) && !exists(&p.Pinned) && isLoaded(&p.Old):
		return one(p.move(&p.Old, &p.Pinned, "nothing has taken its place")), nil
	case !exists(&p.New):
		return p.keepMarks(), nil
	case p.New.Control != nil:
		return p.recoverLoad()
	}
	return p.recoverPrograms()
}

// recoverPrograms is for programs over the maps in PIN.
func (p *planner) recoverPrograms() (steps, error) {
	if isLoaded(&p.Pinned) {
		if p.isNamed(&p.New, p.Pinned.Control) {
			return p.mergeNew(), nil
		}
		if next, err := p.handBack(); len(next) > 0 || err != nil {
			return next, err
		}
	}
	last := p.removeAll(&p.New, "nobody uses these programs")
	last.After = true
	return one(last), nil
}

// isNamed reports whether control says that the programs in the directory decide.
func (p *planner) isNamed(dir *world.Directory, control *world.Control) bool {
	id := program(dir, abi.Programs[abi.HookXDP])
	return id != 0 && control.Programs[abi.HookXDP] == id
}

// recoverLoad is for programs with maps of their own.
func (p *planner) recoverLoad() (steps, error) {
	switch {
	case exists(&p.Old) && !exists(&p.Pinned):
		return one(p.move(&p.New, &p.Pinned, "it takes the place of what is in "+p.Old.Name)), nil
	case exists(&p.Pinned):
		if next, err := p.handBack(); len(next) > 0 || err != nil {
			return next, err
		}
		if next := p.keepMarks(); len(next) > 0 {
			return next, nil
		}
	default:
		if next := p.takeHooks(hooks{}); len(next) > 0 {
			return next, nil
		}
		if next := p.detachAll(&p.New); len(next) > 0 {
			return next, nil
		}
	}
	return p.retire(&p.New)
}

// handBack gives the devices that the programs in PIN-new have to those in PIN.
func (p *planner) handBack() (steps, error) {
	for at := range p.places {
		if have := p.ourXDP(at.Device); have != nil && p.owner(have.Program) == &p.New {
			if program(&p.Pinned, at.Entry) == 0 {
				return one(p.netDetach(at, have.Mode)), nil // it had none before
			}
			return p.attachXDP(&p.Pinned, at, have.Mode)
		}
		for _, direction := range directions {
			if next, err := p.handBackFilter(at, direction); len(next) > 0 || err != nil {
				return next, err
			}
		}
	}
	return nil, nil
}

func (p *planner) handBackFilter(at place, direction abi.Direction) (steps, error) {
	have := p.decidingFilter(at.Device, direction)
	if have == nil || p.owner(have.Program) != &p.New {
		return nil, nil
	}
	if program(&p.Pinned, filterProgram(at.Device, direction)) == 0 {
		return one(p.takeFilter(at, direction, *have, "nothing is to decide here")), nil
	}
	return p.giveFilter(&p.Pinned, &p.Pinned, at, direction)
}

// detachAll detaches what belongs to the directory, wherever it is.
func (p *planner) detachAll(dir *world.Directory) steps {
	for at := range p.places {
		if next := p.detachFrom(at, func(program uint32) bool { return p.owner(program) == dir }); len(next) > 0 {
			return next
		}
	}
	return nil
}

// detachFrom detaches these programs from the device; those for outgoing packets first.
func (p *planner) detachFrom(at place, which func(program uint32) bool) steps {
	for i := range directions {
		direction := directions[len(directions)-1-i]
		if filter := p.decidingFilter(at.Device, direction); filter != nil && which(filter.Program) {
			return one(p.takeFilter(at, direction, *filter, "decide here no longer"))
		}
	}
	if have := p.ourXDP(at.Device); have != nil && which(have.Program) {
		return one(p.netDetach(at, have.Mode))
	}
	return nil
}

// move renames a directory, with all that is in it.
func (p *planner) move(from, to *world.Directory, reason string) Step {
	whichFrom, whichTo := p.which(from), p.which(to)
	return Step{
		Argv:   []string{"mv", "-T", "--", from.Name, to.Name},
		Reason: reason,
		Retry:  true,
		effect: func(w *world.World) {
			from, to := whichFrom(w), whichTo(w)
			name := from.Name
			from.Name, from.Entry.Name, to.Name = to.Name, to.Name, name
			*from, *to = world.Directory{Entry: world.Entry{Name: name, Type: world.Absent}}, *from
		},
	}
}

// mergeNew moves the programs in PIN-new to PIN, where they take the place of older ones.
func (p *planner) mergeNew() steps {
	list := names(&p.New, func(world.Entry) bool { return true })
	if len(list) == 0 {
		return one(p.removeAll(&p.New, "it is empty"))
	}
	return append(p.forgetObjects(), Step{
		Argv:   append([]string{"mv", "-t", p.Pinned.Name, "--"}, paths(&p.New, list)...),
		Reason: "they take the place of those before them",
		Retry:  true, // the faults are active already
		effect: func(w *world.World) {
			for _, entry := range w.New.Inside {
				addEntry(&w.Pinned, entry)
			}
			w.New.Inside = nil
		},
	})
}

// removeAll removes a directory of ours.
func (p *planner) removeAll(dir *world.Directory, reason string) Step {
	which := p.which(dir)
	return Step{
		Argv:   []string{"rm", "-r", "--", dir.Name},
		Reason: reason,
		effect: func(w *world.World) {
			name := which(w).Name
			*which(w) = world.Directory{Entry: world.Entry{Name: name, Type: world.Absent}}
		},
	}
}

// keepMarks moves the marks of another directory to PIN, so that what was changed stays marked there.
func (p *planner) keepMarks() steps {
	if !exists(&p.Pinned) {
		return nil
	}
	for _, dir := range []*world.Directory{&p.New, &p.Old} {
		if !exists(dir) {
			continue
		}
		marks := names(dir, func(entry world.Entry) bool {
			_, is := parseMark(entry.Name)
			return is && entryOf(&p.Pinned, entry.Name) == nil
		})
		if len(marks) == 0 {
			continue
		}
		which := p.which(dir)
		return one(Step{
			Argv:   append([]string{"mv", "-t", p.Pinned.Name, "--"}, paths(dir, marks)...),
			Reason: "what was changed stays marked",
			effect: func(w *world.World) {
				for _, name := range marks {
					addEntry(&w.Pinned, *entryOf(which(w), name))
				}
				removeEntries(which(w), marks...)
			},
		})
	}
	return nil
}
