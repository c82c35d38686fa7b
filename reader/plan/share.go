// SPDX-License-Identifier: MIT

package plan

import (
	"cmp"
	"fmt"
	"slices"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

// The pins, by who may open them. Anybody who can open a program can run it, and send packets into this host.
var (
	// watchedPins are for the group that may watch.
	watchedPins = []string{abi.ControlMap, abi.SetsMap, abi.RulesMap, abi.CountersMap, abi.TotalsMap}
	// eventPins are for those of them who may read events as well. The second is the readers' lock.
	eventPins = []string{abi.OutputMap, abi.EventsLock}
	// privatePins are for root alone.
	privatePins = append(slices.Clone(abi.Programs[:6]), abi.QueueProgram, abi.DuplicateProgram,
		"cpus", abi.SequencesMap, abi.FlowsMap, "clocks")
	// keptMaps are those that programs take over from the ones before them.
	keptMaps = append(slices.Clone(watchedPins), "cpus", abi.SequencesMap, abi.FlowsMap, "clocks")
)

// right is who may open a pin.
type right struct {
	mode, gid uint32
}

// rightOf is who may open the entry of that name in a directory of pins, or the directory itself (name "").
func (p *planner) rightOf(name string) (is right, known bool) {
	events := p.wish.EventsGroup.GID
	switch {
	case name == "":
		return right{0o750, p.wish.Group.GID}, true
	case slices.Contains(watchedPins, name):
		return right{0o640, p.wish.Group.GID}, true
	case slices.Contains(privatePins, name):
		return right{0o600, 0}, true
	case name == abi.OutputMap && events == 0:
		return right{0o600, 0}, true
	case name == abi.OutputMap:
		return right{0o660, events}, true
	case name == abi.EventsLock && events == 0:
		return right{0o700, 0}, true
	case name == abi.EventsLock:
		return right{0o750, events}, true
	}
	return right{}, false
}

// share gives each pin the rights that the wish has for it. Nobody who may open one is shut out meanwhile, nobody gets
// more than wished for, and the directory comes last.
func (p *planner) share(dir *world.Directory) steps {
	var narrow, groups, wide []pin
	for _, entry := range append(slices.Clone(dir.Inside), p.itself(dir)) {
		wanted, known := p.rightOf(entry.Name)
		if !known {
			continue
		}
		this := pin{entry.Name, wanted}
		if entry.Mode&^wanted.mode != 0 {
			narrow = append(narrow, pin{entry.Name, right{mode: entry.Mode & wanted.mode}})
			entry.Mode &= wanted.mode
		}
		if entry.GID != wanted.gid {
			groups = append(groups, this)
		}
		if entry.Mode != wanted.mode {
			wide = append(wide, this)
		}
	}
	next := p.byRight(dir, narrow, "chmod", func(r right) string { return fmt.Sprintf("%04o", r.mode) })
	next = append(next, p.byRight(dir, groups, "chgrp", p.groupName)...)
	return append(next, p.byRight(dir, wide, "chmod", func(r right) string { return fmt.Sprintf("%04o", r.mode) })...)
}

type pin struct {
	name string
	right
}

// itself is the directory as an entry without a name.
func (p *planner) itself(dir *world.Directory) world.Entry {
	entry := dir.Entry
	entry.Name = ""
	return entry
}

func (p *planner) groupName(r right) string {
	for _, group := range []Group{p.wish.Group, p.wish.EventsGroup} {
		if group.GID == r.gid && group.Name != "" {
			return group.Name
		}
	}
	return fmt.Sprint(r.gid)
}

// byRight is a step for all pins that get the same right.
func (p *planner) byRight(dir *world.Directory, pins []pin, command string, word func(right) string) (next steps) {
	slices.SortStableFunc(pins, func(a, b pin) int {
		return cmp.Or(boolean(a.name == "")-boolean(b.name == ""), cmp.Compare(word(a.right), word(b.right)), cmp.Compare(a.name, b.name))
	})
	for len(pins) > 0 {
		end := slices.IndexFunc(pins, func(q pin) bool { return word(q.right) != word(pins[0].right) || q.name == "" && pins[0].name != "" })
		if end < 0 {
			end = len(pins)
		}
		next = append(next, p.giveRight(dir, slices.Clone(pins[:end]), command, word(pins[0].right)))
		pins = pins[end:]
	}
	return next
}

func (p *planner) giveRight(dir *world.Directory, pins []pin, command, word string) Step {
	step := Step{Argv: []string{command, word, "--"}, Reason: "only those may open the pins who are allowed to"}
	for _, pin := range pins {
		path := dir.Name
		if pin.name != "" {
			path += "/" + pin.name
		}
		step.Argv = append(step.Argv, path)
	}
	which := p.which(dir)
	step.effect = func(w *world.World) {
		for _, pin := range pins {
			entry := &which(w).Entry
			if pin.name != "" {
				entry = entryOf(which(w), pin.name)
			}
			if command == "chgrp" {
				entry.GID = pin.gid
			} else {
				entry.Mode = pin.mode
			}
		}
	}
	return step
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
