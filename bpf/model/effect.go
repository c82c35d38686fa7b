// SPDX-License-Identifier: MIT

package model

import (
	"time"

	"dilih/bpf/abi"
)

// Fate is what a rule does to a packet. A rate makes packets wait as well: that is a matter of when they
// come, and not modelled.
type Fate struct {
	Lost       bool // and then nothing else
	Delay      time.Duration
	Duplicated bool
}

// fate is that of the nth packet of the stream, if it is not lost. Its number comes from the complement of the
// key, so that it says nothing of those that losses are drawn with.
func (s *Stream) fate(n uint64) Fate {
	random := mix64(^s.key + (n+1)*gamma)
	return Fate{
		Delay:      time.Duration(delay(s.rule, random)),
		Duplicated: random&0xffffffff < s.rule.Duplicate,
	}
}

// delay is in ns. None of the products overflows in a rule of the fault language, by which nothing waits for
// more than 10 s: uniform jitter is 5 s at most, and normal jitter 10/7 s.
func delay(rule abi.Rule, random uint64) uint64 {
	switch {
	case rule.Jitter == 0:
		return rule.Delay
	case rule.Distribution == abi.DistributionNormal:
		return uint64(max(0, int64(rule.Delay)+int64(rule.Jitter)*normal(random)>>16))
	}
	// The 30 upper bits: duplicates are drawn with the lower ones.
	return rule.Delay - rule.Jitter + 2*rule.Jitter*(random>>34)>>30
}

// normal is nearly normally distributed, with a standard deviation of 1<<16, and never more than six of them away
// from 0: the sum of twelve uniform numbers (Irwin-Hall), less its mean.
func normal(random uint64) int64 {
	const mean = 12 * 0xffff / 2
	z := int64(-mean)
	for range 3 {
		random = mix64(random)
		for shift := 0; shift < 64; shift += 16 {
			z += int64(random >> shift & 0xffff)
		}
	}
	return z
}
