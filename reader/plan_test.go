// SPDX-License-Identifier: MIT

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/fault"
	"dilih/reader/plan"
)

// nowhere is where nothing is pinned.
func nowhere(t *testing.T) string { return filepath.Join(t.TempDir(), "pins") }

// Flags and arguments are the set, the lease and the program of the plan.
func TestPlan(t *testing.T) {
	pin := nowhere(t)
	out, diagnostics, code := command("plan", "--pin", pin, "--seed", "42", "--guard", "arp; nd", "--guard", "tcp dport 22",
		"--shadow", "--for", "forever", "--events", "all", "--snaplen", "1024", "--program", "xdp_dilih=17", "drop 5% icmp", "drop tcp; pass udp")
	qt.Assert(t, qt.Equals(code, 0), qt.Commentf("%s", diagnostics))

	guards, err := fault.ParseGuards("arp; nd; tcp dport 22")
	qt.Assert(t, qt.IsNil(err))
	faults, err := fault.Parse("test", "drop 5% icmp; drop tcp; pass udp")
	qt.Assert(t, qt.IsNil(err))
	set := fault.Set{Seed: 42, Faults: append(guards, faults...), Shadow: true, Events: abi.EventsAll, Snaplen: 1024}
	forever, err := plan.ParseLease("forever")
	qt.Assert(t, qt.IsNil(err))
	batch, note, err := plan.Faults(pin, set, forever, plan.Programs{abi.HookXDP: 17})
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.Equals(out, batch))
	qt.Check(t, qt.Equals(diagnostics, "dilih-reader: "+note+"\n"))
}

func TestPlanDefaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "faults.txt")
	qt.Assert(t, qt.IsNil(os.WriteFile(file, []byte("# all\ndrop\n"), 0o600)))
	defaults := regexp.MustCompile(`(?m)^# seed (\d+), snaplen 96, events auto, ends in 1h$`)
	seeds := map[uint64]bool{}
	for range 3 {
		out, _, code := command("plan", "--pin", nowhere(t), "--file", file)
		qt.Assert(t, qt.Equals(code, 0))
		qt.Check(t, qt.StringContains(out, "# fault 1: drop 100%\n"))
		found := defaults.FindStringSubmatch(out)
		qt.Assert(t, qt.IsNotNil(found), qt.Commentf("%s", out))
		seed, err := strconv.ParseUint(found[1], 10, 53)
		qt.Assert(t, qt.IsNil(err))
		seeds[seed] = true
	}
	qt.Check(t, qt.HasLen(seeds, 3)) // equal by chance less than once in 10^15
}

// A fault that can never decide is planned all the same, and a note on the standard error says so.
func TestPlanNotesUnreachableFaults(t *testing.T) {
	out, diagnostics, code := command("plan", "--pin", nowhere(t), "--guard", "arp", "drop 1% tcp; drop 5% tcp dport 80", "drop arp")
	qt.Assert(t, qt.Equals(code, 0))
	qt.Check(t, qt.StringContains(out, "# fault 2: drop 5% tcp dport 80\n"))
	qt.Check(t, qt.StringContains(diagnostics, "dilih-reader: fault 2 (drop 5% tcp dport 80) can never decide, because "+
		"fault 1 (drop 1% tcp) takes all its packets: put it before that, or leave it out\n"+
		`dilih-reader: fault 3 (drop 100% arp) can never decide, because the guard "arp" takes all its packets: change the guards`))
}

