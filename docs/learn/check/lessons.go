// SPDX-License-Identifier: MIT

package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"strings"

	"github.com/cilium/ebpf"
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
	"06-half":      dropsTenth,
	"08-pins":      pinsByName,
}

// inGo are those of the exercises that are in Go.
var inGo = map[string]func(file string) error{
	"07-events": decodes,
}

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

// near is nil if so many of n packets were picked by chance with this probability. It errs once in 1.7 million times.
func near(picked, n int, probability float64) error {
	if math.Abs(float64(picked)-float64(n)*probability) > 5*math.Sqrt(float64(n)*probability*(1-probability)) {
		return fmt.Errorf("%d of %d packets were picked, and not about %.0f", picked, n, float64(n)*probability)
	}
	return nil
}

func dropsTenth(l *loaded) error {
	const packets = 10_007
	dropped, err := l.dropped(ethernet(0x0800), packets)
	return cmp.Or(err, near(dropped, packets, 0.1))
}

func decodes(file string) error {
	program := exec.Command("go", "run", file)
	program.Stdin = strings.NewReader("00\n" + strings.Repeat("00", 12) + "\n" + strings.Repeat("00", 12) + "02\n" +
		strings.Repeat("00", 12) + "03000000\n")
	output, err := program.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	if want := "short\nshort\ntype 2\ntype 3\n"; string(output) != want {
		return fmt.Errorf("it printed %q, and not %q", output, want)
	}
	return nil
}

func pinsByName(l *loaded) error {
	packets := l.spec.Maps["packets"]
	if packets == nil || packets.Pinning != ebpf.PinByName {
		return errors.New("the map packets is not pinned by its name")
	}
	return nil
}
