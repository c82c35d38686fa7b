// SPDX-License-Identifier: MIT

package plan

import (
	"fmt"
	"slices"
	"strings"

	"dilih/reader/world"
)

// down detaches our programs from the devices of the wish, or from all, and removes the pins unless something is still
// attached.
func (p *planner) down() (steps, error) {
	if next := p.detachAsked(); len(next) > 0 {
		return next, nil
	}
	if next := p.releaseMarks(); len(next) > 0 {
		return next, nil
	}
	if !exists(&p.Pinned) {
		return nil, nil
	}
	if rest := p.rest(); len(rest) > 0 {
		return nil, p.stays(rest)
	}
	if err := p.leftUndone(); err != nil {
		return nil, refuse(failed, "", err.Error(), "the pins in "+p.Pinned.Name+" stay")
	}
	if next, err := p.retireOld(); len(next) > 0 || err != nil {
		return next, err // otherwise PIN-new would take the place of PIN beside it
	}
	step := p.move(&p.Pinned, &p.New, "PIN is there as a whole or not at all")
	step.After = true
	return one(step), nil
}

// detachAsked detaches from tc, then takes the queues away, and XDP comes last: a queue without an alias is ours only if
// the device has a program of ours.
func (p *planner) detachAsked() steps {
	for at := range p.places {
		for _, direction := range directions {
			if filter := p.decidingFilter(at.Device, direction); filter != nil && p.asked(at) {
				return one(p.takeFilter(at, direction, *filter, "decide here no longer"))
			}
		}
	}
	if next := p.takeQueues(); len(next) > 0 {
		return next
	}
	for at := range p.places {
		if have := p.ourXDP(at.Device); have != nil && p.asked(at) {
			return one(p.netDetach(at, have.Mode))
		}
	}
	return nil
}

// asked reports whether dilih is to be detached from the device.
func (p *planner) asked(at place) bool {
	return p.wish.All || slices.Contains(p.wish.Devices, at.place())
}

// takeQueues removes the queues of the devices that are asked for, and of those that are gone.
func (p *planner) takeQueues() steps {
	for at := range p.places {
		index, _, ours := p.isQueue(at.namespace, at.Device)
		if !ours {
			continue
		}
		device, there := p.at(Place{at.namespace.Inode, index})
		if there && !p.asked(device) {
			continue
		}
		if next := p.takeQueue(at.namespace, at.Device); len(next) > 0 {
			return next
		}
	}
	for at := range p.places {
		for _, direction := range directions {
			if filter := p.waitingFilter(at.Device, direction); filter != nil && p.asked(at) {
				return one(p.takeFilter(at, direction, *filter, "no more packets are to wait"))
			}
		}
	}
	return nil
}

// rest are the devices that something of ours is still attached to.
func (p *planner) rest() (rest []string) {
	for i := range p.Namespaces {
		for j := range p.Namespaces[i].Devices {
			at := place{&p.Namespaces[i], &p.Namespaces[i].Devices[j]}
			if slices.ContainsFunc([]*world.Directory{&p.New, &p.Pinned, &p.Old}, func(dir *world.Directory) bool {
				return p.hasOf(at.Device, dir)
			}) {
				rest = append(rest, at.String())
			}
		}
	}
	return rest
}

// stays says that the pins stay, which is an error only if that was not asked for.
func (p *planner) stays(rest []string) error {
	if err := p.leftUndone(); err != nil {
		return refuse(failed, "", err.Error(), fmt.Sprintf("still attached to %s: the pins in %s stay", strings.Join(rest, " "), p.Pinned.Name))
	}
	return nil
}

// stillAttached are the devices that down leaves alone, because they were not asked for.
func stillAttached(w world.World, wish Wish) []string {
	if wish.Verb != Down {
		return nil
	}
	p := &planner{World: w, wish: wish}
	return p.rest()
}
