// SPDX-License-Identifier: MIT

package fault

import (
	"strings"
	"testing"

	"dilih/bpf/abi"

	"github.com/go-quicktest/qt"
)

// set parses guards and faults into a set.
func set(t *testing.T, guards, faults string) Set {
	t.Helper()
	before, err := ParseGuards(guards)
	qt.Assert(t, qt.IsNil(err))
	after, err := Parse("test", faults)
	qt.Assert(t, qt.IsNil(err))
	return Set{Seed: 42, Faults: append(before, after...), Snaplen: 96}
}

func TestEncodeSet(t *testing.T) {
	s := set(t, "arp; nd", "drop 5% tcp; drop 1%")
	s.Shadow, s.Deadline, s.Events = true, 12345, abi.EventsAll
	qt.Assert(t, qt.IsNil(s.Check()))

	encoded, rules := s.Encode(7)
	qt.Check(t, qt.Equals(encoded, abi.FaultSet{
		Seed: 42, Deadline: 12345, Generation: 7, Rules: 4, Snaplen: 96, Shadow: 1,
		Events: abi.EventsAll,
	}))
	qt.Assert(t, qt.HasLen(rules, 4))
	// Guards do not shift the random numbers of the faults after them.
	qt.Check(t, qt.Equals(rules[2], s.Faults[2].Rule(42, 1)))
	qt.Check(t, qt.Equals(rules[3], s.Faults[3].Rule(42, 2)))
}

func TestCheckSet(t *testing.T) {
	full := set(t, strings.Repeat("arp;", 24), strings.Repeat("drop 1%;", 40))
	qt.Assert(t, qt.IsNil(full.Check()))
	guard, fault := full.Faults[0], full.Faults[24]

	full.Faults = append([]Fault{guard, guard}, full.Faults[:25]...)
	qt.Assert(t, qt.ErrorMatches(full.Check(), "26 guards are too many: at most 24 fit, leave out 2"))

	full.Faults = append(set(t, "", strings.Repeat("drop 1%;", 40)).Faults, fault)
	qt.Assert(t, qt.ErrorMatches(full.Check(), "41 faults are too many: at most 40 fit, leave out 1"))

	guards := set(t, "arp", "pass")
	guards.Faults = guards.Faults[:1]
	qt.Assert(t, qt.ErrorMatches(guards.Check(), "a set of faults needs one.*"))

	long := set(t, "", "drop")
	long.Snaplen = MaxSnaplen + 1
	qt.Assert(t, qt.ErrorMatches(long.Check(), ".*nearest is 1024"))
}
