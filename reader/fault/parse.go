// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"slices"

	"dilih/bpf/abi"
)

// Parse reads faults, one a line or between semicolons; # begins a comment. name says in errors
// where the text is from. The error is a *SyntaxError.
func Parse(name, text string) ([]Fault, error) {
	faults, err := parse(name, text, "faults", MaxFaults, (*parser).fault)
	if err == nil && len(faults) == 0 {
		return nil, &SyntaxError{Name: name, Line: 1, Column: 1, Problem: "no fault in it",
			Help: "expected a line such as: drop 50%"}
	}
	return faults, err
}

// ParseGuards reads guards, which are matches only: what always passes, before any other fault. No
// text is no guards. The error is a *SyntaxError.
func ParseGuards(text string) ([]Fault, error) {
	return parseGuards("guard", text)
}

func parseGuards(name, text string) ([]Fault, error) {
	return parse(name, text, "guards", MaxGuards, (*parser).guard)
}

// parse reads at most limit of what is called so.
func parse(name, text, called string, limit int, read func(*parser) ([]Fault, error)) ([]Fault, error) {
	lines, statements := split(text)
	var faults []Fault
	var tooMany *parser // the first that is too many
	for _, words := range statements {
		p := &parser{name: name, lines: lines, words: words}
		found, err := read(p)
		if err != nil {
			return nil, err
		}
		faults = append(faults, found...)
		if tooMany == nil && len(faults) > limit {
			tooMany = p
		}
	}
	if tooMany != nil {
		help := fmt.Sprintf("at most %d fit: leave out %d", limit, len(faults)-limit)
		if len(faults) > len(statements) {
			help += " (a preset is two faults)"
		}
		return nil, tooMany.fail(tooMany.words[0], fmt.Sprintf("%d %s are too many", len(faults), called), help)
	}
	return faults, nil
}

// parser reads the words of one fault into a rule.
type parser struct {
	name  string
	lines []string
	words []word
	next  int // of words
	rule  abi.Rule
	seen  []match // so far
	scope string  // so far, as typed

	length   word // where the length that is asked for stands
	isPreset bool
}

// peek is the next word, or the end.
func (p *parser) peek() word {
	if p.next < len(p.words) {
		return p.words[p.next]
	}
	return p.words[len(p.words)-1].after()
}

// take is peek, and goes on.
func (p *parser) take() word {
	w := p.peek()
	p.next++
	return w
}

// fail makes the error that points at w.
func (p *parser) fail(w word, problem, help string) error {
	return &SyntaxError{
		Name: p.name, Line: w.line + 1, Column: w.column + 1,
		Text: p.lines[w.line], Word: w.text, Problem: problem, Help: help,
	}
}

// unexpected fails for a word that is not what was expected, and suggests one of candidates.
func (p *parser) unexpected(w word, expected string, candidates ...string) error {
	return p.unexpectedValue(w, expected, hint(w.text, p.behind(w), candidates))
}

// unexpectedValue is unexpected with a hint of its own, or none.
func (p *parser) unexpectedValue(w word, expected, hint string) error {
	problem := fmt.Sprintf("unexpected %.40q", w.text) // the line below shows it, too
	if w.text == "" {
		problem = "the fault ends too early"
	}
	help := "expected " + expected
	if hint != "" {
		help += "\n" + hint
	}
	return p.fail(w, problem, help)
}

// behind is the text of the word after w, or "".
func (p *parser) behind(w word) string {
	if at := slices.Index(p.words, w) + 1; at > 0 && at < len(p.words) {
		return p.words[at].text
	}
	return ""
}

// fault reads a fault, or a preset, which is two.
func (p *parser) fault() ([]Fault, error) {
	if p.peek().text == "preset" {
		return p.preset()
	}
	if err := p.effects(); err != nil {
		return nil, err
	}
	return p.one(p.matches())
}

// one is the fault that was read without an error.
func (p *parser) one(err error) ([]Fault, error) {
	if err != nil {
		return nil, err
	}
	return []Fault{{rule: p.rule}}, nil
}

func (p *parser) guard() ([]Fault, error) {
	p.rule = everything(abi.ActionPass)
	p.rule.Guard = 1
	w := p.peek()
	if _, isEffect := effectReaders[w.text]; isEffect || isProcess(w) {
		return nil, p.fail(w, "a guard is matches only, and always passes",
			"expected matches such as: tcp dport 6443")
	}
	return p.one(p.matches())
}
