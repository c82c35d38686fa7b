// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/scripts/test/testenv"
)

// frame is a UDP packet to the port, with so many bytes of the letter in it.
func frame(t *testing.T, port, size int, letter byte) []byte {
	t.Helper()
	ip := layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: []byte{192, 0, 2, 1}, DstIP: []byte{192, 0, 2, 2}}
	udp := layers.UDP{SrcPort: 4000, DstPort: layers.UDPPort(port)}
	qt.Assert(t, qt.IsNil(udp.SetNetworkLayerForChecksum(&ip)))
	buffer := gopacket.NewSerializeBuffer()
	err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		&layers.Ethernet{SrcMAC: []byte{2, 0, 0, 0, 0, 1}, DstMAC: []byte{2, 0, 0, 0, 0, 2}, EthernetType: layers.EthernetTypeIPv4},
		&ip, &udp, gopacket.Payload(strings.Repeat(string(letter), size)))
	qt.Assert(t, qt.IsNil(err))
	return buffer.Bytes()
}

// send lets the packet come in, and says whether it was dropped.
func send(t *testing.T, loaded *kerneltest.Loaded, packet []byte) bool {
	t.Helper()
	verdict, err := loaded.Program(abi.HookXDP).Run(&ebpf.RunOptions{Data: packet})
	qt.Assert(t, qt.IsNil(err))
	return verdict == 1 // XDP_DROP
}

// reported is how many packets the reader was told of, if all came to it.
func reported(loaded *kerneltest.Loaded) int { return int(loaded.Totals().Events / 2) }

// record starts a reader that records into a new file, and waits until it does.
func record(t *testing.T, loaded *kerneltest.Loaded, args ...string) (p *process, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "drops.pcapng")
	p = prepare(t, append([]string{"--pin", loaded.Pin, "--interval", "10ms", "--pcap", file}, args...)...).start()
	testenv.Await(t, func() bool { return size(file) > 0 }, p.stderr.String)
	return p, file
}

func size(file string) int64 {
	stat, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return stat.Size()
}

// see runs a program that reads the file, and returns the lines it prints.
func see(t *testing.T, program string, args ...string) []string {
	t.Helper()
	command := exec.Command(program, args...)
	stdout, err := command.Output()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("%v", command))
	return strings.FieldsFunc(string(stdout), func(r rune) bool { return r == '\n' })
}

// tshark lists fields of the packets in the file.
func tshark(t *testing.T, file string, fields ...string) []string {
	t.Helper()
	args := []string{"-r", file, "-T", "fields"}
	for _, field := range fields {
		args = append(args, "-e", field)
	}
	return see(t, "tshark", args...)
}

// lastComment is what capinfos shows of the last section.
func lastComment(t *testing.T, file string) (comment string) {
	t.Helper()
	for _, line := range see(t, "capinfos", "-k", file) {
		if text, ok := strings.CutPrefix(line, "Capture comment:"); ok {
			comment = strings.TrimSpace(text)
		}
	}
	return comment
}

// checkTimes: in order, and on the wall between the two.
func checkTimes(t *testing.T, epochs []string, from, to time.Time) {
	t.Helper()
	last := float64(from.UnixMicro()) / 1e6
	for _, text := range append(epochs, fmt.Sprintf("%d", to.Unix()+1)) {
		epoch, err := strconv.ParseFloat(text, 64)
		qt.Assert(t, qt.IsNil(err))
		qt.Assert(t, qt.IsTrue(epoch >= last), qt.Commentf("%f after %f", epoch, last))
		last = epoch
	}
}
