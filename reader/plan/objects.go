// SPDX-License-Identifier: MIT

package plan

import (
	"slices"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

// objectsMark and a hash of all objects is the name of an empty directory among the pins: programs from other objects
// than these must not be loaded beside them.
const objectsMark = "objects-"

// hooks are what the faults of the wish need, or those that stay active.
func (p *planner) hooks() hooks {
	if len(p.wish.Faults) == 0 {
		return active(&p.Pinned)
	}
	return p.wanted
}

// programsToLoad are the programs that the devices need. Those that are at PIN are replaced together.
func (p *planner) programsToLoad(needed hooks) (programs []string) {
	if p.wish.Verb == Up && !p.wish.NewMaps {
		for _, entry := range p.Pinned.Inside {
			if entry.Program != 0 {
				programs = append(programs, entry.Name)
			}
		}
	}
	for at := range p.places {
		if p.modeFor(at) != "" {
			programs = append(programs, programsFor(at.Device, needed)...)
		}
	}
	slices.Sort(programs)
	return slices.Compact(programs)
}

// programsFor are the programs that a device needs.
func programsFor(device *world.Device, needed hooks) []string {
	programs := []string{device.Entry}
	if needed.queueIn {
		programs = append(programs, filterProgram(device, abi.DirectionIn))
	}
	if needed.out {
		programs = append(programs, filterProgram(device, abi.DirectionOut))
	}
	if needed.queueIn || needed.queueOut {
		programs = append(programs, abi.QueueProgram, abi.DuplicateProgram)
	}
	return programs
}

// needSameObjects refuses to load a program beside those from other objects.
func (p *planner) needSameObjects(dir *world.Directory) error {
	for _, name := range marksOfObjects(dir) {
		if name != objectsMark+p.wish.Objects {
			return refuse(failed, dir.Name, "holds programs from other objects than those in "+p.wish.Tree+"/bpf, and these faults need one more: "+
				how("up", "DEV=eth0")+" takes over from them, without a gap", "")
		}
	}
	return nil
}

// needObjects refuses faults that need a program from other objects than those that are loaded.
func (c *completion) needObjects() error {
	for _, name := range c.programsToLoad(c.needed()) {
		if program(&c.Pinned, name) == 0 {
			return c.needSameObjects(&c.Pinned)
		}
	}
	return nil
}

// marksOfObjects are in the directory.
func marksOfObjects(dir *world.Directory) []string {
	return names(dir, func(entry world.Entry) bool { return strings.HasPrefix(entry.Name, objectsMark) })
}

// forgetObjects removes the mark of those objects whose programs are being replaced by others.
func (p *planner) forgetObjects() steps {
	before := marksOfObjects(&p.Pinned)
	if len(before) == 0 || len(marksOfObjects(&p.New)) == 0 {
		return nil
	}
	return one(Step{
		Argv:   append([]string{"rmdir", "--"}, paths(&p.Pinned, before)...),
		Reason: "no program is from these objects any more",
		Retry:  true,
		effect: func(w *world.World) { removeEntries(&w.Pinned, before...) },
	})
}

// namesAll reports whether control names all programs in the directory.
func (p *planner) namesAll(dir *world.Directory) bool {
	for hook, id := range programsOf(dir) {
		if dir.Control.Programs[hook] != id {
			return false
		}
	}
	return true
}
