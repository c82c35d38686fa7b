// SPDX-License-Identifier: MIT

package fault

import (
	"strconv"

	"dilih/bpf/abi"
)

// Loss is the mean share of the matching packets that the fault asks to drop, in the long run. ok
// is false where the packets themselves have no such share: of flows, first N, pass, and processes
// per flow or peer that begin unlike they go on, so that flows being short or long decides.
func (f Fault) Loss() (share float64, ok bool) {
	switch {
	case f.rule.Action != abi.ActionDrop, f.rule.Process == abi.ProcessFirst, f.rule.Process == abi.ProcessFlows:
		return 0, false
	case (f.rule.Scope == abi.ScopeFlow || f.rule.Scope == abi.ScopePeer) && (f.rule.Process == abi.ProcessEvery || f.rule.Process == abi.ProcessGEModel):
		return 0, false
	case f.rule.Process == abi.ProcessEvery:
		return 1 / float64(f.rule.Period), true
	case f.rule.Process == abi.ProcessBurst:
		return probability(f.rule.Start), true
	}
	return f.gilbert().loss(), true
}

// Burst is the mean number of packets dropped in a row that the fault asks for. An independent loss P
// implies 1/(1-P). ok is false where Loss has no answer, or losses never end.
func (f Fault) Burst() (packets float64, ok bool) {
	loss, ok := f.Loss()
	switch {
	case !ok, loss == 0, loss == 1:
		return 0, false
	case f.rule.Process == abi.ProcessEvery:
		return 1, true
	case f.rule.Process == abi.ProcessBurst:
		packets, err := strconv.ParseFloat(inverseText(f.rule.R), 64)
		return packets, err == nil
	}
	ends := loss - f.gilbert().lossPairs()
	return loss / ends, ends > 0
}

// correlation is that of the state of a burst or gemodel chain from packet to packet, 1-p-r; 0 for
// other processes.
func (f Fault) correlation() float64 {
	if f.rule.Process != abi.ProcessBurst && f.rule.Process != abi.ProcessGEModel {
		return 0
	}
	g := f.gilbert()
	return 1 - g.p - g.r
}

// VarianceFactor is by how much correlation widens the variance of an observed loss, compared to as
// many independent packets: (1+ρ)/(1-ρ) for bursts, 1 for independent losses.
func (f Fault) VarianceFactor() float64 {
	g, rho := f.gilbert(), f.correlation()
	loss, bad := g.loss(), g.inBad()
	if rho == 0 || bad == 0 || bad == 1 || loss == 0 || loss == 1 {
		return 1
	}
	states := (g.lossBad - g.lossGood) * (g.lossBad - g.lossGood) * bad * (1 - bad) / (loss * (1 - loss))
	return 1 + 2*states*rho/(1-rho)
}

// gilbert is a Gilbert-Elliott chain in probabilities.
type gilbert struct{ p, r, lossBad, lossGood float64 }

func (f Fault) gilbert() gilbert {
	return gilbert{probability(f.rule.P), probability(f.rule.R), probability(f.rule.Bad), probability(f.rule.Good)}
}

// inBad is the share of packets that meet the bad state, in the long run.
func (g gilbert) inBad() float64 {
	if g.p == 0 {
		return 0
	}
	return g.p / (g.p + g.r)
}

func (g gilbert) loss() float64 {
	return g.inBad()*g.lossBad + (1-g.inBad())*g.lossGood
}

// lossPairs is the probability that a packet and the next are both dropped.
func (g gilbert) lossPairs() float64 {
	afterBad := (1-g.r)*g.lossBad + g.r*g.lossGood
	afterGood := g.p*g.lossBad + (1-g.p)*g.lossGood
	return g.inBad()*g.lossBad*afterBad + (1-g.inBad())*g.lossGood*afterGood
}
