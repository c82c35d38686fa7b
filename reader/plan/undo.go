// SPDX-License-Identifier: MIT

package plan

import "slices"

// undo restores what there was before the verb: recover has given the devices back to the programs at PIN, if there are
// any; here each device gets its mode back, or loses what it did not have; and the hooks are those of the active faults.
func (p *planner) undo() (steps, error) {
	if !isLoaded(&p.Pinned) {
		return nil, nil
	}
	extra := *p
	extra.wish.All, extra.wish.Devices = false, nil
	for at := range p.places {
		if at.Entry == "" {
			continue
		}
		before := slices.IndexFunc(p.wish.Before, func(a Attachment) bool { return a.Place == at.place() })
		if before < 0 {
			extra.wish.Devices = append(extra.wish.Devices, at.place())
		} else if next, err := p.attachXDP(&p.Pinned, at, p.wish.Before[before].Mode); len(next) > 0 || err != nil {
			return next, err
		}
	}
	if next := extra.detachAsked(); len(next) > 0 {
		return next, nil
	}
	needed := active(&p.Pinned)
	for at := range p.places {
		if p.ourXDP(at.Device) == nil {
			continue
		}
		if next, err := p.giveHooks(&p.Pinned, &p.Pinned, at, needed); len(next) > 0 || err != nil {
			return next, err
		}
	}
	return p.withdraw(&p.Pinned), nil
}
