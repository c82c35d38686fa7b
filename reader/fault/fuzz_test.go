// SPDX-License-Identifier: MIT

package fault

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
)

// Whatever parses prints a form that parses to the same, and that the kernel's form keeps.
func FuzzParse(f *testing.F) {
	for _, test := range canonical {
		f.Add(test.typed)
	}
	for _, test := range refused {
		f.Add(test.typed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		faults, err := Parse("fuzz", text)
		if err != nil {
			var syntax *SyntaxError
			qt.Assert(t, qt.IsTrue(errors.As(err, &syntax)))
			qt.Assert(t, qt.IsTrue(strings.Count(err.Error(), "\n") <= 7), qt.Commentf("%s", err))
			return
		}
		for i, fault := range faults {
			again, err := Parse("fuzz", fault.String())
			qt.Assert(t, qt.IsNil(err))
			qt.Assert(t, qt.HasLen(again, 1))
			qt.Assert(t, qt.Equals(again[0], fault))
			decoded, err := FromRule(fault.Rule(42, i+1))
			qt.Assert(t, qt.IsNil(err))
			qt.Assert(t, qt.Equals(decoded, fault))
			fault.Loss()
			fault.Burst()
			fault.VarianceFactor()
		}
	})
}

// Whatever effects the kernel's form asks for, it is refused, or the text of it means precisely that.
func FuzzEffectsFromRule(f *testing.F) {
	f.Add(uint64(40e6), uint64(10e6), uint64(10e6), uint64(50e6), uint64(1<<30), uint8(1), uint8(1), true)
	f.Add(uint64(1), uint64(0), uint64(1001), uint64(9e9), uint64(0), uint8(0), uint8(0), false)
	f.Fuzz(func(t *testing.T, delay, jitter, rate, queue, duplicate uint64, distribution, scope uint8, drops bool) {
		rule := everything(abi.ActionPass)
		if drops {
			rule.Action, rule.Good = abi.ActionDrop, abi.One/2
		}
		rule.Delay, rule.Jitter, rule.Rate, rule.Queue, rule.Duplicate = delay, jitter, rate, queue, duplicate
		rule.Distribution, rule.Scope = abi.Distribution(distribution), abi.Scope(scope)
		fault, err := FromRule(rule)
		if err != nil {
			return
		}
		qt.Assert(t, qt.Equals(one(t, fault.String()).rule, rule))
		longest, _ := longestWait(rule)
		qt.Assert(t, qt.IsTrue(longest <= maxWait))
	})
}

func FuzzParseGuards(f *testing.F) {
	f.Add("arp; nd; tcp dport 6443")
	f.Fuzz(func(t *testing.T, text string) {
		guards, err := ParseGuards(text)
		for _, guard := range guards {
			decoded, err := FromRule(guard.Rule(42, 1))
			qt.Assert(t, qt.IsNil(err))
			qt.Assert(t, qt.Equals(decoded, guard))
		}
		qt.Assert(t, qt.IsTrue(err == nil || len(guards) == 0))
	})
}
