// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"dilih/bpf/abi"
)

const matchesExpected = `a match, "per flow", "per peer", "overall", or the end of the fault
matches: out, arp nd ip ip6 tcp udp icmp icmp6 syn, proto N, sport or dport PORTS,
         from or to PREFIX, len RANGE`

// matches reads the matches and the scope, in any order, to the end of the fault.
func (p *parser) matches() error {
	for p.next < len(p.words) {
		w := p.take()
		var err error
		switch m, known := vocabulary[w.text]; {
		case known:
			err = p.match(w, m)
		case p.isPreset && (w.text == "out" || w.text == "per" || w.text == "overall"):
			err = p.notOfPreset(w)
		case w.text == "out":
			err = p.out(w)
		case w.text == "per", w.text == "overall":
			err = p.scopeOf(w)
		default:
			err = p.noMatch(w)
		}
		if err != nil {
			return err
		}
	}
	p.dropImplied()
	return p.checkLength(p.length)
}

// noMatch fails for a word that is neither a match nor of a scope.
func (p *parser) noMatch(w word) error {
	_, isEffect := effectReaders[w.text]
	example, belongs := effectParts[w.text]
	switch {
	case isPortBehind(w, p.seen):
		return p.fail(w, fmt.Sprintf("%q belongs to no word", w.text), "nearest: leave it out, or write a fault for each port")
	case explain(w.text) != "" && isNumber(w):
		return p.unexpected(w, matchesExpected)
	case p.isPreset && (isEffect || belongs || isProcess(w)):
		return p.notOfPreset(w)
	case w.text == "preset":
		return p.fail(w, "a preset is a line of its own: it stands for two faults", "expected, for example: preset 3g tcp dport 443")
	case isProcess(w):
		return p.fail(w, fmt.Sprintf("%q is too late here: the loss comes directly after drop, and once", w.text),
			"expected, for example: drop 1% burst 4 udp dport 5004")
	case isEffect:
		return p.fail(w, w.text+" is too late here: what is done to packets comes before the matches",
			"expected, for example: drop 1% delay 40ms udp dport 5004")
	case belongs:
		return p.misplaced(w, example)
	}
	words := slices.Concat([]string{"out", "per", "overall"}, slices.Sorted(maps.Keys(vocabulary)), processWords,
		slices.Sorted(maps.Keys(effectReaders)), slices.Sorted(maps.Keys(effectParts)))
	return p.unexpected(w, matchesExpected, words...)
}

// isPortBehind reports whether w is a number that follows a port.
func isPortBehind(w word, seen []match) bool {
	return len(seen) > 0 && decimal.MatchString(w.text) && strings.Contains(seen[len(seen)-1].text, "port ")
}

// match reads what belongs to the word w, and adds it to the rule if it can be met.
func (p *parser) match(w word, m match) error {
	start := p.next
	if err := p.value(w, &m); err != nil {
		return err
	}
	texts := []string{w.text}
	for _, value := range p.words[start:p.next] {
		texts = append(texts, value.text)
	}
	m.text = strings.Join(texts, " ")
	for _, earlier := range p.seen {
		if name, _, _ := strings.Cut(earlier.text, " "); name == w.text {
			return p.fail(w, w.text+" is asked for twice", "a packet must meet all matches: leave one out")
		}
		if m.excludes(earlier) {
			return p.fail(w, fmt.Sprintf("no packet is both %q (%s) and %q (%s)", earlier.text, earlier.of, m.text, m.of),
				"nearest: leave out one of them, or write two faults")
		}
	}
	p.seen = append(p.seen, m)
	p.rule.Kinds |= m.kinds
	return nil
}

