// SPDX-License-Identifier: MIT

package main

import (
	"cmp"
	"encoding/binary"
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

// Verdicts of tc, of linux/pkt_cls.h.
const (
	tcUnspec = 1<<32 - 1 // -1
	tcStolen = 4
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
	"09-parse":     dropsDNS,
	"10-measure":   samples,
	"11-testing":   dropsFirst,
	"12-verifier":  dropsOdd,
	"13-tc":        steals,
	"14-report":    makesHistogram,
	"15-dilih":     repeats,
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

func dropsDNS(l *loaded) error {
	return cmp.Or(
		l.want("UDP to port 53", ethernet(0x0800, udp(5, 53)...), xdpDrop),
		l.want("UDP to port 54", ethernet(0x0800, udp(5, 54)...), xdpPass),
		l.want("UDP to port 53 behind 8 bytes of options", ethernet(0x0800, udp(7, 53)...), xdpDrop),
		l.want("UDP to port 53 behind 40 bytes of options", ethernet(0x0800, udp(15, 53)...), xdpDrop),
		l.want("a packet that is cut off", ethernet(0x0800, udp(15, 53)...)[:60], xdpPass),
		l.want("a packet of ARP", ethernet(0x0806), xdpPass),
	)
}

func samples(l *loaded) error {
	const packets = 64_007
	for range packets {
		if err := l.want("a packet", ethernet(0x0800), xdpPass); err != nil {
			return err
		}
	}
	sum, err := l.sum("packets", 0)
	if err == nil && sum%64 != 0 {
		err = fmt.Errorf("the sum is %d, and no multiple of 64", sum)
	}
	return cmp.Or(err, near(int(sum/64), packets, 1./64))
}

func dropsFirst(l *loaded) error {
	for n := 1; n <= 11; n++ {
		want := uint32(xdpPass)
		if n <= 3 {
			want = xdpDrop
		}
		if err := l.want(fmt.Sprint("packet ", n), ethernet(0x0800), want); err != nil {
			return err
		}
	}
	return nil
}

func dropsOdd(l *loaded) error {
	last := make([]byte, 61)
	last[60] = 1
	return cmp.Or(
		l.want("a packet of zeros", make([]byte, 61), xdpPass),
		l.want("one whose last byte is 1", last, xdpDrop),
		l.want("one whose bytes are 3 and 4", ethernet(0x0304), xdpDrop),
		l.want("one whose bytes are 3 and 5", ethernet(0x0305), xdpPass),
	)
}

func steals(l *loaded) error {
	return cmp.Or(
		l.want("a packet of 1000 bytes", make([]byte, 1000), tcUnspec),
		l.want("a packet of 1001 bytes", make([]byte, 1001), tcStolen),
	)
}

func makesHistogram(l *loaded) error {
	for slot := range uint32(32) {
		for _, ns := range []uint32{1 << slot, 1<<slot | (1<<slot - 1)} { // the first and the last of the slot
			if _, err := l.verdict(append(binary.NativeEndian.AppendUint32(nil, ns), make([]byte, 56)...)); err != nil {
				return err
			}
		}
	}
	for slot := range uint32(32) {
		if got, err := l.sum("histogram", slot); err != nil || got != 2 {
			return cmp.Or(err, fmt.Errorf("slot %d has counted %d packets, and not 2", slot, got))
		}
	}
	return nil
}

// repeats lets packets come, and compares what becomes of each with the first numbers of SplitMix64 for the seed 42.
func repeats(l *loaded) error {
	state := uint64(42)
	for n := range 101 {
		state += 0x9e3779b97f4a7c15
		z := (state ^ state>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		want := uint32(xdpPass)
		if (z^z>>31)%2 == 1 {
			want = xdpDrop
		}
		if err := l.want(fmt.Sprint("packet ", n), ethernet(0x0800), want); err != nil {
			return err
		}
	}
	return nil
}
