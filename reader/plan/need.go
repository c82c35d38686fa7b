// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dilih/reader/printable"
	"dilih/reader/world"
)

// needRights refuses before anything is changed, because what is begun without the rights might not come to an end.
func (c *completion) needRights() error {
	needed := []string{"CAP_SYS_ADMIN"}
	if c.Verb != Fault { // which needs it only for hooks that are not there
		needed = append(needed, "CAP_NET_ADMIN")
	}
	if c.Verb != Down {
		needed = append(needed, "CAP_SETUID", "CAP_SETGID") // the reader does not stay root
	}
	return c.need(needed...)
}

func (c *completion) need(names ...string) error {
	if lacking := c.Rights.Lacking(names...); len(lacking) > 0 {
		return refuse(forbidden, "", "this root lacks "+strings.Join(lacking, " ")+", and dilih needs that. Nothing was changed", "")
	}
	return nil
}

func (c *completion) needKernel() error {
	if isRelease(c.Kernel, 15) {
		return nil
	}
	return refuse(failed, "", fmt.Sprintf("Linux %s is too old: dilih needs 5.15 or newer", c.Kernel), "")
}

// isRelease reports whether the kernel is 5.MINOR or newer.
func isRelease(kernel string, minor int) bool {
	numbers := strings.FieldsFunc(kernel, func(r rune) bool { return strings.ContainsRune(".-+", r) })
	if len(numbers) < 2 {
		return false
	}
	major, err := strconv.Atoi(numbers[0])
	is, err2 := strconv.Atoi(numbers[1])
	return err == nil && err2 == nil && (major > 5 || major == 5 && is >= minor)
}

// needQueues refuses delays on a kernel that cannot hold packets back.
func (c *completion) needQueues() error {
	needed := c.needed()
	if !needed.queueIn && !needed.queueOut || isRelease(c.Kernel, 18) {
		return nil
	}
	return refuse(failed, "", fmt.Sprintf("Linux %s cannot hold packets back: delay, rate and duplicate need 5.18 or newer", c.Kernel), "")
}

func (c *completion) needMode() error {
	switch c.Mode {
	case "", generic, native:
		return nil
	}
	return refuse(misused, Named("MODE", c.Mode), "must be xdpgeneric or xdpdrv", "")
}

// named finds a device of this namespace by its name, or an alternative one.
func (c *completion) named(name string) (place, bool) {
	for at := range c.places {
		if at.namespace.Own && (at.Name == name || slices.Contains(at.AltNames, name)) {
			return at, true
		}
	}
	return place{}, false
}

func (c *completion) findDevices() error {
	for i := range c.Namespaces {
		if n := &c.Namespaces[i]; n.Own && n.Error != "" {
			return refuse(failed, "", "cannot read the network devices: "+n.Error, "")
		}
	}
	for _, name := range c.Devices {
		at, there := c.named(name)
		if !there {
			return c.noSuchDevice(name)
		}
		if !slices.Contains(c.wish.Devices, at.place()) {
			c.wish.Devices = append(c.wish.Devices, at.place())
		}
	}
	return nil
}

func (c *completion) noSuchDevice(name string) error {
	if before, _, found := strings.Cut(name, "@"); found {
		if _, there := c.named(before); there {
			return refuse(misused, Named("DEV", name), "no such network device here: what ip shows after the @ is no part of a name",
				"write "+Named("DEV", before))
		}
	}
	var there, last []string
	for at := range c.places {
		switch {
		case !at.namespace.Own:
		case at.Name == "lo":
			last = []string{at.Name}
		default:
			there = append(there, printable.Text(at.Name))
		}
	}
	there = append(there, last...)
	return refuse(misused, Named("DEV", name), "no such network device here; there are: "+strings.Join(there, " "), "")
}

// needDevices refuses devices whose packets no XDP program sees, or of which it is not known how packets begin: every
// match would miss, and nobody would know.
func (c *completion) needDevices() error {
	for _, where := range c.wish.Devices {
		at, _ := c.at(where)
		object := Named("DEV", at.Name)
		switch {
		case at.Kind == "ifb":
			return refuse(misused, object, "packets only pass through an ifb", "attach dilih to the device they come from")
		case at.Kind == "vrf":
			return refuse(misused, object, "the packets of a vrf are received by the devices in it", "attach dilih to these")
		case at.Kind == "ipvlan" && at.Device.Mode == "l3s":
			return refuse(misused, object, "an ipvlan of mode l3s gets its packets after XDP", "attach dilih to the device below")
		case at.Entry == "":
			kind := at.Kind
			if kind == "" {
				kind = "not known"
			}
			return refuse(misused, object, "dilih does not know how its packets begin (its kind is "+kind+")", "attach dilih to the device below it")
		case suffix(at.Device) != "" && c.Mode == native:
			return refuse(misused, object, "its packets have no Ethernet header, and no driver runs a program for such",
				"use "+Named("MODE", generic))
		}
	}
	return nil
}

