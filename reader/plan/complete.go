// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"slices"

	"dilih/bpf/abi"
	"dilih/reader/fault"
	"dilih/reader/world"
)

// Request is what a person asks for with a verb.
type Request struct {
	Verb    Verb
	Tree    string   // the directory that steps are run in
	Objects string   // a hash of the objects in it, of letters and digits
	Devices []string // names, which may be alternative ones; none with Down: all
	Mode    string   // "": as fits best

	Faults  []fault.Fault // none: those that are active stay
	Guards  string        // the setting GUARD
	Seed    uint64        // of Faults
	Shadow  bool
	Events  abi.EventMode
	Snaplen uint16
	// NeedFaults are settings that were given, as NAME=VALUE, and mean something only with Faults.
	NeedFaults []string
	Lease      Lease
	LeaseGiven bool

	Group, EventsGroup *Group // nil: as before
	SplitSegments      bool
	Alone              bool // nothing may be loaded yet

	SSHConnection string // the variable SSH_CONNECTION
}

// Complete makes a wish of a request, after everything that was cut off has been put in order. The error is why it must
// not be done; nothing is to be changed then. The notes are for people.
func Complete(w world.World, r Request) (wish Wish, notes []Note, err error) {
	c := &completion{planner: planner{World: w}, Request: r}
	c.wish = Wish{Verb: r.Verb, Begun: w.Now, Tree: r.Tree, Objects: r.Objects}
	steps := []func() error{c.needRights, c.needPins}
	switch r.Verb {
	case Up:
		steps = append(steps, c.needKernel, c.needMode, c.findDevices, c.needDevices, c.keepGroups, c.refuseStrangers, c.chooseMaps,
			c.chooseFaults, c.chooseMode, c.noteBefore)
	case Fault:
		steps = append(steps, c.needLoaded, c.needSameABI, c.needDilihOnDevices, c.chooseFaults, c.needObjects, c.noteBefore)
	case Down:
		steps = append(steps, c.findWhatIsThere)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return Wish{}, c.notes, err
		}
	}
	return c.wish, c.notes, nil
}

// completion is a wish in the making.
type completion struct {
	planner
	Request
	notes []Note
}

// Note is something to tell people.
type Note struct {
	Text    string
	Warning bool
}

func (c *completion) say(format string, words ...any) {
	c.notes = append(c.notes, Note{Text: fmt.Sprintf(format, words...)})
}

func (c *completion) warn(format string, words ...any) {
	c.notes = append(c.notes, Note{Text: fmt.Sprintf(format, words...), Warning: true})
}

// needPins refuses what is at PIN and is not of dilih, and a load where something is already.
func (c *completion) needPins() error {
	if err := c.refuseForeign(); err != nil {
		return err
	}
	if c.Alone && isLoaded(&c.Pinned) {
		return refuse(busy, "", "faults are already active at "+c.Pinned.Name+" and were not changed",
			fmt.Sprintf("end them (%s), or choose another %s", how("down", "PIN="+c.Pinned.Name), Named("PIN", "")))
	}
	return nil
}

func (c *completion) needLoaded() error {
	if isLoaded(&c.Pinned) {
		return nil
	}
	return refuse(notLoaded, "", "nothing is loaded at "+c.Pinned.Name+": "+how("up", "DEV=eth0")+" loads it", "")
}

func (c *completion) needSameABI() error {
	if !c.Pinned.Control.Active || c.Pinned.Control.ABI == abi.Version {
		return nil
	}
	return refuse(failed, c.Pinned.Name, fmt.Sprintf("holds a dilih of ABI %d, and this is ABI %d: %s takes over from it, without a gap",
		c.Pinned.Control.ABI, abi.Version, how("up", "DEV=eth0")), "")
}

// noteBefore notes what there is, so that it can be restored.
func (c *completion) noteBefore() error {
	for _, known := range c.Programs {
		c.wish.Loaded = append(c.wish.Loaded, known.ID)
	}
	for _, dir := range c.directories() {
		for _, entry := range dir.Inside {
			if entry.Program != 0 && !slices.Contains(c.wish.Loaded, entry.Program) {
				c.wish.Loaded = append(c.wish.Loaded, entry.Program)
			}
		}
	}
	for at := range c.places {
		if have := c.ourXDP(at.Device); have != nil {
			c.wish.Before = append(c.wish.Before, Attachment{at.place(), have.Mode})
		}
	}
	return nil
}

// findWhatIsThere finds the devices that down is for. One that is gone has nothing to detach.
func (c *completion) findWhatIsThere() error {
	if len(c.Devices) == 0 {
		c.wish.All = true
	}
	if !exists(&c.Pinned) && !exists(&c.Old) {
		c.say("nothing is loaded at %s", c.Pinned.Name)
	}
	for _, name := range c.Devices {
		if at, there := c.named(name); there {
			c.wish.Devices = append(c.wish.Devices, at.place())
		}
	}
	return nil
}
