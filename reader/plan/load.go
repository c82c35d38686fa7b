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