// value reads what follows the word of a match, if something does.
func (p *parser) value(w word, m *match) (err error) {
	switch w.text {
	case "proto":
		number, n := p.peek(), uint32(0)
		if n, _, err = p.numbers(w, math.MaxUint8, false); err != nil {
			return err
		}
		p.rule.Protocol, p.rule.Asks = uint8(n), p.rule.Asks|abi.AsksProtocol
		err = p.protocolOf(number, n, m)
	case "sport":
		var first, last uint32
		first, last, err = p.numbers(w, math.MaxUint16, true)
		p.rule.SportFirst, p.rule.SportLast = uint16(first), uint16(last)
	case "dport":
		var first, last uint32
		first, last, err = p.numbers(w, math.MaxUint16, true)
		p.rule.DportFirst, p.rule.DportLast = uint16(first), uint16(last)
	case "len":
		p.length = p.peek()
		p.rule.LengthFirst, p.rule.LengthLast, err = p.numbers(w, math.MaxUint32, true)
	case "from":
		p.rule.Asks |= abi.AsksFrom
		p.rule.From, err = p.prefix(w, m)
	case "to":
		p.rule.Asks |= abi.AsksTo
		p.rule.To, err = p.prefix(w, m)
	}
	return err
}

// numbers reads N, or N-M where ranges are allowed. of is the match they belong to.
func (p *parser) numbers(of word, most uint64, ranges bool) (first, last uint32, err error) {
	w := p.take()
	low, high, isRange := strings.Cut(w.text, "-")
	expected := fmt.Sprintf("a number from 0 to %d", most)
	if ranges {
		expected += ", or a range as 10-20"
	}
	if !isRange {
		high = low
	}
	a, errLow := strconv.ParseUint(low, 10, 64)
	b, errHigh := strconv.ParseUint(high, 10, 64)
	switch {
	case (errLow != nil || errHigh != nil) && ranges:
		return 0, 0, p.unexpectedValue(w, expected, meantNumbers(w.text, of.text, most))
	case errLow != nil, errHigh != nil, isRange && !ranges:
		return 0, 0, p.unexpectedValue(w, expected, meantProtocol(w.text))
	case a > most, b > most:
		return 0, 0, p.fail(w, fmt.Sprintf("%s of %s is too large", w.text, of.text), "expected "+expected)
	case a > b:
		return 0, 0, p.fail(w, "the first number of the range is larger than the second", fmt.Sprintf("nearest: %s %d-%d", of.text, b, a))
	}
	return uint32(a), uint32(b), nil
}

// out says that the fault is for what leaves.
func (p *parser) out(w word) error {
	if p.rule.Direction == abi.DirectionOut {
		return p.fail(w, "out is asked for twice", "nearest: leave one out")
	}
	p.rule.Direction = abi.DirectionOut
	return nil
}

// scopes are whose packets make up a sequence, by what people call it.
var scopes = map[string]abi.Scope{"per flow": abi.ScopeFlow, "per peer": abi.ScopePeer, "overall": abi.ScopeAll}

// scopeOf reads the scope that begins with w.
func (p *parser) scopeOf(w word) error {
	text := w.text
	if text == "per" {
		of := p.take()
		if of.text != "flow" && of.text != "peer" {
			return p.unexpected(of, `"flow" or "peer", as in: drop 10% per flow`, "flow", "peer")
		}
		text += " " + of.text
	}
	switch {
	case !draws(p.rule) && p.rule.Delay > 0:
		return p.fail(w, "a constant delay is the same for every packet, whatever the scope", "nearest: leave out "+text)
	case !draws(p.rule):
		return p.fail(w, "pass picks no packets, so it takes no "+text, "nearest: leave out "+text)
	case p.rule.Process == abi.ProcessFlows:
		return p.fail(w, "of flows is per flow already: all packets of a flow are dropped, or none", "nearest: leave out "+text)
	case p.scope == text:
		return p.fail(w, text+" is asked for twice", "nearest: leave one out")
	case p.scope != "":
		return p.fail(w, fmt.Sprintf("a fault has one scope: %s or %s", p.scope, text), "nearest: leave one out")
	}
	p.scope, p.rule.Scope = text, scopes[text]
	return nil
}

// dropImplied gives rules that ask for the same one form: tcp proto 6 is tcp.
func (p *parser) dropImplied() {
	const named = abi.KindTCP | abi.KindUDP | abi.KindICMP | abi.KindICMP6
	if p.rule.Asks&abi.AsksProtocol != 0 && p.rule.Kinds&named != 0 {
		p.rule.Asks &^= abi.AsksProtocol
		p.rule.Kinds &^= abi.KindProtocol
		p.rule.Protocol = 0
	}
}
