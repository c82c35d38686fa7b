// SPDX-License-Identifier: MIT

package main

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dilih/bpf/abi"
	"dilih/reader/fault"
	"dilih/reader/pinned"

	"github.com/go-quicktest/qt"
)

// write is a command of a batch.
type write struct {
	name  string // of the map
	entry uint32
	value []byte
}

// readBatch reads a batch as bpftool would.
func readBatch(t *testing.T, pin, batch string) (writes []write) {
	t.Helper()
	for line := range strings.Lines(batch) {
		words := strings.Fields(line)
		if words[0] == "#" {
			continue
		}
		qt.Assert(t, qt.IsTrue(len(words) <= 4096))
		qt.Assert(t, qt.DeepEquals(words[:3], []string{"map", "update", "pinned"}))
		qt.Assert(t, qt.DeepEquals(words[4:6], []string{"key", "hex"}))
		qt.Assert(t, qt.DeepEquals(words[10:12], []string{"value", "hex"}))
		qt.Assert(t, qt.Equals(filepath.Dir(words[3]), pin))
		writes = append(writes, write{
			filepath.Base(words[3]), binary.NativeEndian.Uint32(bytesOf(t, words[6:10])), bytesOf(t, words[12:]),
		})
	}
	return writes
}

func bytesOf(t *testing.T, words []string) []byte {
	t.Helper()
	decoded, err := hex.DecodeString(strings.Join(words, ""))
	qt.Assert(t, qt.IsNil(err))
	return decoded
}

// decode reads what a write puts into its map.
func decode[T any](t *testing.T, w write) (value T) {
	t.Helper()
	size, err := binary.Decode(w.value, binary.NativeEndian, &value)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(size, len(w.value)))
	return value
}

// checkBatch checks that the writes put these faults in force with that control, in an order that
// keeps the old ones whole until the last write.
func checkBatch(t *testing.T, writes []write, want abi.Control, texts ...string) abi.FaultSet {
	t.Helper()
	generation := want.Generation
	first := generation % 2 * abi.MaxRules
	for i, text := range texts {
		rule, counters, sequence := writes[3*i], writes[3*i+1], writes[3*i+2]
		for j, name := range []string{abi.RulesMap, abi.CountersMap, abi.SequencesMap} {
			qt.Check(t, qt.Equals(writes[3*i+j].name, name))
			qt.Check(t, qt.Equals(writes[3*i+j].entry, first+uint32(i)))
		}
		decoded, err := fault.FromRule(decode[abi.Rule](t, rule))
		qt.Assert(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(decoded.String(), text))
		qt.Check(t, qt.Equals(decode[abi.RuleCounters](t, counters), abi.RuleCounters{}))
		qt.Check(t, qt.Equals(decode[uint64](t, sequence), 0))
	}
	qt.Assert(t, qt.HasLen(writes, 3*len(texts)+2))
	set, control := writes[len(writes)-2], writes[len(writes)-1]
	qt.Check(t, qt.Equals(set.name, abi.SetsMap))
	qt.Check(t, qt.Equals(set.entry, generation%2))
	qt.Check(t, qt.Equals(control.name, abi.ControlMap))
	qt.Check(t, qt.Equals(decode[abi.Control](t, control), want))
	encoded := decode[abi.FaultSet](t, set)
	qt.Check(t, qt.Equals(encoded.Generation, generation))
	qt.Check(t, qt.Equals(int(encoded.Rules), len(texts)))
	return encoded
}

// control is that of the generation, decided by program 17.
func control(generation uint32) abi.Control {
	return abi.Control{ABI: abi.Version, Generation: generation, Programs: [abi.Hooks]uint32{17}}
}

// nowhere is where nothing is pinned.
func nowhere(t *testing.T) string {
	pin := filepath.Join(t.TempDir(), "pins")
	return strings.Map(func(r rune) rune { // of a test's name, which is in the path
		if strings.ContainsRune("#'\"%", r) {
			return '_'
		}
		return r
	}, pin)
}

func TestPlan(t *testing.T) {
	pin := nowhere(t)
	out, diagnostics, code := command("plan", "--pin", pin, "--seed", "42", "--guard", "arp; nd", "--guard", "tcp dport 22",
		"--shadow", "--for", "forever", "--events", "all", "--snaplen", "1024", "--program", "17", "drop 5%", "drop tcp; pass udp")
	qt.Assert(t, qt.Equals(code, 0), qt.Commentf("%s", diagnostics))
	qt.Check(t, qt.StringContains(diagnostics, "nothing is pinned at "+pin))
	qt.Check(t, qt.StringContains(out, "# nothing is pinned at "+pin))
	for _, comment := range []string{
		"# guard: pass arp\n", "# guard: pass tcp dport 22\n", "# fault 1: drop 5%\n", "# fault 2: drop 100% tcp\n",
		"# fault 3: pass udp\n", "# seed 42, snaplen 1024, events all, SHADOW: nothing is dropped, without end\n",
	} {
		qt.Check(t, qt.StringContains(out, comment))
	}
	writes := readBatch(t, pin, out)
	set := checkBatch(t, writes, control(1), "pass arp", "pass nd", "pass tcp dport 22", "drop 5%", "drop 100% tcp", "pass udp")
	qt.Check(t, qt.Equals(set, abi.FaultSet{
		Seed: 42, Generation: 1, Rules: 6, Snaplen: 1024, Shadow: 1, Events: abi.EventsAll,
	}))
	qt.Check(t, qt.Equals(decode[abi.Rule](t, writes[0]).Guard, 1))
	faults, err := fault.Parse("test", "drop 5%; drop tcp")
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.Equals(decode[abi.Rule](t, writes[9]), faults[0].Rule(42, 1)))
	qt.Check(t, qt.Equals(decode[abi.Rule](t, writes[12]), faults[1].Rule(42, 2)))
}

