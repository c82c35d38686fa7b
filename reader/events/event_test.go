// SPDX-License-Identifier: MIT

package events

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
)

// sample lays an event out as the kernel does: perf rounds a sample and its four bytes of length up
// to eight, and what it puts there is rubbish.
func sample(event abi.Event, rest ...byte) []byte {
	var raw bytes.Buffer
	// A bytes.Buffer takes everything, and an Event has a fixed size.
	_ = binary.Write(&raw, binary.NativeEndian, event)
	raw.Write(rest)
	for (raw.Len()+4)%8 != 0 {
		raw.WriteByte(0xee)
	}
	return raw.Bytes()
}

func enter(length uint32) []byte {
	return sample(abi.Event{Timestamp: 7, Type: abi.Enter, Rule: uint16(abi.HookXDPL3)},
		binary.NativeEndian.AppendUint32(binary.NativeEndian.AppendUint32(nil, length), 2*length)...)
}

func verdict(kind abi.EventType, packet string) []byte {
	return sample(abi.Event{Timestamp: 9, ProcessingTimeNs: 40, Type: kind, SampleShift: 3, Rule: 66}, []byte(packet)...)
}

func TestDecodeFields(t *testing.T) {
	var decoder Decoder
	event, ok := decoder.Decode(1, verdict(abi.Drop, ""))
	qt.Assert(t, qt.IsTrue(ok))
	qt.Assert(t, qt.Equals(event.CPU, 1))
	qt.Assert(t, qt.Equals(event.Event, abi.Event{Timestamp: 9, ProcessingTimeNs: 40, Type: abi.Drop, SampleShift: 3, Rule: 66}))
}

func TestDecodePacket(t *testing.T) {
	tests := []struct {
		name    string
		length  uint32 // in the Enter before; 0: there was none
		snaplen uint16
		sent    string
		want    string
	}{
		{"whole", 5, 96, "abcde", "abcde"},
		{"cut by the snaplen", 500, 6, "abcdef", "abcdef"},
		{"snaplen 0", 500, 0, "", ""},
		{"empty frame", 0, 0, "", ""},
		{"a shorter one was sent than the snaplen now says", 500, 96, "abcd", "abcd"},
		{"no Enter", 0, 4, "abcd", "abcd"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			decoder := Decoder{Snaplen: test.snaplen}
			if test.length > 0 {
				event, ok := decoder.Decode(0, enter(test.length))
				qt.Assert(t, qt.IsTrue(ok))
				qt.Assert(t, qt.Equals(event.Length, test.length))
				qt.Assert(t, qt.Equals(event.Delay, 2*test.length))
			}
			event, ok := decoder.Decode(0, verdict(abi.Pass, test.sent))
			qt.Assert(t, qt.IsTrue(ok))
			qt.Assert(t, qt.Equals(event.Length, test.length))
			qt.Assert(t, qt.Equals(event.Delay, 2*test.length))
			qt.Assert(t, qt.Equals(string(event.Packet), test.want))
		})
	}
}

// Lengths belong to the CPU that told them, and to one packet.
func TestDecodeKeepsCPUsApart(t *testing.T) {
	decoder := Decoder{Snaplen: 96}
	for cpu, length := range []uint32{60, 1500, 64} {
		_, ok := decoder.Decode(cpu, enter(length))
		qt.Assert(t, qt.IsTrue(ok))
	}
	for _, step := range []struct {
		cpu  int
		want uint32
	}{{2, 64}, {0, 60}, {1, 1500}, {1, 0}, {7, 0}} {
		event, ok := decoder.Decode(step.cpu, verdict(abi.Drop, "x"))
		qt.Assert(t, qt.IsTrue(ok))
		qt.Assert(t, qt.Equals(event.Length, step.want))
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, raw := range map[string][]byte{
		"nothing":      nil,
		"too short":    make([]byte, abi.EventSize-1),
		"no type":      sample(abi.Event{}),
		"unknown type": sample(abi.Event{Type: 4}),
	} {
		var decoder Decoder
		_, ok := decoder.Decode(0, raw)
		qt.Check(t, qt.IsFalse(ok), qt.Commentf("%s", name))
	}
}

// An Enter without its length, as from the article's program, is an event all the same.
func TestDecodeArticleEnter(t *testing.T) {
	var decoder Decoder
	event, ok := decoder.Decode(0, enter(60)[:abi.EventSize])
	qt.Assert(t, qt.IsTrue(ok))
	qt.Assert(t, qt.Equals(event.Length, 0))
}

// Nothing that comes through the ring can break the decoder or make it show what was not there.
func FuzzDecode(f *testing.F) {
	f.Add(uint8(0), uint16(96), enter(60), verdict(abi.Drop, "abc"))
	f.Add(uint8(3), uint16(0), enter(0), verdict(abi.Pass, ""))
	f.Add(uint8(1), uint16(65535), enter(1<<32-1), verdict(9, "abc"))
	f.Fuzz(func(t *testing.T, cpu uint8, snaplen uint16, first, second []byte) {
		decoder := Decoder{Snaplen: snaplen}
		for _, raw := range [][]byte{first, second, first, second[:len(second)/2]} {
			event, ok := decoder.Decode(int(cpu), raw)
			if !ok {
				continue
			}
			qt.Assert(t, qt.IsTrue(event.Type >= abi.Enter && event.Type <= abi.Pass))
			qt.Assert(t, qt.IsTrue(len(event.Packet) <= int(snaplen)))
			qt.Assert(t, qt.IsTrue(len(event.Packet) <= max(0, len(raw)-abi.EventSize)))
			if event.Type != abi.Enter && event.Length > 0 {
				qt.Assert(t, qt.IsTrue(len(event.Packet) <= int(event.Length)))
			}
		}
	})
}
