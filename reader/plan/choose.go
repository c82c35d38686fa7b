// SPDX-License-Identifier: MIT

package plan

import (
	"slices"

	"dilih/bpf/abi"
	"dilih/reader/fault"
	"dilih/reader/tally"
)

// chooseMaps decides whether the programs can go on with the maps that are there.
func (c *completion) chooseMaps() error {
	if !isLoaded(&c.Pinned) {
		c.wish.NewMaps = true
		return nil
	}
	control := c.Pinned.Control
	if control.Active && control.ABI != abi.Version {
		c.wish.NewMaps = true
		c.say("%s holds a dilih of ABI %d, and this is ABI %d: the counts begin again at 0", c.Pinned.Name, control.ABI, abi.Version)
		return nil
	}
	for _, name := range slices.Concat(keptMaps, eventPins) {
		if entryOf(&c.Pinned, name) == nil {
			return refuse(failed, c.Pinned.Name, "is not complete: "+name+" is missing", "end it ("+how("clean")+"), and load it again")
		}
	}
	events := entryOf(&c.Pinned, abi.OutputMap)
	c.wish.NewEvents = events.Frozen || events.Map == 0 || events.Map != c.eventsInUse()
	return nil
}

// eventsInUse is the event map of the programs at PIN.
func (c *completion) eventsInUse() uint32 {
	for _, name := range abi.Programs {
		if id := program(&c.Pinned, name); id != 0 {
			return c.eventsOf(id)
		}
	}
	return 0
}

// chooseFaults decides which faults are to be active, and since when they have another generation.
func (c *completion) chooseFaults() error {
	c.wish.SplitSegments = c.SplitSegments
	c.wish.Generation = 1
	if isLoaded(&c.Pinned) && !c.wish.NewMaps {
		c.wish.Generation = c.Pinned.Control.Generation + 1
	}
	if len(c.Faults) == 0 && c.staysActive() {
		return c.keepFaults()
	}
	if len(c.Faults) == 0 {
		if c.Verb == Fault {
			return refuse(notLoaded, "", "no faults have been made active at "+c.Pinned.Name, "")
		}
		c.Faults, _ = fault.Parse("fault", "drop 50%")
	}
	guards, err := c.guards()
	if err != nil {
		return err
	}
	set := fault.Set{Seed: c.Seed, Faults: fault.Guarded(guards, c.Faults), Shadow: c.Shadow, Events: c.Events, Snaplen: c.Snaplen}
	if err := set.Check(); err != nil {
		return refuse(misused, "", err.Error(), "")
	}
	c.setFaults(set)
	c.wish.Lease, c.wish.Deadline = c.Lease.text, c.Lease.deadlineFrom(c.Now)
	return c.needQueues()
}

// staysActive reports whether there are faults that go on when none are given: renewing a lease that has ended makes
// them active again, but a load does not.
func (c *completion) staysActive() bool {
	if !isLoaded(&c.Pinned) || !c.Pinned.Control.Active {
		return false
	}
	return c.Verb == Fault || !tally.NewLease(c.Pinned.Control.Set.Deadline, c.Now).Ended()
}

// keepFaults lets the active faults go on, with their seed and, unless another one is given, their lease.
func (c *completion) keepFaults() error {
	if len(c.NeedFaults) > 0 {
		return refuse(misused, c.NeedFaults[0], "needs faults: give some as well", "")
	}
	control := c.Pinned.Control
	if c.Verb == Fault || c.LeaseGiven {
		c.wish.Lease, c.wish.Deadline = c.Lease.text, c.Lease.deadlineFrom(c.Now)
	}
	if c.Verb == Up {
		c.say("the active faults stay active")
	}
	if !c.wish.NewMaps {
		c.wish.Generation = control.Generation
		return nil
	}
	if control.Error != "" {
		return refuse(failed, c.Pinned.Name, "its faults cannot be read: "+control.Error, "give the faults again")
	}
	set := fault.Set{Seed: control.Set.Seed, Shadow: control.Set.Shadow != 0, Events: control.Set.Events, Snaplen: control.Set.Snaplen}
	for _, rule := range control.Rules {
		known, err := fault.FromRule(rule)
		if err != nil {
			return refuse(failed, c.Pinned.Name, "its faults cannot be read: "+err.Error(), "give the faults again")
		}
		set.Faults = append(set.Faults, known)
	}
	c.setFaults(set)
	if !c.LeaseGiven {
		c.wish.Lease, c.wish.Deadline = "the time that was left", control.Set.Deadline
	}
	return nil
}

// setFaults puts the set into the wish, as text.
func (c *completion) setFaults(set fault.Set) {
	for _, f := range set.Faults {
		if f.Guard() {
			c.wish.Guards = append(c.wish.Guards, guardText(f))
		} else {
			c.wish.Faults = append(c.wish.Faults, f.String())
		}
	}
	c.wish.Seed, c.wish.Shadow, c.wish.Events, c.wish.Snaplen = set.Seed, set.Shadow, set.Events, set.Snaplen
}

// needed are the hooks that the faults will need.
func (c *completion) needed() hooks {
	if len(c.wish.Faults) == 0 && isLoaded(&c.Pinned) {
		return active(&c.Pinned)
	}
	set, err := c.wish.set()
	if err != nil {
		return hooks{}
	}
	_, rules := set.Encode(0)
	return hooksOf(rules, set.Shadow)
}

// chooseMode prefers xdpdrv on veths for packets that wait: in generic mode those count against the socket that sent
// them, if that is on this machine.
func (c *completion) chooseMode() error {
	c.wish.Mode = c.Mode
	if c.Mode != "" {
		return nil
	}
	c.wish.Mode = generic
	var devices []string
	for _, where := range c.wish.Devices {
		at, _ := c.at(where)
		if at.Kind != "veth" {
			return nil
		}
		devices = append(devices, at.Name)
	}
	if c.needed().queueIn {
		c.wish.Mode, c.wish.ModeChosen = native, true
		c.say("%s: attached in mode xdpdrv, because mode xdpgeneric would make senders on this machine slow", join(devices))
	}
	return nil
}

// The modes of XDP, as bpftool has them.
const (
	generic = "xdpgeneric"
	native  = "xdpdrv"
)
