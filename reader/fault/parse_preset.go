// SPDX-License-Identifier: MIT

package fault

import (
	"strings"

	"dilih/bpf/abi"
)

// preset reads what comes after the word preset, and gives the two faults that it stands for: the one for incoming
// packets, and the one for outgoing packets.
func (p *parser) preset() ([]Fault, error) {
	preset, err := p.presetName()
	if err != nil {
		return nil, err
	}
	p.rule, p.isPreset = everything(abi.ActionPass), true
	server := p.peek().text == "server"
	if server {
		p.take()
	} else {
		p.rule.Direction = abi.DirectionOut
	}
	if err := p.matches(); err != nil {
		return nil, err
	}
	given := Fault{rule: p.rule}
	if server {
		return Parse(p.name, preset.Up+" "+given.matchText()+"\n"+preset.Down+" "+given.answer().matchText())
	}
	return Parse(p.name, preset.Down+" "+given.answer().matchText()+"\n"+preset.Up+" "+given.matchText())
}

// presetName reads the name of a preset.
func (p *parser) presetName() (Preset, error) {
	p.take()
	w := p.take()
	preset, known := presetNamed(w.text)
	if !known {
		return Preset{}, p.unexpected(w, "the name of a preset, which dilih-reader presets prints", presetNames()...)
	}
	return preset, nil
}

// notOfPreset fails for a word that cannot stand beside a preset, which is not a match, or out.
func (p *parser) notOfPreset(w word) error {
	if w.text == "out" {
		return p.fail(w, "a preset is for both directions: its matches describe what a client sends, and the answers are matched as well",
			"nearest: leave out \"out\"; on a server, say server behind the name of the preset")
	}
	return p.fail(w, "a preset takes only matches, because its effects and their scope are published figures",
		"nearest: leave out "+w.text+", or write the two faults that dilih-reader presets prints")
}

// matchText prints the matches, out included.
func (f Fault) matchText() string {
	return strings.Join(matchWords(f.rule), " ")
}
