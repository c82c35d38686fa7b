// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"dilih/bpf/abi"
)

// Words that belong to a process, for suggestions.
var processWords = []string{"burst", "gemodel", "every", "first", "of"}

// isProcess says whether w would begin a process.
func isProcess(w word) bool {
	switch w.text {
	case "burst", "gemodel", "every", "first", "of":
		return true
	}
	return isNumber(w)
}

// isNumber says whether w looks like a number or a percentage, well written or not.
func isNumber(w word) bool {
	digits := strings.TrimLeft(w.text, "+-.%")
	return w.text != "" && (digits == "" || digits[0] >= '0' && digits[0] <= '9')
}

// process reads what stands between drop and the matches.
func (p *parser) process() error {
	switch w := p.peek(); {
	case w.text == "gemodel":
		return p.gemodel()
	case w.text == "every", w.text == "first":
		return p.count()
	case w.text == "burst", w.text == "of":
		return p.fail(w, fmt.Sprintf("%q needs a percentage in front of it", w.text),
			"expected, for example: drop 1% burst 4, or drop 5% of flows")
	case isNumber(w):
		return p.share()
	}
	p.rule.Good = abi.One
	return nil
}

// share reads a percentage and what it is a share of.
func (p *parser) share() error {
	at := p.peek()
	if nearest := meantShare(p.words[p.next:]); nearest != "" {
		return p.fail(at, "a share is a percentage, and a count comes after every or first", nearest)
	}
	loss, err := p.percent("the loss")
	if err != nil {
		return err
	}
	switch p.peek().text {
	case "burst":
		return p.burst(at, loss)
	case "of":
		p.take()
		switch w := p.take(); w.text {
		case "flows":
		case "packets", "traffic":
			return p.fail(w, "a percentage is of the packets that match", "nearest: leave out of "+w.text)
		default:
			return p.unexpected(w, `"flows", as in: drop 5% of flows`, "flows")
		}
		p.rule.Process, p.rule.Scope = abi.ProcessFlows, abi.ScopeFlow
	}
	p.rule.Good = loss
	return nil
}

// burst reads the mean length of bursts. at is where the mean loss stands.
func (p *parser) burst(at word, loss uint64) error {
	p.take()
	w := p.take()
	r, ok := fixedInverse(w.text)
	switch numerator, denominator, _ := fraction(w.text); {
	case numerator == nil:
		return p.unexpectedValue(w, "the mean number of packets in a burst, 1 or more, as in: drop 1% burst 4", meantNumber(w.text, ""))
	case numerator.Cmp(denominator) < 0:
		return p.fail(w, "a burst has at least one packet", "nearest: burst 1")
	case !ok || r < coarsest:
		return p.fail(w, "bursts that long cannot be drawn (resolution 2^-32)",
			fmt.Sprintf("nearest: burst %d", abi.One/coarsest))
	}
	start, possible := burstStart(loss, r)
	if !possible {
		return p.fail(at, fmt.Sprintf("%s dropped in bursts of %s is impossible: the gaps between bursts would be shorter than a packet",
			at.text, w.text), "nearest: "+nearestBursts(loss, r))
	}
	if start < coarsest && loss != 0 {
		return p.fail(at, fmt.Sprintf("%s dropped in bursts of %s is too rare to draw (resolution 2^-32)", at.text, w.text),
			fmt.Sprintf("nearest: drop %s%% burst %s", percentText(rarestBurst(r)), w.text))
	}
	p.rule.Process = abi.ProcessBurst
	p.rule.P, p.rule.R, p.rule.Bad, p.rule.Start = start, r, abi.One, loss
	return nil
}

// gemodel reads one to four percentages; netem's defaults stand for those left out.
func (p *parser) gemodel() error {
	p.take()
	names := [...]string{"p, good to bad", "r, bad to good", "1-h, the loss when bad", "1-k, the loss when good"}
	var values []uint64
	for _, name := range names {
		if len(values) > 0 && !isNumber(p.peek()) {
			break
		}
		value, err := p.percent(name)
		if err != nil {
			return err
		}
		values = append(values, value)
	}
	defaults := gemodelDefaults(values[0])
	values = append(values, defaults[len(values):]...)
	p.rule.Process = abi.ProcessGEModel
	p.rule.P, p.rule.R, p.rule.Bad, p.rule.Good = values[0], values[1], values[2], values[3]
	return nil
}

// gemodelDefaults are netem's parameters if only p is given.
func gemodelDefaults(p uint64) [4]uint64 {
	return [4]uint64{p, abi.One - p, abi.One, 0}
}

// maxPeriod is what still fits beside the flags of a chain word.
const maxPeriod = math.MaxUint64 >> abi.ChainShift

// count reads every N or first N.
func (p *parser) count() error {
	kind := p.take()
	process, zero := abi.ProcessEvery, "every 1, which drops all"
	if kind.text == "first" {
		process, zero = abi.ProcessFirst, "first 1"
	}
	w := p.take()
	n, err := strconv.ParseUint(w.text, 10, 64)
	switch {
	case err != nil && !isNumber(w):
		return p.unexpected(w, fmt.Sprintf("a number of packets, as in: drop %s 10", kind.text))
	case err != nil || n > maxPeriod:
		return p.fail(w, fmt.Sprintf("%q is not a number of packets", w.text),
			fmt.Sprintf("expected a whole number from 1 to %d", uint64(maxPeriod)))
	case n == 0:
		return p.fail(w, kind.text+" 0 means nothing", "nearest: "+zero)
	}
	p.rule.Process, p.rule.Scope, p.rule.Period = process, abi.ScopeAll, n
	return nil
}

// percent reads a percentage. what says in errors which one.
func (p *parser) percent(what string) (uint64, error) {
	w := p.take()
	number, signed := strings.CutSuffix(w.text, "%")
	numerator, denominator, ok := fraction(number)
	switch {
	case !ok:
		return 0, p.unexpectedValue(w, what+": a percentage, as 5% or 0.01%", meantPercentage(w.text))
	case !signed:
		return 0, p.fail(w, "a percentage needs its sign", "did you mean "+asPercentage(number)+"?")
	}
	all := numerator.Cmp(denominator.Mul(denominator, hundred))
	value, _ := fixedPercent(number)
	switch {
	case all > 0:
		return 0, p.fail(w, w.text+" is more than 100%", "nearest: 100%")
	case value == 0 && numerator.Sign() != 0:
		return 0, p.fail(w, w.text+" is too little to draw (resolution 2^-32)", "nearest: 0%, or "+percentText(1)+"%")
	case value == abi.One && all != 0:
		return 0, p.fail(w, w.text+" is too close to 100% (resolution 2^-32)", "nearest: 100%, or "+percentText(abi.One-1)+"%")
	}
	return value, nil
}