// keepGroups lets those who may watch go on, unless the settings say something else.
func (c *completion) keepGroups() error {
	if loaded := isLoaded(&c.Pinned); c.Group != nil {
		c.wish.Group = *c.Group
	} else if loaded {
		c.wish.Group = Group{GID: c.Pinned.GID}
	}
	if c.EventsGroup != nil {
		c.wish.EventsGroup = *c.EventsGroup
	} else if events := entryOf(&c.Pinned, "events"); events != nil && events.Mode == 0o750 {
		c.wish.EventsGroup = Group{GID: events.GID}
	}
	if c.wish.Group.GID == 0 && c.wish.EventsGroup.GID == 0 {
		return nil
	}
	c.warnOfWatchers()
	return c.need("CAP_CHOWN")
}

// warnOfWatchers says how members of the group could change what they only may look at: the kernel lets a user who has
// a map open for reading pin it again and open that pin for writing, and put it into a program.
func (c *completion) warnOfWatchers() {
	if c.wish.Group.GID == 0 {
		return
	}
	members := "members of " + Named("GROUP", c.groupName(right{gid: c.wish.Group.GID}))
	if c.BPFFS.OpenError != "" {
		c.warn("cannot see who may write to the bpf file systems: %s", c.BPFFS.OpenError)
	}
	if c.BPFFS.Open != "" && c.BPFFS.Open != c.BPFFS.Path {
		c.warn("%s could pin maps in %s and change them: give it to root alone (chown root, chmod go-w)", members, c.BPFFS.Open)
	}
	if c.BPFFS.Unprivileged {
		c.warn("%s could change maps by programs, which any user may load here: sysctl kernel.unprivileged_bpf_disabled=2 ends that", members)
	}
	if way := c.BPFFS.Way; len(way) > 0 && way[len(way)-1].Mode&0o001 == 0 {
		c.warn("%s is closed to all but root; to let %s through: chmod o+x %s", c.BPFFS.Path,
			c.groupName(right{gid: c.wish.Group.GID}), c.BPFFS.Path)
	}
}

// refuseStrangers refuses devices that have somebody else's program. It is left alone.
func (c *completion) refuseStrangers() error {
	for _, where := range c.wish.Devices {
		at, _ := c.at(where)
		for _, xdp := range at.XDP {
			if c.owner(xdp.Program) != nil {
				continue
			}
			if xdp.Pinned != "" {
				return refuse(failed, at.Name, fmt.Sprintf("has the dilih that is pinned at %s, and can have one only", xdp.Pinned),
					fmt.Sprintf("change that one (%s), or end it there: %s", Named("PIN", xdp.Pinned), how("down", "DEV="+at.Name, "PIN="+xdp.Pinned)))
			}
			name := xdp.Name
			if name == "" {
				name = "-"
			}
			return refuse(failed, at.Name, fmt.Sprintf("has another XDP program: id %d, name %s (%s). It is left alone",
				xdp.Program, printable.Text(name), xdp.Mode), "If nobody needs it: "+howToDetach(at, xdp))
		}
	}
	return nil
}

// howToDetach is the command. What a link has attached comes off with the link alone.
func howToDetach(at place, xdp world.XDP) string {
	if xdp.Link != 0 {
		return fmt.Sprintf("bpftool link detach id %d", xdp.Link)
	}
	return fmt.Sprintf("bpftool net detach %s dev %s", xdp.Mode, at.Name)
}

// needDilihOnDevices refuses to change faults for a device that has no dilih. All that have it get the same faults. If
// none is seen, they are in a namespace that has neither a name nor a process here.
func (c *completion) needDilihOnDevices() error {
	var ours []string
	for at := range c.places {
		if c.ourXDP(at.Device) != nil {
			ours = append(append(ours, at.Name), at.AltNames...)
		}
	}
	for _, name := range c.Devices {
		if len(ours) == 0 || slices.Contains(ours, name) {
			continue
		}
		if _, there := c.named(name); !there {
			return c.noSuchDevice(name)
		}
		return refuse(misused, Named("DEV", name), "dilih is not on it, so it can have no faults. "+how("up", "DEV="+name)+" attaches it", "")
	}
	return nil
}

func join(words []string) string { return strings.Join(words, " ") }
