// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"dilih/bpf/abi"
)

// effectReaders read what comes after the word of an effect, which is what a fault does to its packets.
var effectReaders = map[string]func(*parser) error{
	"pass":      (*parser).pass,
	"drop":      (*parser).drop,
	"delay":     (*parser).delay,
	"rate":      (*parser).rate,
	"duplicate": (*parser).duplicate,
}

// effects reads what is done to packets, in any order, up to the matches.
func (p *parser) effects() error {
	p.rule = everything(abi.ActionPass)
	typed := map[string]word{}
	for {
		w := p.peek()
		read, known := effectReaders[w.text]
		if !known {
			break
		}
		if _, twice := typed[w.text]; twice {
			return p.fail(w, w.text+" is asked for twice", "nearest: leave one out")
		}
		typed[w.text] = p.take()
		if err := read(p); err != nil {
			return err
		}
	}
	if len(typed) == 0 {
		return p.noEffect()
	}
	return p.checkEffects(typed)
}

// noEffect fails for a fault that does not say what it does.
func (p *parser) noEffect() error {
	w := p.take()
	if example, belongs := effectParts[w.text]; belongs {
		return p.misplaced(w, example)
	}
	expected := "drop or pass, delay, rate, duplicate or preset, which every fault begins with"
	if whole := startOf(w.text); whole != "" {
		return p.unexpected(w, expected+"\ndid you mean "+whole+"?")
	}
	return p.unexpected(w, expected, append(slices.Sorted(maps.Keys(effectReaders)), "preset")...)
}

// startOf is how a fault begins that somebody began with this number or match, or "".
func startOf(typed string) string {
	if number, signed := strings.CutSuffix(typed, "%"); decimal.MatchString(number) && len(number) < 20 {
		if signed {
			return "drop " + typed
		}
		return "drop " + asPercentage(number)
	}
	if parts := numberAndUnit.FindStringSubmatch(typed); parts != nil && len(typed) < 20 && decimal.MatchString(parts[1]) {
		if _, isTime := times.size(parts[2]); isTime {
			return "delay " + typed
		}
		if _, isRate := rates.size(parts[2]); isRate {
			return "rate " + typed
		}
	}
	if _, isPreset := presetNamed(typed); isPreset {
		return "preset " + typed
	}
	for _, match := range []string{typed, meant[typed]} {
		match, _, _ := strings.Cut(match, " ")
		if _, known := vocabulary[match]; known || match == "out" {
			return "drop 5% " + match
		}
	}
	return ""
}

// effectParts are words that stand inside of an effect, each with an example of it.
var effectParts = map[string]string{
	"jitter": "delay 40ms jitter 10ms",
	"normal": "delay 40ms jitter 10ms normal",
	"queue":  "rate 10mbit queue 50ms",
}

// misplaced fails for such a word anywhere else.
func (p *parser) misplaced(w word, example string) error {
	return p.fail(w, fmt.Sprintf("%q has to come directly after what it belongs to", w.text), "expected, for example: "+example)
}

// checkEffects fails for effects that do not go together. typed is where the word of each stands.
func (p *parser) checkEffects(typed map[string]word) error {
	pass, passes := typed["pass"]
	switch {
	case passes && len(typed) > 1:
		return p.fail(pass, "pass does nothing to a packet, so it takes no other effect", "nearest: "+(Fault{rule: p.rule}).effectText())
	case dropsAll(p.rule) && len(typed) > 1:
		rest := p.rule
		rest.Action, rest.Good = abi.ActionPass, 0
		return p.fail(typed["drop"], "this drops every packet, so no other effect is possible",
			fmt.Sprintf("nearest: drop 100%%, or %s, or both with another share to drop", Fault{rule: rest}.effectText()))
	}
	return p.checkWait(typed)
}

// dropsAll says whether the rule drops each packet that matches.
func dropsAll(rule abi.Rule) bool {
	return rule.Action == abi.ActionDrop && rule.Process == abi.ProcessIndependent && rule.Good == abi.One
}

func (p *parser) pass() error {
	if w := p.peek(); isProcess(w) {
		return p.fail(w, "pass takes no loss: it lets every packet through that matches",
			"nearest: pass, or drop with the share to drop, as drop 5%")
	}
	return nil
}

func (p *parser) drop() error {
	p.rule.Action = abi.ActionDrop
	return p.process()
}

func (p *parser) duplicate() (err error) {
	p.rule.Duplicate, err = p.percent("the share to duplicate")
	return err
}

// draws says whether the fault needs a number for each packet, or shares something among them.
func draws(rule abi.Rule) bool {
	return rule.Action == abi.ActionDrop || rule.Jitter|rule.Rate|rule.Duplicate != 0
}
