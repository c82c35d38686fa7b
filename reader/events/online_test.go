// SPDX-License-Identifier: MIT

package events

import (
	"testing"

	"github.com/go-quicktest/qt"
)

func TestParseCPUs(t *testing.T) {
	for list, want := range map[string]cpuSet{
		"0":       {0: true},
		"0-1":     {0: true, 1: true},
		"0,2-3,7": {0: true, 2: true, 3: true, 7: true},
	} {
		cpus, err := parseCPUs(list)
		qt.Check(t, qt.IsNil(err), qt.Commentf("%s", list))
		qt.Check(t, qt.DeepEquals(cpus, want), qt.Commentf("%s", list))
	}
	for _, list := range []string{"", "-", "0-", "-1", "0,,1", "a", "0-99999999999"} {
		_, err := parseCPUs(list)
		qt.Check(t, qt.ErrorMatches(err, ".* is no list of CPUs"), qt.Commentf("%s", list))
	}
}

// A CPU that went and comes again has lost its ring, although there was one when it came first.
func TestLate(t *testing.T) {
	both, first := cpuSet{0: true, 1: true}, cpuSet{0: true}
	r := &Rings{cpus: both}
	qt.Assert(t, qt.IsFalse(r.late(both)))
	qt.Assert(t, qt.IsFalse(r.late(first)))
	qt.Assert(t, qt.IsTrue(r.late(both)))
	qt.Assert(t, qt.IsTrue(r.late(both))) // as long as nobody does something about it
}
