// SPDX-License-Identifier: MIT

// Package keeper keeps faults active for as long as somebody wants them. Their lease is short and is renewed, so that
// they end even if nobody is left to end them.
//
// A Keeper only decides what is to be done and when. Its Host does it, and its caller waits until it is due:
//
//	k, err := keeper.Begin(host, longest)
//	for wait(k.Due()) {
//		k.Tick()
//	}
//	report, err := k.End()
package keeper

import (
	"errors"
	"math"
	"time"
)

const (
	lease   = 10 * time.Second
	renewal = 3 * time.Second // from one renewal to the next
	least   = time.Millisecond
)

// Forever is longer than any other time.
const Forever time.Duration = math.MaxInt64

// ErrGap means that the faults were not active all the time. Warnings have said why.
var ErrGap = errors.New("the faults were not active all the time")

// Pins tells the pins of one load from those of any other. The zero value means that there are none.
type Pins struct{ Device, Inode uint64 }

// Host is what a Keeper works on. What it runs tells itself why it failed.
type Host interface {
	Now() time.Duration // since the host was started, as leases count it
	Up(lease time.Duration) error
	Renew(lease time.Duration) error
	Down() error
	Pins() Pins
	Report() (Report, error)
	Warn(text string)
}

// Keeper keeps the faults of one load.
type Keeper struct {
	host     Host
	pins     Pins
	deadline time.Duration // the faults end then at the latest
	ends     time.Duration // the lease ends then, or a little later
	due      time.Duration
	last     bool // the lease reaches to the deadline
	over     bool // nothing is left to keep
	gap      bool
}

// Begin makes the faults active, for as long as the longest time at most.
func Begin(host Host, longest time.Duration) (*Keeper, error) {
	k := &Keeper{host: host, deadline: Forever}
	began := host.Now()
	if longest < Forever-began {
		k.deadline = began + longest
	}
	if err := k.extend(host.Up); err != nil {
		return nil, err
	}
	k.pins = host.Pins()
	return k, nil
}

// extend has the lease begin anew.
func (k *Keeper) extend(do func(time.Duration) error) error {
	now := k.host.Now()
	left := k.deadline - now
	length := max(least, min(lease, left))
	k.due = now + renewal
	if err := do(length); err != nil {
		return err
	}
	k.ends, k.last = now+length, left <= lease
	return nil
}

// Due returns when Tick is to be called, as the host's Now has it.
func (k *Keeper) Due() time.Duration {
	if k.over {
		return Forever
	}
	return min(k.due, k.deadline)
}

// Tick does what is due.
func (k *Keeper) Tick() {
	switch now := k.host.Now(); {
	case k.over || now < k.Due():
	case now >= k.deadline:
		if !k.last {
			k.noteGap(k.ends)
		}
		k.over = true
		k.host.Warn("the faults have ended; the command goes on without them")
	case !k.ours():
	case k.last:
		k.due = now + renewal
	default:
		k.renew()
	}
}

// renew leaves a failure to the next time, when it may succeed.
func (k *Keeper) renew() {
	before := k.ends
	if k.extend(k.host.Renew) == nil {
		k.noteGap(before)
	}
}

// noteGap notes if a lease that did not reach to the deadline has ended.
func (k *Keeper) noteGap(ends time.Duration) {
	if k.host.Now() > ends && !k.gap {
		k.host.Warn("there may have been no faults for a while: their lease could not be renewed in time")
		k.gap = true
	}
}

// ours reports whether what was made active is still there.
func (k *Keeper) ours() bool {
	if k.pins != (Pins{}) && k.host.Pins() == k.pins {
		return true
	}
	if !k.over {
		k.host.Warn("somebody has ended the faults")
		k.over, k.gap = true, true
	}
	return false
}

// End removes the faults and returns what they did. The report is nil if that is not known. The error is ErrGap, or says
// why they could not be removed.
func (k *Keeper) End() (report *Report, err error) {
	if !k.over && !k.last {
		k.noteGap(k.ends)
	}
	if k.ours() {
		if last, failed := k.host.Report(); failed == nil {
			report = &last
		} else {
			k.host.Warn(failed.Error())
			k.gap = true
		}
		err = k.host.Down()
	}
	if err == nil && k.gap {
		err = ErrGap
	}
	return report, err
}

// Report is what there is to tell about the faults.
func (k *Keeper) Report() (Report, error) { return k.host.Report() }
