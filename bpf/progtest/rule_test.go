// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"math"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/bpf/model"
	"dilih/reader/fault"
	"dilih/scripts/test/testenv"
)

// drop is a rule that matches everything and drops each packet with the probability share.
func drop(share float64) abi.Rule {
	return abi.Rule{
		Action:     abi.ActionDrop,
		SportLast:  math.MaxUint16,
		DportLast:  math.MaxUint16,
		LengthLast: math.MaxUint32,
		Good:       uint64(share * abi.One),
	}
}

// keyed gives a rule the random numbers of the user's first fault.
func keyed(seed uint64, rule abi.Rule) abi.Rule {
	rule.Key = model.RuleKey(seed, 1)
	return rule
}

// encode turns faults, as people write them, into what the program reads. Each line is read by itself, as the
// program holds more of them than people may write.
func encode(tb testing.TB, text string, seed uint64) (abi.FaultSet, []abi.Rule) {
	tb.Helper()
	var faults []fault.Fault
	for line := range strings.Lines(text) {
		read, err := fault.Parse("test", line)
		qt.Assert(tb, qt.IsNil(err))
		faults = append(faults, read...)
	}
	return fault.Set{Seed: seed, Faults: faults}.Encode(0)
}

// force puts one fault in force and returns its rule.
func force(loaded *kerneltest.Loaded, text string, seed uint64) abi.Rule {
	loaded.TB.Helper()
	set, rules := encode(loaded.TB, text, seed)
	loaded.Put(set, rules...)
	return rules[0]
}

// newSeed is a seed for a statistical test, which it prints.
func newSeed(tb testing.TB) uint64 {
	tb.Helper()
	return testenv.Seed(tb)
}
