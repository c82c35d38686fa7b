// SPDX-License-Identifier: MIT

//go:build kernel

// Package faulttest puts faults in force for tests of the reader, written as people write them.
package faulttest

import (
	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/fault"
)

// Option is what shall be different for a set of faults.
type Option func(*fault.Set)

// Force puts the faults of a text in force. With no option they never end, and all packets are reported.
func Force(loaded *kerneltest.Loaded, text string, options ...Option) {
	loaded.TB.Helper()
	faults, err := fault.Parse("test", text)
	qt.Assert(loaded.TB, qt.IsNil(err))
	set := fault.Set{Seed: 42, Faults: faults, Events: abi.EventsAll, Snaplen: 96}
	for _, option := range options {
		option(&set)
	}
	encoded, rules := set.Encode(0)
	loaded.Put(encoded, rules...)
}

// Shadow decides and counts, and drops nothing.
func Shadow(set *fault.Set) { set.Shadow = true }

// Seed is the seed.
func Seed(seed uint64) Option { return func(set *fault.Set) { set.Seed = seed } }

// Deadline ends the faults at a CLOCK_BOOTTIME in ns.
func Deadline(deadline uint64) Option { return func(set *fault.Set) { set.Deadline = deadline } }

// Sampled reports what a person can follow, and a sample of what is faster.
func Sampled(set *fault.Set) { set.Events = abi.EventsAuto }

// GuardARP lets ARP pass before any other fault, as a guard.
func GuardARP(set *fault.Set) {
	guards, err := fault.ParseGuards("arp")
	if err != nil {
		panic(err) // it is the text above
	}
	set.Faults = append(guards, set.Faults...)
}
