// SPDX-License-Identifier: MIT

// Package events reads the events that the program hands over, and passes them on.
package events

import (
	"encoding/binary"

	"dilih/bpf/abi"
)

// Event is one event as it came from the kernel.
type Event struct {
	abi.Event
	CPU    int
	Hook   abi.Hook // where the packet was seen, and
	Length uint32   // bytes of the frame
	Delay  uint32   // us that it waits; all three are 0 if unknown, because the Enter was not seen
	Packet []byte   // of Drop and Pass: the first bytes of the frame; valid until the next event
}

// Consumer takes events. Its methods are called one at a time, from one goroutine.
type Consumer interface {
	// Event takes an event. Those of one CPU come in the order in which they happened.
	Event(Event)
	// Flushed says that all events from before a call of Rings.Flush have been handed over.
	Flushed()
}

// Decoder makes events of samples. It carries what an Enter tells of a frame over to
// the Drop or Pass that follows on the same CPU.
type Decoder struct {
	Snaplen uint16  // bytes of a packet after its Drop or Pass
	entered []entry // the Enter last seen, by CPU; zero if none is open
}

// entry is what an Enter tells of a packet.
type entry struct {
	hook   abi.Hook
	length uint32
	delay  uint32
}

// Decode makes an event of a sample from the CPU. It is false for what is not an event of this ABI.
func (d *Decoder) Decode(cpu int, sample []byte) (Event, bool) {
	if len(sample) < abi.EventSize {
		return Event{}, false
	}
	event := Event{CPU: cpu, Event: abi.Event{
		Timestamp:        binary.NativeEndian.Uint64(sample),
		ProcessingTimeNs: binary.NativeEndian.Uint32(sample[8:]),
		Type:             abi.EventType(sample[12]),
		SampleShift:      sample[13],
		Rule:             binary.NativeEndian.Uint16(sample[14:]),
	}}
	switch event.Type {
	case abi.Enter:
		d.enter(&event, sample)
	case abi.Drop, abi.Pass:
		d.verdict(&event, sample[abi.EventSize:])
	default:
		return Event{}, false
	}
	return event, true
}

func (d *Decoder) enter(event *Event, sample []byte) {
	if len(sample) >= abi.EnterEventSize {
		event.Length = binary.NativeEndian.Uint32(sample[abi.EventSize:])
		event.Delay = binary.NativeEndian.Uint32(sample[abi.EventSize+4:])
	}
	event.Hook, event.Rule = abi.Hook(event.Rule), abi.NoRule
	for len(d.entered) <= event.CPU {
		d.entered = append(d.entered, entry{})
	}
	d.entered[event.CPU] = entry{event.Hook, event.Length, event.Delay}
}

// verdict cuts the packet to what the program put there: perf pads it with up to 7 bytes of rubbish.
func (d *Decoder) verdict(event *Event, packet []byte) {
	if event.CPU < len(d.entered) {
		entered := d.entered[event.CPU]
		event.Hook, event.Length, event.Delay = entered.hook, entered.length, entered.delay
		d.entered[event.CPU] = entry{}
	}
	sent := uint32(d.Snaplen)
	if event.Length > 0 {
		sent = min(sent, event.Length)
	}
	event.Packet = packet[:min(uint32(len(packet)), sent)]
}
