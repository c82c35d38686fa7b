// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"

	"dilih/bpf/abi"
)

const (
	// maxWait is the horizon of fq in ns: it drops what would have to wait longer.
	maxWait = 10e9
	// furthestNormal is how many standard deviations the furthest draw of a normal jitter may be out.
	furthestNormal = 6
)

// delay reads a time, and how much it varies.
func (p *parser) delay() (err error) {
	at := p.peek()
	if p.rule.Delay, err = p.wait("the delay", "without a delay no packet waits"); err != nil {
		return err
	}
	switch next := p.peek(); {
	case next.text == "jitter":
		p.take()
		return p.jitter(at)
	case isNumber(next):
		return p.fail(next, "a delay is one time, and its jitter says by how much it varies", "expected, for example: delay 40ms jitter 10ms")
	}
	return nil
}

// jitter reads by how much the delay varies, and how. delay is where the time of that stands.
func (p *parser) jitter(delay word) (err error) {
	at := p.peek()
	if p.rule.Jitter, err = p.wait("the jitter", "without a jitter the delay is the same for every packet"); err != nil {
		return err
	}
	if p.rule.Jitter > p.rule.Delay {
		return p.fail(at, fmt.Sprintf("a delay of %s cannot vary by %s: no packet leaves before it came", delay.text, at.text),
			"nearest: jitter "+times.text(p.rule.Delay))
	}
	if p.peek().text == "normal" {
		p.take()
		p.rule.Distribution = abi.DistributionNormal
	}
	return nil
}

// wait reads a time that packets wait for. nothing is why there has to be some.
func (p *parser) wait(of, nothing string) (uint64, error) {
	w := p.peek()
	time, err := p.measured(of, times)
	switch {
	case err != nil:
		return 0, err
	case time == 0:
		return 0, p.fail(w, nothing, "nearest: leave it out, or "+times.text(1))
	case time > maxWait:
		return 0, p.fail(w, w.text+" is too long: "+horizon, "nearest: "+times.text(maxWait))
	}
	return time, nil
}

var horizon = "fq, in which packets wait, drops those that would have to wait for more than " + times.text(maxWait)

// checkWait fails if a packet could have to wait too long for all reasons together.
func (p *parser) checkWait(typed map[string]word) error {
	longest, sum := longestWait(p.rule)
	if longest <= maxWait {
		return nil
	}
	help := sum + " may be " + times.text(maxWait) + " at most"
	if excess := longest - maxWait; p.rule.Delay > excess && p.rule.Delay-excess >= p.rule.Jitter {
		help = "nearest: delay " + times.text(p.rule.Delay-excess) + " (" + help + ")"
	}
	return p.fail(typed["delay"], "a packet could have to wait for "+times.text(longest)+": "+horizon, help)
}

// longestWait is for how long a packet can have to wait, in ns. sum says of what that is the sum.
func longestWait(rule abi.Rule) (longest uint64, sum string) {
	longest, sum = rule.Delay, "delay"
	switch {
	case rule.Distribution == abi.DistributionNormal:
		longest, sum = longest+furthestNormal*rule.Jitter, fmt.Sprintf("delay + %d x jitter", furthestNormal)
	case rule.Jitter > 0:
		longest, sum = longest+rule.Jitter, "delay + jitter"
	}
	if rule.Rate > 0 {
		longest, sum = longest+rule.Queue, sum+" + queue"
	}
	return longest, sum
}
