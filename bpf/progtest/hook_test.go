// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"encoding/binary"
	"slices"

	"dilih/bpf/abi"
	"dilih/bpf/model"
)

// hookCase is how packets of the one table come to a hook.
type hookCase struct {
	name     string
	hook     abi.Hook
	carries  func(frame []byte) []byte // what it gets of an Ethernet frame, nil: never such a one
	classify func([]byte) model.Packet
}

var hookCases = []hookCase{
	{"xdp", abi.HookXDP, slices.Clone[[]byte], model.Classify},
	{"xdp on an L3 device", abi.HookXDPL3, withoutEthernet, model.ClassifyL3},
}

// withoutEthernet is what a frame carries, if that is IP and not behind a VLAN tag.
func withoutEthernet(frame []byte) []byte {
	switch binary.BigEndian.Uint16(frame[12:]) {
	case 0x0800, 0x86dd:
		if len(frame) >= 14+14 { // BPF_PROG_TEST_RUN takes no less
			return slices.Clone(frame[14:])
		}
	}
	return nil
}
