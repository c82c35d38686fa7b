// SPDX-License-Identifier: MIT

package pcap

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gopacket/gopacket/pcapgo"

	"dilih/bpf/abi"
	"dilih/reader/tally"
)

// verdicts are what a program told the kernel to do with a packet.
type verdicts struct {
	by         pcapgo.NgEpbVerdictType
	lost, kept uint64 // as the kernel numbers them
}

var (
	toldXDP = verdicts{pcapgo.NgEpbVerdictTypeLinuxeBPFXDP, 1, 2}             // XDP_DROP, XDP_PASS
	toldTC  = verdicts{pcapgo.NgEpbVerdictTypeLinuxeBPFTC, 4, math.MaxUint64} // TC_ACT_STOLEN, TC_ACT_UNSPEC: -1
)

// comments knows what to write beside a packet: the fault that dropped it and what became of it. Those
// of the set before stay known, for its last packets.
type comments struct {
	generation uint32
	entries    map[uint16]pcapgo.NgPacketOptions // by entry of the rules map
}

func newComments() *comments {
	return &comments{entries: make(map[uint16]pcapgo.NgPacketOptions)}
}

// options are what to write beside a packet that the fault in this entry dropped.
func (c *comments) options(entry uint16) pcapgo.NgPacketOptions {
	if known, ok := c.entries[entry]; ok {
		return known
	}
	return pcapgo.NgPacketOptions{Comments: []string{fmt.Sprintf("rule %d", entry%abi.MaxRules+1)}}
}

// catchUp prepares for the packets from the last snapshot to this one. If more than one set of faults
// came in between, an entry may have been two different faults meanwhile: then it is better to say
// nothing.
func (c *comments) catchUp(s tally.Snapshot) {
	if s.Generation-c.generation > 1 {
		c.forget()
		return
	}
	c.learn(s)
}

func (c *comments) forget() { clear(c.entries) }

// learn takes over the faults in force.
func (c *comments) learn(s tally.Snapshot) {
	c.generation = s.Generation
	for _, rule := range s.Rules {
		c.entries[rule.Entry] = describe(rule, s.Arriving, s.Shadow)
	}
}

// describe says of a packet that the rule dropped which rule that was, and what the kernel was told. arriving is where
// what arrives is decided.
func describe(rule tally.Rule, arriving abi.Hook, shadow bool) pcapgo.NgPacketOptions {
	text := rule.Text
	if !rule.Drops {
		text += " (the queue was full)"
	}
	if shadow {
		text += " (shadow: it passed all the same)"
	}
	options := pcapgo.NgPacketOptions{Comments: []string{text}}
	switch {
	case rule.Way == abi.DirectionOut, rule.Way == abi.DirectionIn && arriving == abi.HookTCIn:
		options.Verdicts = []pcapgo.NgEpbVerdict{toldTC.option(shadow)}
	case rule.Way == abi.DirectionIn: // of a rule that is not understood, it may be anything
		options.Verdicts = []pcapgo.NgEpbVerdict{toldXDP.option(shadow)}
	}
	return options
}

func (v verdicts) option(shadow bool) pcapgo.NgEpbVerdict {
	verdict := v.lost
	if shadow {
		verdict = v.kept
	}
	return pcapgo.NgEpbVerdict{Type: v.by, Data: binary.LittleEndian.AppendUint64(nil, verdict)}
}
