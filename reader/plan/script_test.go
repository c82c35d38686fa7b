// SPDX-License-Identifier: MIT

package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/fault"
	"dilih/reader/pinned"
)

// control is that of the generation, decided by program 17.
func control(generation uint32) abi.Control {
	return abi.Control{ABI: abi.Version, Generation: generation, Programs: [abi.Hooks]uint32{17}}
}

// A batch at the limits: every rule there can be, in each bank.
func TestForceScript(t *testing.T) {
	faults := parse(t, strings.Repeat("tcp dport 22;", fault.MaxGuards),
		strings.Repeat("drop 1% burst 3 udp dport 1-9 to 2001:db8::/32 per flow;", fault.MaxFaults))
	qt.Assert(t, qt.HasLen(faults, abi.MaxRules))
	texts := make([]string, len(faults))
	for i, fault := range faults {
		texts[i] = fault.String()
	}
	for _, generation := range []uint32{1, 2, 7, 1<<32 - 2, 1<<32 - 1, 0} {
		script := forceScript("/pins", control(generation), fault.Set{Seed: 7, Faults: faults}, Lease{})
		checkForces(t, readBatch(t, "/pins", script), control(generation), texts...)
	}
}

func TestRenewScript(t *testing.T) {
	set := abi.FaultSet{Seed: 9, Deadline: 1234, Generation: 6, Rules: 1, Snaplen: 96, Events: abi.EventsNone}
	script := renewScript("/pins", pinned.State{
		Control: control(6),
		Set:     set,
		Rules:   []pinned.RuleState{{Rule: parse(t, "", "drop 5% tcp")[0].Rule(9, 1)}},
	}, Lease{"2h", 2 * time.Hour})
	b := readBatch(t, "/pins", script)
	qt.Check(t, qt.HasLen(b.rules, 0))
	qt.Check(t, qt.Equals(b.bank, 0))
	qt.Check(t, qt.Equals(b.set, set))
	qt.Check(t, qt.IsNil(b.control))
	qt.Check(t, qt.StringContains(script, "# in force: drop 5% tcp\n"))
	qt.Check(t, qt.StringContains(script, "ends in 2h\n"))
}
