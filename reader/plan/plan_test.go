// SPDX-License-Identifier: MIT

package plan

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/fault"
	"dilih/reader/pinned"
	"dilih/reader/usage"
)

// parse reads faults, with guards before them.
func parse(t *testing.T, guards, faults string) []fault.Fault {
	t.Helper()
	before, err := fault.ParseGuards(guards)
	qt.Assert(t, qt.IsNil(err))
	after, err := fault.Parse("test", faults)
	qt.Assert(t, qt.IsNil(err))
	return append(before, after...)
}

// nowhere is where nothing is pinned.
func nowhere(t *testing.T) string { return filepath.Join(t.TempDir(), "pins") }

func TestFaults(t *testing.T) {
	pin := nowhere(t)
	faults := parse(t, "arp; nd; tcp dport 22", "drop 5%; drop tcp; pass udp")
	text, note, err := Faults(pin, fault.Set{
		Seed: 42, Faults: faults, Shadow: true, Events: abi.EventsAll, Snaplen: 1024,
	}, Lease{}, Programs{abi.HookXDP: 17})
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.Equals(note, "nothing is pinned at "+pin+" yet: this plan is for right after a load"))
	for _, comment := range []string{
		"# " + note + "\n", "# guard: pass arp\n", "# guard: pass tcp dport 22\n", "# fault 1: drop 5%\n",
		"# fault 2: drop 100% tcp\n", "# fault 3: pass udp\n",
		"# seed 42, snaplen 1024, events all, SHADOW: nothing is dropped, without end\n",
	} {
		qt.Check(t, qt.StringContains(text, comment))
	}
	b := readBatch(t, pin, text)
	checkForces(t, b, control(1), "pass arp", "pass nd", "pass tcp dport 22", "drop 5%", "drop 100% tcp", "pass udp")
	qt.Check(t, qt.Equals(b.set, abi.FaultSet{
		Seed: 42, Generation: 1, Rules: 6, Snaplen: 1024, Shadow: 1, Events: abi.EventsAll,
	}))
	qt.Check(t, qt.Equals(b.rules[0].rule.Guard, 1))
	qt.Check(t, qt.Equals(b.rules[3].rule, faults[3].Rule(42, 1)))
	qt.Check(t, qt.Equals(b.rules[4].rule, faults[4].Rule(42, 2)))
}

// The lease begins with the plan. Nobody has said which program decides, so that stays as it is.
func TestFaultsWithLease(t *testing.T) {
	none, err := Lease{}.deadline()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(none, 0))
	before, err := Lease{time: 1}.deadline()
	qt.Assert(t, qt.IsNil(err))

	pin := nowhere(t)
	text, _, err := Faults(pin, fault.Set{Faults: parse(t, "", "drop")}, Lease{"1h", time.Hour}, nil)
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.StringContains(text, "ends in 1h\n"))
	b := readBatch(t, pin, text)
	checkForces(t, b, abi.Control{ABI: abi.Version, Generation: 1}, "drop 100%")
	earliest := before - 1 + uint64(time.Hour)
	qt.Check(t, qt.IsTrue(b.set.Deadline >= earliest && b.set.Deadline < earliest+uint64(time.Minute)))
}

// No path gets into a batch that bpftool would read as something else.
func TestPlainPaths(t *testing.T) {
	for _, pin := range []string{"", "pins", "/a b", "/a\nmap", "/a#b", "/a'b"} {
		_, _, err := Faults(pin, fault.Set{Faults: parse(t, "", "drop")}, Lease{}, nil)
		qt.Check(t, qt.ErrorIs(err, usage.Err), qt.Commentf("%q", pin))
		_, err = Renewal(pin, Lease{})
		qt.Check(t, qt.ErrorIs(err, usage.Err), qt.Commentf("%q", pin))
		_, err = Shifting(pin, Settle)
		qt.Check(t, qt.ErrorIs(err, usage.Err), qt.Commentf("%q", pin))
	}
}

func TestRenewalOfNothing(t *testing.T) {
	_, err := Renewal(nowhere(t), Lease{})
	qt.Assert(t, qt.ErrorIs(err, pinned.ErrNotLoaded))
	_, err = Shifting(nowhere(t), Settle)
	qt.Assert(t, qt.ErrorIs(err, pinned.ErrNotLoaded))
}

func TestParsePrograms(t *testing.T) {
	programs, err := ParsePrograms([]string{"xdp_dilih=17", "xdp_dilih_l3=18"})
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.DeepEquals(programs, Programs{abi.HookXDP: 17, abi.HookXDPL3: 18}))
	for _, word := range []string{"", "17", "xdp_dilih", "xdp_dilih=", "xdp_dilih=0", "xdp_dilih=-1", "other=17", "xdp_dilih=4294967296"} {
		_, err := ParsePrograms([]string{word})
		qt.Check(t, qt.ErrorMatches(err, ".* is not NAME=ID of a program: .*"), qt.Commentf("%q", word))
	}
}
