// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"encoding/binary"
	"slices"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/bpf/model"
)

// Verdicts of tc.
const (
	tcUnspec = -1
	tcOK     = 0
	tcStolen = 4
)

// hookCase is how packets of the one table come to a hook.
type hookCase struct {
	name     string
	hook     abi.Hook
	lost     uint32                    // its verdict
	least    func([]byte) int          // bytes that BPF_PROG_TEST_RUN takes of such a one
	carries  func(frame []byte) []byte // what it gets of an Ethernet frame, nil: never such a one
	classify func([]byte) model.Packet
}

var hookCases = []hookCase{
	{"xdp", abi.HookXDP, xdpDrop, leastOfXDP, slices.Clone[[]byte], model.Classify},
	{"xdp on an L3 device", abi.HookXDPL3, xdpDrop, leastOfXDP, withoutEthernet, model.ClassifyL3},
	{"tc in", abi.HookTCIn, tcStolen, leastOfTC, slices.Clone[[]byte], model.Classify},
	{"tc into an L3 device", abi.HookTCInL3, tcStolen, leastOfTC, withoutEthernet, model.ClassifyL3},
	{"tc out", abi.HookTCOut, tcStolen, leastOfTC, slices.Clone[[]byte], model.Classify},
	{"tc out of an L3 device", abi.HookTCOutL3, tcStolen, leastOfTC, withoutEthernet, model.ClassifyL3},
}

// decideAt has the hook decide from the next Put on. tc_in decides about packets that XDP has not marked, and so does it
// of those in BPF_PROG_TEST_RUN.
func decideAt(loaded *kerneltest.Loaded, hook abi.Hook) {
	loaded.Marking = hook == abi.HookTCIn || hook == abi.HookTCInL3
}

// withoutEthernet is what a frame carries, if that is IP and not after a VLAN tag.
func withoutEthernet(frame []byte) []byte {
	switch binary.BigEndian.Uint16(frame[12:]) {
	case 0x0800, 0x86dd:
		if len(frame) >= 14+14 {
			return slices.Clone(frame[14:])
		}
	}
	return nil
}

func leastOfXDP([]byte) int { return 14 }

// leastOfTC is as Linux 6.18 has it: what calls itself IP has to have that header.
func leastOfTC(frame []byte) int {
	switch binary.BigEndian.Uint16(frame[12:]) {
	case 0x0800:
		return 14 + 20
	case 0x86dd:
		return 14 + 40
	}
	return 15
}
