// SPDX-License-Identifier: MIT

package plan

import (
	"encoding/binary"
	"encoding/hex"
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

// hooks says what has to be attached, and whether XDP still marks packets for a tc_in that has nothing to decide.
func (s *script) hooks(hooks hooks, control abi.Control) {
	s.comment("hooks: %s", hooks)
	if control.Marking != 0 && !hooks.queueIn {
		s.comment("marks: to be ended")
	}
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
	text := make([]byte, 0, 3*len(encoded))
	for _, b := range encoded {
		text = append(hex.AppendEncode(text, []byte{b}), ' ')
	}
	return string(text[:len(text)-1])
}

// forceScript puts the set in force with this control: all of the set goes into the idle bank, and
// control, which comes last, makes that the bank in force.
func forceScript(pin string, control abi.Control, set fault.Set, lease Lease) string {
	s := &script{pin: pin}
	encoded, rules := set.Encode(control.Generation)
	bank := control.Generation % abi.Banks
	hooks := hooksOf(rules, set.Shadow)
	if hooks.queueIn {
		control.Arriving, control.Marking = abi.HookTCIn, 1
	}
	s.comment("dilih: generation %d, in bank %d", control.Generation, bank)
	s.hooks(hooks, control)
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
	s.hooks(hooksInForce(state), state.Control)
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
	s.hooks(hooksInForce(state), control)
	s.update(abi.ControlMap, 0, control)
	return s.String()
}

// shiftScript changes one thing about where the faults in force are decided, if that is not so yet.
func shiftScript(pin string, state pinned.State, shift Shift) string {
	s, control, hooks := &script{pin: pin}, state.Control, hooksInForce(state)
	s.comment("dilih: generation %d goes on", control.Generation)
	s.hooks(hooks, control)
	switch {
	case shift == Mark:
		control.Marking = 1
		s.comment("XDP marks incoming packets with the hook that decides about them")
	case hooks.queueIn: // tc has to decide
	case shift == Settle:
		control.Arriving = abi.HookXDP
		s.comment("XDP decides about incoming packets again")
	case shift == Unmark && control.Arriving == abi.HookXDP:
		control.Marking = 0
		s.comment("XDP marks incoming packets no longer")
	}
	if control != state.Control {
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
