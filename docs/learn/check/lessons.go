// SPDX-License-Identifier: MIT

package main

import (
	"cmp"
	"fmt"
)

// Verdicts of XDP, of linux/bpf.h.
const (
	xdpDrop = 1
	xdpPass = 2
)

// inC are the tests of the exercises that are in C, by lesson.
var inC = map[string]func(*loaded) error{
	"01-ebpf":      dropsAll,
	"02-toolchain": passesAll,
	"03-pass":      dropsLong,
	"04-drop":      sparesARP,
	"05-counter":   countsBytes,
}

// inGo are those of the exercises that are in Go.
var inGo = map[string]func(file string) error{}

func dropsAll(l *loaded) error {
	return l.want("a packet", ethernet(0x0800), xdpDrop)
}

func passesAll(l *loaded) error {
	return l.want("a packet", ethernet(0x0800), xdpPass)
}

func dropsLong(l *loaded) error {
	return cmp.Or(
		l.want("a packet of 60 bytes", make([]byte, 60), xdpPass),
		l.want("a packet of 1000 bytes", make([]byte, 1000), xdpPass),
		l.want("a packet of 1001 bytes", make([]byte, 1001), xdpDrop),
	)
}

func sparesARP(l *loaded) error {
	return cmp.Or(
		l.want("a packet of IPv4", ethernet(0x0800), xdpDrop),
		l.want("a packet of ARP", ethernet(0x0806), xdpPass),
		l.want("a packet of type 0x0608", ethernet(0x0608), xdpDrop),
	)
}

func countsBytes(l *loaded) error {
	bytes := uint64(0)
	for _, length := range []int{60, 61, 1500} {
		if err := l.want("a packet", make([]byte, length), xdpPass); err != nil {
			return err
		}
		bytes += uint64(length)
	}
	for key, want := range []uint64{3, bytes} {
		got, err := l.sum("counts", uint32(key))
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("after 3 packets of %d bytes, entry %d is %d", bytes, key, got)
		}
	}
	return nil
}
