// SPDX-License-Identifier: MIT

package plan

import (
	"dilih/bpf/abi"
	"dilih/reader/pinned"
)

// hooks are where programs have to be attached, and where packets may have to wait in a queue, before faults are
// in force. What arrives is always decided, and what leaves if a fault is for that.
type hooks struct {
	queueIn, out, queueOut bool
}

// hooksOf are those of a set. In shadow mode nothing waits.
func hooksOf(rules []abi.Rule, shadow bool) (h hooks) {
	for _, rule := range rules {
		if rule.Guard != 0 {
			continue
		}
		queue := !shadow && rule.Delay|rule.Rate|rule.Duplicate != 0
		if rule.Direction == abi.DirectionOut {
			h.out, h.queueOut = true, h.queueOut || queue
		} else {
			h.queueIn = h.queueIn || queue
		}
	}
	return h
}

func hooksInForce(state pinned.State) hooks {
	var rules []abi.Rule
	for _, rule := range state.Rules {
		rules = append(rules, rule.Rule)
	}
	return hooksOf(rules, state.Set.Shadow != 0)
}

// String is what the scripts read.
func (h hooks) String() string {
	text := "in"
	if h.queueIn {
		text = "in-queue"
	}
	switch {
	case h.queueOut:
		text += " out-queue"
	case h.out:
		text += " out"
	}
	return text
}
