// SPDX-License-Identifier: MIT

package plan

import (
	"slices"

	"dilih/reader/world"
)

// up loads the programs, pins them beside PIN, attaches them in place of those before them, and only then makes the
// faults active and puts the pins in place. Nothing that runs is touched before everything new is ready.
//
// Programs with maps of their own get their faults before they are attached, so that no packet is without a decision.
// Programs over the maps that are there decide by the faults that are active, until the new ones are made active at
// once; that comes last, because it cannot be taken back.
func (p *planner) up() (steps, error) {
	if p.fresh(&p.Pinned) {
		if p.Pinned.Control.ABI != 0 && p.isNamed(&p.Pinned, p.Pinned.Control) {
			return p.finishUp()
		}
	}
	if !p.fresh(&p.New) {
		return p.load()
	}
	if next := p.completePins(); len(next) > 0 {
		return next, nil
	}
	if next, err := p.loadMore(&p.New, p.programsToLoad(p.hooks())...); len(next) > 0 || err != nil {
		return next, err
	}
	if p.wish.NewMaps {
		return p.upWithNewMaps()
	}
	return p.upWithOldMaps()
}

func (p *planner) upWithNewMaps() (steps, error) {
	if !p.New.Control.Active || p.New.Control.Generation != p.wish.Generation {
		return one(p.activate(&p.New, programsOf(&p.New))), nil
	}
	if next := p.share(&p.New); len(next) > 0 {
		return next, nil
	}
	if next, err := p.takeOver(&p.New, &p.New); len(next) > 0 || err != nil {
		return next, err
	}
	next := one(p.move(&p.New, &p.Pinned, "everything in it is ready"))
	if exists(&p.Pinned) {
		next = steps{p.move(&p.Pinned, &p.Old, "to make room"), next[0]}
	}
	next[0].After = true
	return next, nil
}

func (p *planner) upWithOldMaps() (steps, error) {
	if p.isNamed(&p.New, p.Pinned.Control) {
		empty := p.removeAll(&p.New, "it is empty")
		empty.Retry = true
		return append(p.mergeNew(), empty), nil
	}
	if next, err := p.takeOver(&p.New, &p.Pinned); len(next) > 0 || err != nil {
		return next, err
	}
	programs := programsOf(&p.New)
	switch {
	case len(p.wish.Faults) > 0:
		return one(p.activate(&p.Pinned, programs)), nil
	case p.wish.Lease != "" && p.Pinned.Control.Set.Deadline != p.wish.Deadline:
		return one(p.renew(&p.Pinned)), nil
	}
	return one(p.handOver(&p.Pinned, programs)), nil
}

// finishUp is what remains once the new programs are at PIN. Devices in namespaces that were not visited before are found
// now, because the programs that they have are neither pinned any more nor attached anywhere else.
func (p *planner) finishUp() (steps, error) {
	if next, err := p.takeOver(&p.Pinned, &p.Pinned); len(next) > 0 || err != nil {
		return next, err
	}
	if !p.namesAll(&p.Pinned) {
		return one(p.handOver(&p.Pinned, programsOf(&p.Pinned))), nil
	}
	if next := p.share(&p.Pinned); len(next) > 0 {
		return next, nil
	}
	if exists(&p.Old) {
		if next := p.detachFilters(&p.Old); len(next) > 0 {
			return next, nil
		}
	}
	return p.withdraw(&p.Pinned), nil
}

// detachFilters takes away filters whose programs belong to the directory, where no active fault needs one.
func (p *planner) detachFilters(dir *world.Directory) steps {
	for at := range p.places {
		for _, direction := range directions {
			if filter := p.decidingFilter(at.Device, direction); filter != nil && p.owner(filter.Program) == dir {
				return one(p.takeFilter(at, direction, *filter, "no active fault needs it"))
			}
		}
	}
	return nil
}

// takeOver attaches the programs in PIN-new to the devices of the wish, and to all others that have programs of ours,
// in every namespace. Marks are made in the directory that stays.
func (p *planner) takeOver(dir, marks *world.Directory) (steps, error) {
	for at := range p.places {
		mode := p.modeFor(at)
		if mode == "" {
			continue
		}
		next := p.makeMark(marks, mark{Kind: markNetns, Place: Place{Namespace: at.namespace.Inode}})
		attach, err := p.attachXDP(dir, at, mode)
		if next = append(next, attach...); len(next) > 0 || err != nil {
			return next, err
		}
	}
	needed := p.hooks()
	for at := range p.places {
		if p.modeFor(at) == "" {
			continue
		}
		if next, err := p.giveHooks(dir, marks, at, needed); len(next) > 0 || err != nil {
			return next, err
		}
	}
	return nil, nil
}

// modeFor is the mode that our program is to have on the device, or "" if it is to have none.
func (p *planner) modeFor(at place) string {
	if slices.Contains(p.wish.Devices, at.place()) {
		return p.wish.Mode
	}
	if have := p.ourXDP(at.Device); have != nil {
		return have.Mode
	}
	return ""
}
