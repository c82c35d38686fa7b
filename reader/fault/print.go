// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"math"
	"strings"

	"dilih/bpf/abi"
)

// String prints the canonical form, which parses to the same fault: the effects before the matches, out
// before the others, the scope last, numbers as short as can be, nothing that is implied.
func (f Fault) String() string {
	words := append([]string{f.effectText()}, matchWords(f.rule)...)
	return strings.Join(append(words, scopeWords(f.rule)...), " ")
}

// matchWords are the matches, out included.
func matchWords(rule abi.Rule) (words []string) {
	if rule.Direction == abi.DirectionOut {
		words = append(words, "out")
	}
	return append(append(words, kindWords(rule)...), valueWords(rule)...)
}

// scopeWords are those for another scope than the one that the process has by itself.
func scopeWords(rule abi.Rule) []string {
	usual := rule.Scope == abi.ScopeCPU
	switch rule.Process {
	case abi.ProcessFlows:
		usual = rule.Scope == abi.ScopeFlow
	case abi.ProcessEvery, abi.ProcessFirst:
		usual = rule.Scope == abi.ScopeAll
	}
	for text, scope := range scopes {
		if scope == rule.Scope && !usual {
			return []string{text}
		}
	}
	return nil
}

func processText(rule abi.Rule) string {
	switch rule.Process {
	case abi.ProcessBurst:
		return fmt.Sprintf("%s%% burst %s", percentText(rule.Start), inverseText(rule.R))
	case abi.ProcessGEModel:
		return gemodelText([4]uint64{rule.P, rule.R, rule.Bad, rule.Good})
	case abi.ProcessEvery:
		return fmt.Sprintf("every %d", rule.Period)
	case abi.ProcessFirst:
		return fmt.Sprintf("first %d", rule.Period)
	case abi.ProcessFlows:
		return percentText(rule.Good) + "% of flows"
	}
	return percentText(rule.Good) + "%"
}

// gemodelText leaves out what netem's defaults would give again.
func gemodelText(values [4]uint64) string {
	given := len(values)
	for given > 1 && values[given-1] == gemodelDefaults(values[0])[given-1] {
		given--
	}
	text := "gemodel"
	for _, value := range values[:given] {
		text += " " + percentText(value) + "%"
	}
	return text
}

// kindWords are the matches without a value.
func kindWords(rule abi.Rule) []string {
	family, prefixes := uint32(0), rule.Asks&(abi.AsksFrom|abi.AsksTo) != 0
	switch kinds := rule.Kinds; {
	case kinds&(abi.KindICMP|abi.KindICMP6) != 0, prefixes:
		family = kinds & abi.KindARP
	default:
		family = kinds & (abi.KindARP | abi.KindIP | abi.KindIP6)
	}
	protocol := rule.Kinds & (abi.KindTCP | abi.KindUDP | abi.KindICMP | abi.KindICMP6 | abi.KindND | abi.KindSYN)
	if protocol&abi.KindND != 0 {
		protocol &^= abi.KindICMP6
	}
	var words []string
	for _, kind := range []struct {
		bit  uint32
		word string
	}{
		{abi.KindARP, "arp"}, {abi.KindIP, "ip"}, {abi.KindIP6, "ip6"}, {abi.KindTCP, "tcp"}, {abi.KindUDP, "udp"},
		{abi.KindICMP, "icmp"}, {abi.KindICMP6, "icmp6"}, {abi.KindND, "nd"}, {abi.KindSYN, "syn"},
	} {
		if (family|protocol)&kind.bit != 0 {
			words = append(words, kind.word)
		}
	}
	return words
}

// valueWords are the matches with a value.
func valueWords(rule abi.Rule) []string {
	var words []string
	add := func(format string, values ...any) { words = append(words, fmt.Sprintf(format, values...)) }
	isIPv4 := rule.Kinds&abi.KindIP != 0
	if rule.Asks&abi.AsksProtocol != 0 {
		add("proto %d", rule.Protocol)
	}
	if rule.Kinds&abi.KindPorts != 0 {
		words = append(words, portWords(rule)...)
	}
	if rule.Asks&abi.AsksFrom != 0 {
		add("from %s", prefixText(rule.From, isIPv4))
	}
	if rule.Asks&abi.AsksTo != 0 {
		add("to %s", prefixText(rule.To, isIPv4))
	}
	if rule.LengthFirst > 0 || rule.LengthLast < math.MaxUint32 {
		add("len %s", rangeText(uint64(rule.LengthFirst), uint64(rule.LengthLast)))
	}
	return words
}

// portWords leave out a range of all ports, unless it is the only word that asks for ports at all.
func portWords(rule abi.Rule) []string {
	var words []string
	if rule.SportFirst > 0 || rule.SportLast < math.MaxUint16 {
		words = append(words, "sport "+rangeText(uint64(rule.SportFirst), uint64(rule.SportLast)))
	}
	if rule.DportFirst > 0 || rule.DportLast < math.MaxUint16 || len(words) == 0 {
		words = append(words, "dport "+rangeText(uint64(rule.DportFirst), uint64(rule.DportLast)))
	}
	return words
}

func rangeText(first, last uint64) string {
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d-%d", first, last)
}
