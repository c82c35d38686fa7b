// SPDX-License-Identifier: MIT

package plan

import (
	"dilih/reader/fault"
	"dilih/reader/world"
)

// most is more steps than any verb takes, by far: beyond it the plan does not get anywhere.
const most = 10_000

// Next returns the next steps towards the wish, up to the point from which only the kernel knows what comes next: carry
// them out, look at the world, and call it again. Without steps and error the verb is done.
//
// It compares the wish with what there is, and does not know what was done before. So whatever was cut off, by kill -9
// or a failure, is finished or taken back by the next verb. With steps, the error is for after these.
func Next(w world.World, wish Wish) ([]Step, error) {
	return plan(w, wish, false)
}

// DryRun returns all steps to the end, with numbers in place of those that only the kernel knows.
func DryRun(w world.World, wish Wish) ([]Step, error) {
	return plan(w, wish, true)
}

func plan(w world.World, wish Wish, toTheEnd bool) (steps []Step, err error) {
	p, err := newPlanner(w, wish)
	if err != nil {
		return nil, err
	}
	for len(steps) < most {
		next, err := p.first()
		if len(next) > 0 && next[0].After && len(steps) > 0 && !toTheEnd {
			return steps, nil
		}
		for i := range next {
			next[i].effect(&p.World)
		}
		steps = append(steps, next...)
		if len(next) == 0 || err != nil {
			return steps, err
		}
		if next[len(next)-1].Last && !toTheEnd {
			return steps, nil
		}
	}
	return nil, refuse(failed, "", "the plan does not come to an end", "report this ("+how("bugreport")+")")
}

// planner is a wish and the world as it will be after the steps that are planned already.
type planner struct {
	world.World
	wish   Wish
	set    fault.Set // that is wished for
	wanted hooks     // that it needs

	checked bool // that everything at our names is ours
}

func newPlanner(w world.World, wish Wish) (*planner, error) {
	if w.ProgramsError != "" {
		return nil, refuse(failed, "", "cannot see which programs are loaded: "+w.ProgramsError, "")
	}
	p := &planner{World: clone(w), wish: wish}
	var err error
	if p.set, err = wish.set(); err != nil {
		return nil, err
	}
	_, rules := p.set.Encode(0)
	p.wanted = hooksOf(rules, wish.Shadow)
	return p, nil
}

// first returns the first steps towards the wish, or none if it is fulfilled. The error is for after these.
func (p *planner) first() (steps, error) {
	if next, err := p.recover(); len(next) > 0 || err != nil || p.wish.Verb == Recover {
		return next, err
	}
	next, err := p.towardsWish()
	if len(next) > 0 || err != nil {
		return next, err
	}
	if next, err := p.retireOld(); len(next) > 0 || err != nil {
		return next, err
	}
	return nil, p.leftUndone()
}

func (p *planner) towardsWish() (steps, error) {
	switch {
	case p.wish.Undo:
		return p.undo()
	case p.wish.Verb == Up:
		return p.up()
	case p.wish.Verb == Fault:
		return p.fault()
	}
	return p.down()
}
