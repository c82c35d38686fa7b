// SPDX-License-Identifier: MIT

package fault

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"

	"dilih/bpf/abi"
)

// MaxSnaplen is the most bytes of a packet that an event can carry.
const MaxSnaplen = 1024

// The program holds MaxRules. What is put in front of the user's own never takes up their share.
const (
	MaxGuards = 24
	MaxFaults = abi.MaxRules - MaxGuards
)

// EventModes are what people call the ways to report packets.
var EventModes = map[string]abi.EventMode{
	"auto": abi.EventsAuto,
	"all":  abi.EventsAll,
	"none": abi.EventsNone,
}

// Set is a set of faults, in force together.
type Set struct {
	Seed     uint64
	Faults   []Fault // guards first
	Shadow   bool    // decide and count, drop nothing
	Deadline uint64  // ns of CLOCK_BOOTTIME; 0: never
	Events   abi.EventMode
	Snaplen  uint16 // bytes, at most MaxSnaplen
}

// Guarded are the faults with the guards in front of them. If one of the faults is for what leaves, so are as
// many guards: what answers must get through as well as what it answers.
func Guarded(guards, faults []Fault) []Fault {
	guarded := slices.Clone(guards)
	for _, guard := range guards {
		if answer := guard.answer(); slices.ContainsFunc(faults, Fault.Out) && !slices.Contains(guarded, answer) {
			guarded = append(guarded, answer)
		}
	}
	return append(guarded, faults...)
}

// Check says why the program could not hold the set.
func (s Set) Check() error {
	guards := s.guards()
	faults := len(s.Faults) - guards
	switch {
	case faults == 0:
		return fmt.Errorf("a set of faults needs one, beside the %d guards", guards)
	case guards > MaxGuards:
		return fmt.Errorf("%d guards are too many: at most %d fit, leave out %d", guards, MaxGuards, guards-MaxGuards)
	case faults > MaxFaults:
		return fmt.Errorf("%d faults are too many: at most %d fit, leave out %d", faults, MaxFaults, faults-MaxFaults)
	case s.Snaplen > MaxSnaplen:
		return fmt.Errorf("a snaplen of %d bytes is too long: nearest is %d", s.Snaplen, MaxSnaplen)
	}
	return nil
}

// Encode gives the set and its rules the form of the kernel. The set must pass Check.
func (s Set) Encode(generation uint32) (abi.FaultSet, []abi.Rule) {
	rules := make([]abi.Rule, len(s.Faults))
	for i, fault := range s.Faults {
		rules[i] = fault.Rule(s.Seed, i-s.guards()+1)
	}
	set := abi.FaultSet{
		Seed:       s.Seed,
		Deadline:   s.Deadline,
		Generation: generation,
		Rules:      uint16(len(rules)),
		Snaplen:    s.Snaplen,
		Events:     s.Events,
	}
	if s.Shadow {
		set.Shadow = 1
	}
	return set, rules
}

func (s Set) guards() (count int) {
	for _, fault := range s.Faults {
		count += int(fault.rule.Guard)
	}
	return count
}

// NewSeed makes a seed that readers of JSON, whose numbers are floats, keep exact.
func NewSeed() uint64 {
	var random [8]byte
	rand.Read(random[:]) // cannot fail: it says so
	return binary.NativeEndian.Uint64(random[:]) >> (64 - 53)
}
