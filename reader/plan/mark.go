// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/world"
)

// mark records a change to a device, as an empty directory among the pins: KIND-INDEX-NAMESPACE-CREATION, because an
// index is unique only within its namespace, and only for as long as the device exists. It is made before the change.
type mark struct {
	Kind string
	Place
	Creation uint64 // of the device; 0: not known
	Most     uint32 // of markSegments: gso_max_segs, as it was
}

// markOf is a mark for a change to the device.
func markOf(kind string, at place) mark {
	return mark{Kind: kind, Place: at.place(), Creation: at.Creation}
}

// isOf reports whether it is this device that was changed, and not one that was made again with its index.
func (m mark) isOf(at place) bool {
	return m.Place == at.place() && (m.Creation == at.Creation || m.Creation == 0 || at.Creation == 0)
}

// The kinds of marks.
const (
	markClsact   = "clsact"   // the qdisc clsact was added
	markSegments = "segments" // gso_max_segs was set to 1
	markNetns    = "netns"    // something of ours was attached in this namespace
)

func (m mark) String() string {
	switch m.Kind {
	case markNetns:
		return fmt.Sprintf("%s-%d", m.Kind, m.Namespace)
	case markSegments:
		return fmt.Sprintf("%s-%d-%d-%d-%d", m.Kind, m.Device, m.Namespace, m.Creation, m.Most)
	}
	return fmt.Sprintf("%s-%d-%d-%d", m.Kind, m.Device, m.Namespace, m.Creation)
}

// parseMark reads the name of a mark.
func parseMark(name string) (m mark, is bool) {
	kind, rest, _ := strings.Cut(name, "-")
	if kind != markClsact && kind != markSegments && kind != markNetns {
		return mark{}, false
	}
	var numbers []uint64
	for _, word := range strings.Split(rest, "-") {
		number, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			return mark{}, false
		}
		numbers = append(numbers, number)
	}
	m.Kind = kind
	switch {
	case kind == markNetns && len(numbers) == 1:
		m.Namespace = numbers[0]
	case kind == markClsact && len(numbers) == 3:
		m.Device, m.Namespace, m.Creation = int(numbers[0]), numbers[1], numbers[2]
	case kind == markSegments && len(numbers) == 4:
		m.Device, m.Namespace, m.Creation, m.Most = int(numbers[0]), numbers[1], numbers[2], uint32(numbers[3])
	default:
		return mark{}, false
	}
	return m, m.String() == name
}

// makeMark makes the mark in the directory, if it is not there.
func (p *planner) makeMark(dir *world.Directory, m mark) steps {
	name := m.String()
	if entryOf(dir, name) != nil {
		return nil
	}
	which := p.which(dir)
	return one(Step{
		Argv:   []string{"mkdir", "-m", "0700", "--", dir.Name + "/" + name},
		Reason: "remember what is changed, so that it can be taken back",
		effect: func(w *world.World) {
			addEntry(which(w), world.Entry{Name: name, Type: world.Dir, Mode: 0o700})
		},
	})
}

// which finds the same directory in another world.
func (p *planner) which(dir *world.Directory) func(*world.World) *world.Directory {
	switch dir {
	case &p.New:
		return func(w *world.World) *world.Directory { return &w.New }
	case &p.Old:
		return func(w *world.World) *world.Directory { return &w.Old }
	}
	return func(w *world.World) *world.Directory { return &w.Pinned }
}

// releaseMarks takes back the changes that nothing of ours needs any more.
func (p *planner) releaseMarks() steps {
	for _, dir := range p.directories() {
		for _, entry := range dir.Inside {
			m, is := parseMark(entry.Name)
			if !is || m.Kind == markNetns || !p.canBeSeen(m.Namespace) {
				continue
			}
			at, there := p.at(m.Place)
			there = there && m.isOf(at)
			if there && (p.hasFilters(at.Device) || at.Error != "") {
				continue
			}
			if p.wish.failedAt(m.Namespace, m.Device) {
				continue
			}
			return p.releaseMark(dir, m, at, there)
		}
	}
	return nil
}

func (p *planner) releaseMark(dir *world.Directory, m mark, at place, there bool) (next steps) {
	switch {
	case !there: // with the device
	case m.Kind == markSegments && at.GSOMaxSegs != m.Most:
		next = one(p.setSegments(at, m.Most, "as it was"))
	case m.Kind == markClsact && at.Clsact && isEmpty(at.Device):
		where := at.place()
		next = one(at.step(Step{
			Argv:   []string{"tc", "qdisc", "del", "dev", at.Name, "clsact"},
			Reason: "nobody uses it",
			effect: func(w *world.World) { deviceIn(w, where).Clsact = false },
		}))
	}
	name, which := m.String(), p.which(dir)
	return append(next, Step{
		Argv:   []string{"rmdir", "--", dir.Name + "/" + name},
		Reason: "it is as it was",
		effect: func(w *world.World) { removeEntries(which(w), name) },
	})
}

// canBeSeen reports whether the namespace is one of those that could be read.
func (p *planner) canBeSeen(inode uint64) bool {
	return slices.ContainsFunc(p.Namespaces, func(n world.Namespace) bool { return n.Inode == inode && n.Error == "" }) &&
		!p.wish.failedAt(inode, 0)
}

// hasFilters reports whether something of ours is at tc on the device.
func (p *planner) hasFilters(device *world.Device) bool {
	return slices.ContainsFunc(directions, func(direction abi.Direction) bool {
		return p.decidingFilter(device, direction) != nil || p.waitingFilter(device, direction) != nil ||
			p.misplaced(device, direction) != nil
	})
}

// isEmpty reports whether nobody has a filter on the device.
func isEmpty(device *world.Device) bool {
	return len(device.Filters[abi.DirectionIn])+len(device.Filters[abi.DirectionOut]) == 0
}
