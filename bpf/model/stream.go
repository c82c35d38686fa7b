// SPDX-License-Identifier: MIT

package model

import "dilih/bpf/abi"

// Stream is the sequence of packets that one rule's random numbers are drawn for: those of a CPU, of a
// flow or peer, or all that match.
type Stream struct {
	rule abi.Rule
	key  uint64
	n    uint64 // packets so far
	bad  bool   // the state of the chain
}

// NewStream begins the stream that a packet belongs to which matches the rule on this CPU (from 0)
// and is of this flow (Packet.Flow). The scope of the rule says which of the two matters, if any.
func NewStream(rule abi.Rule, cpu int, flow uint64) *Stream {
	s := &Stream{rule: rule, key: rule.Key}
	switch {
	case rule.Scope == abi.ScopeFlow, rule.Scope == abi.ScopePeer, rule.Process == abi.ProcessFlows:
		s.key += flow
	case rule.Scope == abi.ScopeCPU:
		s.key += mix64(uint64(cpu) + 1)
	}
	s.bad = draw(s.key) < rule.Start
	return s
}

// Next says what becomes of the next packet of the stream.
func (s *Stream) Next() Fate {
	n := s.n
	s.n++
	if s.loses(n) {
		return Fate{Lost: true}
	}
	return s.fate(n)
}

// loses says whether the nth packet of the stream is lost.
func (s *Stream) loses(n uint64) bool {
	if s.rule.Action != abi.ActionDrop {
		return false
	}
	switch s.rule.Process {
	case abi.ProcessEvery:
		return s.rule.Period != 0 && (n+1)%s.rule.Period == 0
	case abi.ProcessFirst:
		return n < s.rule.Period
	case abi.ProcessFlows:
		return draw(s.key) < s.rule.Good
	}
	return s.step(n)
}

// step is one step of the Gilbert-Elliott chain. The loss is drawn with the state before the
// transition.
func (s *Stream) step(n uint64) bool {
	threshold, change := s.rule.Good, s.rule.P
	if s.bad {
		threshold, change = s.rule.Bad, s.rule.R
	}
	loss, transition := draws(s.key, n)
	if transition < change {
		s.bad = !s.bad
	}
	return loss < threshold
}
