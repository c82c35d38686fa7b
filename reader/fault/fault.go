// SPDX-License-Identifier: MIT

// Package fault is the fault language: what people type, what they read back, and the rules that
// the program in the kernel understands.
//
// A fault has one canonical text. Text, Fault and abi.Rule turn into each other without loss.
package fault

import (
	"fmt"
	"math"
	"strings"

	"dilih/bpf/abi"
	"dilih/bpf/model"
)

// Fault is one line of the fault language. Its zero value is of no use: Parse makes faults, and
// FromRule reads them back from the kernel. Faults are equal (==) if their texts are.
type Fault struct {
	rule abi.Rule // as the kernel gets it, without the key
}

// Rule encodes the fault for the kernel. ordinal is 1 for the user's first fault, 2 for the second;
// guards draw no random numbers and do not count.
func (f Fault) Rule(seed uint64, ordinal int) abi.Rule {
	rule := f.rule
	if rule.Guard == 0 {
		rule.Key = model.RuleKey(seed, ordinal)
	}
	return rule
}

// FromRule decodes a rule read from the kernel. The error names the rule that no fault encodes to.
func FromRule(rule abi.Rule) (Fault, error) {
	rule.Key = 0
	fault := Fault{rule: rule}
	text, read := fault.String(), Parse
	if fault.Guard() {
		text, read = strings.TrimPrefix(text, "pass"), parseGuards
	}
	parsed, err := read("rule", text)
	switch {
	case err != nil:
		return Fault{}, fmt.Errorf("decode a rule that no fault encodes to: %w", err)
	case len(parsed) != 1 || parsed[0] != fault:
		return Fault{}, fmt.Errorf("decode a rule that no fault encodes to: nearest is %q", fault)
	}
	return fault, nil
}

// Guard says whether the tool put the fault in front of the user's own.
func (f Fault) Guard() bool { return f.rule.Guard != 0 }

// Out says whether the fault is for what leaves.
func (f Fault) Out() bool { return f.rule.Direction == abi.DirectionOut }

// answer is the fault for the packets that answer those that f is for: it goes the other way.
func (f Fault) answer() Fault {
	r := &f.rule
	r.From, r.To = r.To, r.From
	r.SportFirst, r.SportLast, r.DportFirst, r.DportLast = r.DportFirst, r.DportLast, r.SportFirst, r.SportLast
	asks := r.Asks &^ (abi.AsksFrom | abi.AsksTo)
	if r.Asks&abi.AsksFrom != 0 {
		asks |= abi.AsksTo
	}
	if r.Asks&abi.AsksTo != 0 {
		asks |= abi.AsksFrom
	}
	r.Asks, r.Direction = asks, abi.DirectionOut-r.Direction
	return f
}

// everything is the rule with this action that matches each packet.
func everything(action abi.Action) abi.Rule {
	return abi.Rule{
		Action:     action,
		SportLast:  math.MaxUint16,
		DportLast:  math.MaxUint16,
		LengthLast: math.MaxUint32,
	}
}
