// SPDX-License-Identifier: MIT

package plan

// fault changes the active faults, or only their deadline. Whatever the new ones need is there before they are active,
// and what only the old ones needed goes afterwards.
func (p *planner) fault() (steps, error) {
	dir := &p.Pinned
	if !isLoaded(dir) {
		return nil, p.nothingLoaded()
	}
	if next, err := p.loadMore(dir, p.programsToLoad(p.hooks())...); len(next) > 0 || err != nil {
		return next, err
	}
	needed := p.hooks()
	for at := range p.places {
		if p.ourXDP(at.Device) == nil {
			continue
		}
		if next, err := p.giveHooks(dir, dir, at, needed); len(next) > 0 || err != nil {
			return next, err
		}
	}
	switch {
	case len(p.wish.Faults) > 0 && dir.Control.Generation != p.wish.Generation:
		return one(p.activate(dir, programsOf(dir))), nil
	case dir.Control.Active && !p.namesAll(dir):
		return one(p.handOver(dir, programsOf(dir))), nil
	case len(p.wish.Faults) == 0 && dir.Control.Set.Deadline != p.wish.Deadline:
		return one(p.renew(dir)), nil
	}
	return p.withdraw(dir), nil
}