func TestPlanDefaults(t *testing.T) {
	before, err := lease{}.deadline()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(before, 0))
	before, err = lease{time: 1}.deadline()
	qt.Assert(t, qt.IsNil(err))

	file := filepath.Join(t.TempDir(), "faults.txt")
	qt.Assert(t, qt.IsNil(os.WriteFile(file, []byte("# all\ndrop\n"), 0o600)))
	seeds := map[uint64]bool{}
	for range 3 {
		pin := nowhere(t)
		out, _, code := command("plan", "--pin", pin, "--file", file)
		qt.Assert(t, qt.Equals(code, 0))
		set := checkBatch(t, readBatch(t, pin, out), abi.Control{ABI: abi.Version, Generation: 1}, "drop 100%")
		qt.Check(t, qt.StringContains(out, fmt.Sprintf("# seed %d, snaplen 96, events auto, ends in 1h\n", set.Seed)))
		qt.Check(t, qt.IsTrue(set.Seed < 1<<53))
		const hour, minute = 3_600_000_000_000, 60_000_000_000
		qt.Check(t, qt.IsTrue(set.Deadline >= before+hour-1 && set.Deadline < before+hour+minute))
		seeds[set.Seed] = true
	}
	qt.Check(t, qt.HasLen(seeds, 3)) // equal by chance less than once in 10^15
}

// A batch at the limits: every rule there can be, in each bank.
func TestForceScript(t *testing.T) {
	faults, err := fault.Parse("test", strings.Repeat("drop 1% burst 3 udp dport 1-9 to 2001:db8::/32 per flow;", 64))
	qt.Assert(t, qt.IsNil(err))
	texts := make([]string, len(faults))
	for i, fault := range faults {
		texts[i] = fault.String()
	}
	for _, generation := range []uint32{1, 2, 7, 1<<32 - 2, 1<<32 - 1, 0} {
		script := forceScript("/pins", control(generation), fault.Set{Seed: 7, Faults: faults}, lease{})
		checkBatch(t, readBatch(t, "/pins", script), control(generation), texts...)
	}
}

func TestRenewScript(t *testing.T) {
	faults, err := fault.Parse("test", "drop 5% tcp")
	qt.Assert(t, qt.IsNil(err))
	set := abi.FaultSet{Seed: 9, Deadline: 1234, Generation: 6, Rules: 1, Snaplen: 96, Events: abi.EventsNone}
	script := renewScript("/pins", pinned.State{
		Control: abi.Control{ABI: abi.Version, Generation: 6},
		Set:     set,
		Rules:   []pinned.RuleState{{Rule: faults[0].Rule(9, 1)}},
	}, lease{"2h", 2 * 60 * 60e9})
	writes := readBatch(t, "/pins", script)
	qt.Assert(t, qt.HasLen(writes, 1))
	qt.Check(t, qt.Equals(writes[0].name, abi.SetsMap))
	qt.Check(t, qt.Equals(writes[0].entry, 0))
	qt.Check(t, qt.Equals(decode[abi.FaultSet](t, writes[0]), set))
	qt.Check(t, qt.StringContains(script, "# in force: drop 5% tcp\n"))
	qt.Check(t, qt.StringContains(script, "ends in 2h\n"))
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
		{[]string{"drop 5%", "--seed", "3"}, 1, "--seed stands behind the fault"},
		{[]string{"--", "drop 5%", "--shadow"}, 1, "--shadow stands behind the fault"},
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
		{[]string{"--for", "soon", "drop"}, 1, "is no time"},
		{[]string{"--nosuch", "drop"}, 1, "nosuch"},
		{[]string{"--guard", "arp", strings.Repeat("drop;", 64)}, 1, "leave out 1"},
		{[]string{"--shadow"}, 1, "only the lease is renewed"},
		{nil, 3, "no pins at " + pin},
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
	_, diagnostics, code := command("--pin", pin, "plan", "drop")
	qt.Check(t, qt.Equals(code, 1))
	qt.Check(t, qt.StringContains(diagnostics, "--pin stands in front of plan"))
}

func TestParseLease(t *testing.T) {
	for text, seconds := range map[string]float64{
		"forever": 0, "90s": 90, "2h30m": 9000, "1d": 86400, "1d12h": 129600, "0d1s": 1, "250ms": 0.25, "3650d": 3650 * 86400,
	} {
		got, err := parseLease(text)
		qt.Check(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(got.time.Seconds(), seconds), qt.Commentf("%s", text))
		qt.Check(t, qt.Equals(got.text, text))
	}
	for _, text := range []string{"", "0", "0s", "0d", "d", "1", "-1s", "2d-1h", "1w", "1.5d", "for ever", "99999d2000000h", "999999d"} {
		_, err := parseLease(text)
		qt.Check(t, qt.IsNotNil(err), qt.Commentf("%q", text))
	}
}
