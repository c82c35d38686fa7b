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

// load begins with a new program in PIN-new. Its id is for the kernel to choose.
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
	next, err := p.loadMore(&p.New, abi.Programs[abi.HookXDP])
	return append(one(p.makeNew()), next...), err
}

// loadMore loads those of the programs that are not pinned in the directory yet, each from its object. The first program
// of all makes the maps, unless the programs go on with those in PIN.
func (p *planner) loadMore(dir *world.Directory, programs ...string) (next steps, err error) {
	for _, name := range programs {
		if program(dir, name) == 0 {
			next = append(next, p.loadProgram(dir, name))
		}
	}
	if len(next) > 0 {
		if err := p.needSameObjects(dir); err != nil {
			return nil, err
		}
		next[len(next)-1].Last = true
	}
	return next, nil
}

func (p *planner) loadProgram(dir *world.Directory, name string) Step {
	object := "bpf/" + abi.Object(name)
	argv := []string{"bpftool", "prog", "loadall", object, dir.Name}
	withMaps := name != abi.QueueProgram && name != abi.DuplicateProgram
	newMaps := dir == &p.New && p.wish.NewMaps && dir.Control == nil
	switch {
	case withMaps && newMaps:
		argv = append(argv, "pinmaps", dir.Name)
	case withMaps:
		argv = append(argv, p.overMaps(dir)...)
	}
	if strings.Contains(filepath.Dir(dir.Name), ".") {
		argv = p.loadBelow(argv)
	}
	return Step{
		Argv:   argv,
		Reason: "the verifier checks the program " + name + ", and it is pinned",
		Fails:  "the kernel rejected " + object + ": %s",
		effect: p.loaded(dir, name, withMaps, newMaps),
	}
}

// overMaps are the words by which a load takes the maps of the directory, or those in PIN if it has none.
func (p *planner) overMaps(dir *world.Directory) (words []string) {
	from, events := dir, dir
	if dir.Control == nil {
		from, events = &p.Pinned, &p.Pinned
		if entryOf(dir, abi.OutputMap) != nil {
			events = dir
		}
	}
	for _, name := range keptMaps {
		words = append(words, "map", "name", name, "pinned", from.Name+"/"+name)
	}
	if dir == &p.New && events == &p.Pinned && p.wish.NewEvents {
		return words // it makes one
	}
	return append(words, "map", "name", abi.OutputMap, "pinned", events.Name+"/"+abi.OutputMap)
}

// loadBelow names the directory relative to the one that it is in, because libbpf changes the dots in a path.
func (p *planner) loadBelow(argv []string) []string {
	dir := argv[4]
	for i, word := range argv {
		if word == dir {
			argv[i] = filepath.Base(word)
		}
	}
	argv[3] = p.wish.Tree + "/" + argv[3]
	return append([]string{"env", "-C", filepath.Dir(dir)}, argv...)
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
func (p *planner) loaded(dir *world.Directory, name string, withMaps, newMaps bool) func(*world.World) {
	which := p.which(dir)
	id := uint32(placeholder + slices.Index(abi.Objects(), abi.Object(name)))
	return func(w *world.World) {
		dir := which(w)
		add := func(name string, program, mapID uint32) {
			addEntry(dir, world.Entry{Name: name, Type: world.File, Mode: 0o600, Program: program, Map: mapID, Object: name})
		}
		add(name, id, 0)
		if newMaps {
			for i, name := range append(slices.Clone(keptMaps), abi.OutputMap) {
				add(name, 0, uint32(placeholder+100+i))
			}
			dir.Control = &world.Control{Map: placeholder + 100}
		}
		if withMaps {
			control := dir.Control
			if control == nil {
				control = w.Pinned.Control
			}
			w.Programs = append(w.Programs, world.Program{ID: id, Name: name, Control: control.Map, Events: placeholder + 100 + uint32(len(keptMaps))})
		}
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
	if name := objectsMark + p.wish.Objects; entryOf(&p.New, name) == nil && (p.wish.NewMaps || entryOf(&p.Pinned, name) == nil) {
		next = append(next, Step{
			Argv:   []string{"mkdir", "-m", "0700", "--", p.New.Name + "/" + name},
			Reason: "remember from which objects the programs are",
			effect: func(w *world.World) {
				addEntry(&w.New, world.Entry{Name: name, Type: world.Dir, Mode: 0o700})
			},
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
