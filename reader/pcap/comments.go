// SPDX-License-Identifier: MIT

package pcap

import (
	"encoding/binary"
	"fmt"

	"github.com/gopacket/gopacket/pcapgo"

	"dilih/bpf/abi"
	"dilih/reader/tally"
)

// What XDP did with a packet, as the kernel numbers it.
const (
	xdpDrop = 1
	xdpPass = 2
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
		c.entries[rule.Entry] = describe(rule.Text, s.Shadow)
	}
}

func describe(text string, shadow bool) pcapgo.NgPacketOptions {
	action := uint64(xdpDrop)
	if shadow {
		action = xdpPass
		text += " (shadow: it passed all the same)"
	}
	verdict := pcapgo.NgEpbVerdict{
		Type: pcapgo.NgEpbVerdictTypeLinuxeBPFXDP,
		Data: binary.LittleEndian.AppendUint64(nil, action),
	}
	return pcapgo.NgPacketOptions{Comments: []string{text}, Verdicts: []pcapgo.NgEpbVerdict{verdict}}
}
