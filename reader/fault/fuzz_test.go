// SPDX-License-Identifier: MIT

package fault

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
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
