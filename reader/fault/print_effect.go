// SPDX-License-Identifier: MIT

package fault

import (
	"strings"

	"dilih/bpf/abi"
)

// effectText prints what the fault does to its packets.
func (f Fault) effectText() string {
	var words []string
	if f.rule.Action == abi.ActionDrop {
		words = []string{"drop", processText(f.rule)}
	}
	words = append(words, delayWords(f.rule)...)
	if f.rule.Rate > 0 {
		words = append(words, "rate", rates.text(f.rule.Rate))
		if f.rule.Queue != usualQueue {
			words = append(words, "queue", times.text(f.rule.Queue))
		}
	}
	if f.rule.Duplicate > 0 {
		words = append(words, "duplicate", percentText(f.rule.Duplicate)+"%")
	}
	if len(words) == 0 {
		return "pass"
	}
	return strings.Join(words, " ")
}

func delayWords(rule abi.Rule) []string {
	if rule.Delay == 0 {
		return nil
	}
	words := []string{"delay", times.text(rule.Delay)}
	if rule.Jitter > 0 {
		words = append(words, "jitter", times.text(rule.Jitter))
	}
	if rule.Distribution == abi.DistributionNormal {
		words = append(words, "normal")
	}
	return words
}
