// SPDX-License-Identifier: MIT

package plan

import (
	"encoding/binary"
	"fmt"
	"strings"

	"dilih/bpf/abi"
	"dilih/reader/fault"
	"dilih/reader/pinned"
)

// script is a bpftool batch in the making. bpftool takes at most 4096 words a line, and what follows
// a # for a comment.
type script struct {
	pin string // directory
	strings.Builder
}

func (s *script) comment(format string, words ...any) {
	fmt.Fprintf(s, "# "+format+"\n", words...)
}

// update writes a value, in host byte order, into an entry of a map. bpftool copies it for each CPU
// of a per-CPU map.
func (s *script) update(name string, entry uint32, value any) {
	fmt.Fprintf(s, "map update pinned %s/%s key hex %s value hex %s\n", s.pin, name, inHex(entry), inHex(value))
}

// inHex prints a value of fixed size as bytes in host byte order.
func inHex(value any) string {
	// It fails for types without a fixed size, which package abi has none of.
	encoded, _ := binary.Append(nil, binary.NativeEndian, value)
	return fmt.Sprintf("% x", encoded)
}

// forceScript puts the set in force with this control: all of the set goes into the idle bank, and
// control, which comes last, makes that the bank in force.
func forceScript(pin string, control abi.Control, set fault.Set, lease Lease) string {
	s := &script{pin: pin}
	encoded, rules := set.Encode(control.Generation)
	bank := control.Generation % abi.Banks
	hooks := hooksOf(rules, set.Shadow)
	if hooks.queueIn {
		control.Arriving = abi.HookTCIn
	}
	s.comment("dilih: generation %d, in bank %d", control.Generation, bank)
	s.comment("hooks: %s", hooks)
	ordinal := 0
	for i, rule := range rules {
		if set.Faults[i].Guard() {
			s.comment("guard: %s", set.Faults[i])
		} else {
			ordinal++
			s.comment("fault %d: %s", ordinal, set.Faults[i])
		}
		entry := bank*abi.MaxRules + uint32(i)
		s.update(abi.RulesMap, entry, rule)
		s.update(abi.CountersMap, entry, abi.RuleCounters{})
		s.update(abi.SequencesMap, entry, uint64(0))
	}
	s.comment("%s", setText(encoded, lease))
	s.update(abi.SetsMap, bank, encoded)
	s.comment("from here on they are in force")
	s.update(abi.ControlMap, 0, control)
	return s.String()
}

// renewScript writes the set in force once more, with another deadline.
func renewScript(pin string, state pinned.State, lease Lease) string {
	s := &script{pin: pin}
	s.comment("dilih: renew the lease of generation %d", state.Set.Generation)
	s.comment("hooks: %s", hooksInForce(state))
	for _, rule := range state.Rules {
		if fault, err := fault.FromRule(rule.Rule); err == nil {
			s.comment("in force: %s", fault)
		}
	}
	s.comment("%s", setText(state.Set, lease))
	s.update(abi.SetsMap, state.Control.Generation%abi.Banks, state.Set)
	return s.String()
}

// handoverScript says that other programs decide.
func handoverScript(pin string, state pinned.State) string {
	s, control := &script{pin: pin}, state.Control
	s.comment("dilih: generation %d goes on, decided by other programs", control.Generation)
	s.comment("hooks: %s", hooksInForce(state))
	s.update(abi.ControlMap, 0, control)
	return s.String()
}

// settleScript lets XDP decide again what arrives, if none of it has to wait any more.
func settleScript(pin string, state pinned.State) string {
	s, control, hooks := &script{pin: pin}, state.Control, hooksInForce(state)
	s.comment("dilih: generation %d goes on", control.Generation)
	s.comment("hooks: %s", hooks)
	if control.Arriving != abi.HookXDP && !hooks.queueIn {
		control.Arriving = abi.HookXDP
		s.comment("what arrives is decided by XDP again")
		s.update(abi.ControlMap, 0, control)
	}
	return s.String()
}

func setText(set abi.FaultSet, lease Lease) string {
	text := fmt.Sprintf("seed %d, snaplen %d, ", set.Seed, set.Snaplen)
	for name, mode := range fault.EventModes {
		if mode == set.Events {
			text += "events " + name + ", "
		}
	}
	if set.Shadow != 0 {
		text += "SHADOW: nothing is dropped, "
	}
	if set.Deadline == 0 {
		return text + "without end"
	}
	return text + "ends in " + lease.text
}
