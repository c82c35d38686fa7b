// SPDX-License-Identifier: MIT

package plan

import (
	"encoding/binary"
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/fault"
)

// batch is what a batch writes, in the order in which it has to: whatever belongs to a rule, the set,
// and at last, unless it renews a lease, control.
type batch struct {
	rules   []ruleEntry
	bank    uint32
	set     abi.FaultSet
	control *abi.Control
}

// ruleEntry is what is written for one rule, into the same entry of three maps.
type ruleEntry struct {
	entry    uint32
	rule     abi.Rule
	counters abi.RuleCounters
	sequence uint64
}

// readBatch reads a batch as bpftool would, and checks its order.
func readBatch(t *testing.T, pin, text string) (b batch) {
	t.Helper()
	rest := readCommands(t, pin, text)
	take := func(name string, value any) (entry uint32) {
		t.Helper()
		qt.Assert(t, qt.Equals(rest[0].name, name))
		entry = rest[0].entry
		size, err := binary.Decode(rest[0].value, binary.NativeEndian, value)
		qt.Assert(t, qt.IsNil(err))
		qt.Assert(t, qt.Equals(size, len(rest[0].value)))
		rest = rest[1:]
		return entry
	}
	for rest[0].name == abi.RulesMap {
		var r ruleEntry
		r.entry = take(abi.RulesMap, &r.rule)
		qt.Check(t, qt.Equals(take(abi.CountersMap, &r.counters), r.entry))
		qt.Check(t, qt.Equals(take(abi.SequencesMap, &r.sequence), r.entry))
		b.rules = append(b.rules, r)
	}
	b.bank = take(abi.SetsMap, &b.set)
	if len(rest) > 0 {
		b.control = &abi.Control{}
		qt.Check(t, qt.Equals(take(abi.ControlMap, b.control), 0))
	}
	qt.Assert(t, qt.HasLen(rest, 0))
	return b
}

// command is one command of a batch: it writes a value into a map.
type command struct {
	name  string // of the map
	entry uint32
	value []byte
}

func readCommands(t *testing.T, pin, text string) (commands []command) {
	t.Helper()
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if words[0] == "#" {
			continue
		}
		qt.Assert(t, qt.IsTrue(len(words) <= 4096))
		qt.Assert(t, qt.DeepEquals(words[:3], []string{"map", "update", "pinned"}))
		qt.Assert(t, qt.DeepEquals(words[4:6], []string{"key", "hex"}))
		qt.Assert(t, qt.DeepEquals(words[10:12], []string{"value", "hex"}))
		qt.Assert(t, qt.Equals(filepath.Dir(words[3]), pin))
		commands = append(commands, command{
			filepath.Base(words[3]), binary.NativeEndian.Uint32(bytesOf(t, words[6:10])), bytesOf(t, words[12:]),
		})
	}
	return commands
}

func bytesOf(t *testing.T, words []string) []byte {
	t.Helper()
	decoded, err := hex.DecodeString(strings.Join(words, ""))
	qt.Assert(t, qt.IsNil(err))
	return decoded
}

// checkForces checks that the batch puts these faults in force with that control, in the bank that is
// not in force before it.
func checkForces(t *testing.T, b batch, want abi.Control, texts ...string) {
	t.Helper()
	bank := want.Generation % abi.Banks
	qt.Assert(t, qt.HasLen(b.rules, len(texts)))
	for i, r := range b.rules {
		decoded, err := fault.FromRule(r.rule)
		qt.Assert(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(decoded.String(), texts[i]))
		qt.Check(t, qt.Equals(r.entry, bank*abi.MaxRules+uint32(i)))
		qt.Check(t, qt.Equals(r.counters, abi.RuleCounters{}))
		qt.Check(t, qt.Equals(r.sequence, 0))
	}
	qt.Check(t, qt.Equals(b.bank, bank))
	qt.Check(t, qt.Equals(b.set.Generation, want.Generation))
	qt.Check(t, qt.Equals(int(b.set.Rules), len(texts)))
	qt.Assert(t, qt.IsNotNil(b.control))
	qt.Check(t, qt.Equals(*b.control, want))
}
