// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"slices"
	"strings"

	"dilih/reader/world"
)

// setAside moves what another user has put at one of our names. It is never entered, followed or deleted.
func (p *planner) setAside() steps {
	for _, dir := range p.directories() {
		if dir.Type == world.Absent || dir.UID == 0 {
			continue
		}
		if p.wish.Strangers >= 10 && p.openToOthers() {
			return p.closeBPFFS("others take dilih's names in " + p.BPFFS.Path + " again and again")
		}
		aside, which := dir.Name+"-foreign-"+p.Nonce, p.which(dir)
		return one(Step{
			Argv:     []string{"mv", "-T", "--", dir.Name, aside},
			Reason:   "the name is dilih's",
			Retry:    true,
			stranger: true,
			Warn:     fmt.Sprintf("%s belonged to user %d, and is now %s", dir.Name, dir.UID, aside),
			Last:     true, // other users may do it again
			effect: func(w *world.World) {
				name := which(w).Name
				*which(w) = world.Directory{Entry: world.Entry{Name: name, Type: world.Absent}}
			},
		})
	}
	return nil
}

// openToOthers reports whether others than root may make names beside PIN.
func (p *planner) openToOthers() bool {
	way := p.BPFFS.Way
	return len(way) > 0 && way[len(way)-1].Mode&0o022 != 0
}

func (p *planner) closeBPFFS(why string) steps {
	return one(Step{
		Argv:   []string{"chmod", "go-w", "--", p.BPFFS.Path},
		Reason: why,
		Warn:   why + ": others may not write there any more (chmod go-w)",
		effect: func(w *world.World) {
			way := slices.Clone(w.BPFFS.Way)
			way[len(way)-1].Mode &^= 0o022
			w.BPFFS.Way = way
		},
	})
}

// refuseForeign is an error if something at one of our names is not of dilih. What steps make is.
func (p *planner) refuseForeign() error {
	if p.checked {
		return nil
	}
	for _, dir := range p.directories() {
		if err := p.refuseOthers(dir); err != nil {
			return err
		}
	}
	p.checked = true
	return nil
}

// refuseOthers is an error if root has something at one of our names that is not of dilih.
func (p *planner) refuseOthers(dir *world.Directory) error {
	switch {
	case dir.Error != "":
		return refuse(failed, dir.Name, dir.Error, "")
	case dir.Type == world.Absent:
		return nil
	case dir.Type != world.Dir:
		what := "no program's pin"
		if dir.Program != 0 {
			what = fmt.Sprintf("the pin of program %s, id %d", dir.Object, dir.Program)
		}
		return refuse(failed, dir.Name, "is a file: "+what+". dilih pins a directory there",
			fmt.Sprintf("remove the file (rm %s) if nobody needs it, or choose another %s", dir.Name, Named("PIN", "")))
	}
	if stray := names(dir, func(entry world.Entry) bool { return !isOurName(entry.Name) }); len(stray) > 0 {
		return refuse(failed, dir.Name, "is not of dilih: it has "+stray[0]+" in it",
			"give it another name, or choose another "+Named("PIN", ""))
	}
	if dir == &p.Pinned && dir.Control == nil {
		return refuse(failed, dir.Name, "is a directory, but without the pins of dilih",
			"choose another "+Named("PIN", "")+", or give that directory another name")
	}
	return nil
}

// isOurName reports whether dilih makes an entry of this name.
func isOurName(name string) bool {
	_, isMark := parseMark(name)
	return isMark || slices.Contains(watchedPins, name) || slices.Contains(privatePins, name) || slices.Contains(eventPins, name) ||
		isData(name) || strings.HasPrefix(name, objectsMark)
}

// isData reports whether the name is that of a map that libbpf makes of constants, which a program in DEBUG has.
func isData(name string) bool {
	return strings.HasSuffix(name, "rodata") || strings.HasSuffix(name, "bss")
}