func TestPlanRefuses(t *testing.T) {
	pin := nowhere(t)
	file := filepath.Join(t.TempDir(), "file")
	qt.Assert(t, qt.IsNil(os.WriteFile(file, []byte("drop 5%\nbogus\n"), 0o600)))
	windows := filepath.Join(t.TempDir(), "windows")
	qt.Assert(t, qt.IsNil(os.WriteFile(windows, []byte("\ufeffdrop 5%\r\nbogus\r\n"), 0o600)))
	for _, test := range []struct {
		arguments []string
		code      int
		says      string
	}{
		{[]string{"drop", "5%"}, 1, "quote what belongs together"},
		{[]string{"--", "drop 5%", "--shadow"}, 1, `unexpected "--shadow"`},
		{[]string{"drop 5%", "--seed"}, 1, "--seed needs a value"},
		{[]string{""}, 1, "no fault in it"},
		{[]string{"dorp"}, 1, "did you mean drop?"},
		{[]string{"--guard", "tcp dprot 5", "drop"}, 1, "did you mean dport?"},
		{[]string{"--file", file}, 1, file + ":2: unexpected"},
		{[]string{"--file", file, "drop"}, 1, "given twice"},
		{[]string{"--file", file + "s"}, 1, "no such file"},
		{[]string{"--file", windows}, 1, windows + ":2: unexpected"},
		{[]string{"--seed", "-1", "drop"}, 1, "-seed"},
		{[]string{"--events", "some", "drop"}, 1, "auto, all and none"},
		{[]string{"--snaplen", "1025", "drop"}, 1, "an event holds 1024"},
		{[]string{"--for", "0s", "drop"}, 1, "before they begin"},
		{[]string{"--for", "soon", "drop"}, 1, "is not a time"},
		{[]string{"--nosuch", "drop"}, 1, "nosuch"},
		{[]string{strings.Repeat("drop;", 41)}, 1, "41 faults are too many\n"},
		{[]string{"--guard", strings.Repeat("arp;", 26), "drop"}, 1, "26 guards are too many\n"},
		{[]string{strings.Repeat("drop;", 30), strings.Repeat("drop;", 30)}, 1, "at most 40 fit: leave out 20\n"},
		{[]string{"--shadow"}, 1, "only the lease is renewed"},
		{nil, 3, "no pins at " + pin},
		{[]string{"--settle"}, 3, "no pins at " + pin},
		{[]string{"--mark"}, 3, "no pins at " + pin},
		{[]string{"--unmark", "drop"}, 1, "--unmark takes no fault"},
		{[]string{"--mark", "--settle"}, 1, "--mark does not go with --settle"},
		{[]string{"--settle", "drop"}, 1, "--settle takes no fault"},
		{[]string{"--settle", "--for", "2h"}, 1, "--settle does not go with --for"},
		{[]string{"--settle", "--file", file}, 1, "--settle does not go with --file"},
		{[]string{"--settle", "--program", "xdp_dilih=17"}, 1, "--settle does not go with --program"},
		{[]string{"--pin", "pins", "drop"}, 1, "absolute path"},
		{[]string{"--pin", "/a b", "drop"}, 1, "absolute path"},
		{[]string{"--pin", "/a\nmap", "drop"}, 1, "absolute path"},
		{[]string{"--pin", "/a#b", "drop"}, 1, "absolute path"},
		{[]string{"--pin", "/proc", "drop"}, 3, "not on a bpffs"},
		{[]string{"--pin", "/proc/version", "drop"}, 2, "is a file"},
	} {
		out, diagnostics, code := command(append([]string{"plan", "--pin", pin}, test.arguments...)...)
		qt.Check(t, qt.Equals(code, test.code), qt.Commentf("%q", test.arguments))
		qt.Check(t, qt.StringContains(diagnostics, test.says), qt.Commentf("%q", test.arguments))
		qt.Check(t, qt.Equals(out, ""), qt.Commentf("%q", test.arguments))
	}
}

// Options mean the same wherever they stand.
func TestPlanOrder(t *testing.T) {
	pin := nowhere(t)
	want, _, code := command("plan", "--pin", pin, "--seed", "1", "--for", "forever", "--shadow", "drop", "pass")
	qt.Assert(t, qt.Equals(code, 0))
	for _, words := range [][]string{
		{"plan", "drop", "pass", "--pin", pin, "--seed", "1", "--for", "forever", "--shadow"},
		{"plan", "--shadow", "drop", "--seed=1", "--pin=" + pin, "pass", "--for", "forever"},
		{"--pin", pin, "--for", "forever", "plan", "drop", "--shadow", "--seed", "1", "--", "pass"},
	} {
		got, diagnostics, code := command(words...)
		qt.Check(t, qt.Equals(code, 0), qt.Commentf("%q: %s", words, diagnostics))
		qt.Check(t, qt.Equals(got, want), qt.Commentf("%q", words))
	}
}
