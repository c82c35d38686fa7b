// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"

	"dilih/bpf/abi"
)

// Unreachable is a fault that can never decide, because an earlier one takes all its packets.
type Unreachable struct {
	Number   int // of the fault, from 1; guards do not count
	Fault    Fault
	ByNumber int // of the earlier fault; 0 for a guard
	By       Fault
}

// String is a warning, with what to do.
func (u Unreachable) String() string {
	by, help := fmt.Sprintf("fault %d (%s)", u.ByNumber, u.By), "put it before that, or leave it out"
	if u.By.Guard() {
		by, help = fmt.Sprintf("the guard %q", u.By.matchText()), "change the guards, or leave it out"
	}
	return fmt.Sprintf("fault %d (%s) can never decide, because %s takes all its packets: %s", u.Number, u.Fault, by, help)
}

// Unreachable finds the faults that can never decide, each with the first one that takes all its packets. It does
// not find those whose packets only several faults take together.
func (s Set) Unreachable() (found []Unreachable) {
	guards := s.guards()
	for i := guards; i < len(s.Faults); i++ {
		for j, earlier := range s.Faults[:i] {
			if covers(earlier.rule, s.Faults[i].rule) {
				found = append(found, Unreachable{i - guards + 1, s.Faults[i], max(0, j-guards+1), earlier})
				break
			}
		}
	}
	return found
}

// covers reports whether every packet that b matches is matched by a as well.
func covers(a, b abi.Rule) bool {
	b = implied(b)
	switch {
	case a.Direction != b.Direction,
		a.Kinds&^b.Kinds != 0,
		a.SportFirst > b.SportFirst || a.SportLast < b.SportLast,
		a.DportFirst > b.DportFirst || a.DportLast < b.DportLast,
		a.LengthFirst > max(b.LengthFirst, shortestPacket(b)) || a.LengthLast < b.LengthLast,
		a.Asks&abi.AsksProtocol != 0 && a.Protocol != b.Protocol,
		!contains(a.From, b.From) || !contains(a.To, b.To):
		return false
	}
	return true
}

// contains reports whether all addresses of b are of a. A prefix that is not asked for has all addresses.
func contains(a, b abi.Prefix) bool {
	for i := range a.Mask {
		if a.Mask[i]&^b.Mask[i] != 0 || b.Address[i]&a.Mask[i] != a.Address[i] {
			return false
		}
	}
	return true
}
