// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

// object is what is loaded, by its path in the tree, in which steps are run.
const object = "bpf/dilih_kern.o"

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
		return append(p.mergeNew(), p.removeAll(&p.New, "it is empty")), nil
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

// load pins new programs in PIN-new. Their ids are for the kernel to choose.
func (p *planner) load() (steps, error) {
	if exists(&p.New) {
		return nil, refuse(failed, p.New.Name, "cannot make room there", "see what is attached: bpftool net show")
	}
	if p.wish.NewMaps && exists(&p.Old) { // where what is at PIN goes
		if next, err := p.retireOld(); len(next) > 0 || err != nil {
			return next, err
		}
	}
	if p.wish.Group.GID != 0 && p.openToOthers() {
		return p.closeBPFFS(fmt.Sprintf("members of %s could pin maps in %s and change them", Named("GROUP", p.wish.Group.Name),
			p.BPFFS.Path)), nil
	}
	argv := []string{"bpftool", "prog", "loadall", object, p.New.Name}
	if p.wish.NewMaps {
		argv = append(argv, "pinmaps", p.New.Name)
	} else {
		for _, name := range keptMaps {
			argv = append(argv, "map", "name", name, "pinned", p.Pinned.Name+"/"+name)
		}
		if !p.wish.NewEvents {
			argv = append(argv, "map", "name", abi.OutputMap, "pinned", p.Pinned.Name+"/"+abi.OutputMap)
		}
	}
	if strings.Contains(filepath.Dir(p.New.Name), ".") {
		argv = p.loadBelow(argv)
	}
	return steps{p.makeNew(), {
		Argv:   argv,
		Reason: "the verifier checks the programs, and they are pinned",
		Fails:  "the kernel rejected " + object + ": %s",
		Last:   true,
		effect: p.loaded(),
	}}, nil
}

// loadBelow names the directory relative to the one that it is in, because libbpf changes the dots in a path.
func (p *planner) loadBelow(argv []string) []string {
	for i, word := range argv {
		if word == p.New.Name {
			argv[i] = filepath.Base(word)
		}
	}
	argv[3] = p.wish.Tree + "/" + object
	return append([]string{"env", "-C", filepath.Dir(p.New.Name)}, argv...)
}

func (p *planner) makeNew() Step {
	return Step{
		Argv:   []string{"mkdir", "-m", "0700", "--", p.New.Name},
		Reason: "the pins are prepared there",
		Retry:  true,
		effect: func(w *world.World) {
			w.New = world.Directory{Entry: world.Entry{Name: w.New.Name, Type: world.Dir, Mode: 0o700}}
		},
	}
}

// loaded is what a load would do, with ids that stand for those that only the kernel knows.
func (p *planner) loaded() func(*world.World) {
	newMaps, control := p.wish.NewMaps, uint32(placeholder)
	if !newMaps {
		control = p.Pinned.Control.Map
	}
	return func(w *world.World) {
		add := func(name string, program, mapID uint32) {
			addEntry(&w.New, world.Entry{Name: name, Type: world.File, Mode: 0o600, Program: program, Map: mapID, Object: name})
		}
		for i, name := range slices.Concat(abi.Programs[:6], []string{queueProgram, duplicateProgram}) {
			add(name, uint32(placeholder+i), 0)
			if i < 6 {
				w.Programs = append(w.Programs, world.Program{ID: uint32(placeholder + i), Name: name, Control: control, Events: placeholder + 20})
			}
		}
		if !newMaps {
			return
		}
		for i, name := range append(slices.Clone(keptMaps), abi.OutputMap) {
			add(name, 0, uint32(placeholder+i))
		}
		w.New.Control = &world.Control{Map: control}
	}
}

// placeholder and the numbers after it stand for ids that only the kernel knows.
const placeholder = 4_000_000_000

// completePins adds to what the load has pinned, and takes away what is of no use.
func (p *planner) completePins() (next steps) {
	if data := names(&p.New, func(entry world.Entry) bool { return isData(entry.Name) }); len(data) > 0 {
		next = append(next, Step{
			Argv:   append([]string{"rm", "-f", "--"}, paths(&p.New, data)...),
			Reason: "the constants of a program are its own affair",
			effect: func(w *world.World) { removeEntries(&w.New, data...) },
		})
	}
	if p.wish.NewMaps && entryOf(&p.New, abi.EventsLock) == nil {
		next = append(next, Step{
			Argv:   []string{"mkdir", "-m", "0700", "--", p.New.Name + "/" + abi.EventsLock},
			Reason: "the reader of the events holds a lock on it",
			effect: func(w *world.World) {
				addEntry(&w.New, world.Entry{Name: abi.EventsLock, Type: world.Dir, Mode: 0o700})
			},
		})
	}
	if p.wish.NewEvents && !p.wish.NewMaps && entryOf(&p.New, abi.OutputMap) == nil {
		id := p.eventsOf(program(&p.New, abi.Programs[abi.HookXDP]))
		next = append(next, Step{
			Argv:   []string{"bpftool", "map", "pin", "id", fmt.Sprint(id), p.New.Name + "/" + abi.OutputMap},
			Reason: "nobody can use the event map before it any more",
			effect: func(w *world.World) {
				addEntry(&w.New, world.Entry{Name: abi.OutputMap, Type: world.File, Mode: 0o600, Map: id, Object: abi.OutputMap})
			},
		})
	}
	return next
}

// eventsOf is the event map of the program.
func (p *planner) eventsOf(program uint32) uint32 {
	for _, known := range p.Programs {
		if known.ID == program {
			return known.Events
		}
	}
	return 0
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
		next = append(next, p.attachXDP(dir, at, mode)...)
		if len(next) > 0 {
			return next, nil
		}
	}
	needed := p.wanted
	if len(p.wish.Faults) == 0 {
		needed = active(&p.Pinned)
	}
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
