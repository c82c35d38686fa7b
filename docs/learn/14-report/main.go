// SPDX-License-Identifier: MIT

// Reader measures how long rate.c takes for a packet, at several drop rates: "reader measure PINS" writes a table to its
// standard output. The peer sends by "reader send", and by ping -f, for a second each time. "reader plot" reads that from its standard input, and writes a picture.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/cilium/ebpf"
)

// rate is how many datagrams send sends in a second.
const rate = 20_000

func main() {
	log.SetFlags(0)
	switch {
	case len(os.Args) == 3 && os.Args[1] == "measure":
		measure(os.Args[2])
	case len(os.Args) == 2 && os.Args[1] == "send":
		send()
	case len(os.Args) == 2 && os.Args[1] == "plot":
		plot(os.Stdin, os.Stdout)
	default:
		log.Fatal("usage: reader measure PINS, reader send, or reader plot")
	}
}

// send sends datagrams to us for a second, at a constant rate. It does not mind what becomes of them.
func send() {
	socket, err := net.ListenPacket("udp4", ":0")
	if err != nil {
		log.Fatal(err)
	}
	began := time.Now()
	for sent := 0; sent < rate; time.Sleep(time.Millisecond) {
		for due := int(time.Since(began).Seconds() * rate); sent < min(due, rate); sent++ {
			_, _ = socket.WriteTo([]byte("datagram"), &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 9})
		}
	}
}

// measure prints a line for each way of sending and each drop rate, with the median of the processing times.
func measure(pins string) {
	percent, packets, times := open(pins, "percent"), open(pins, "packets"), open(pins, "times")
	self, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	constant, flood := []string{self, "send"}, []string{"ping", "-q", "-f", "-w", "1", "192.0.2.1"}
	for i, name := range []string{"constant", "flood"} {
		for _, drop := range []uint32{0, 20, 40, 60, 80, 95} {
			put(percent, drop)
			put(packets, uint64(0))
			// The exit status of ping says only if anything came back.
			_ = exec.Command("peer", [][]string{constant, flood}[i]...).Run()
			var count uint64
			if err := packets.Lookup(uint32(0), &count); err != nil {
				log.Fatal(err)
			}
			fmt.Println(name, drop, count, median(times, count))
		}
	}
}

func open(pins, name string) *ebpf.Map {
	m, err := ebpf.LoadPinnedMap(filepath.Join(pins, name), nil)
	if err != nil {
		log.Fatal(err)
	}
	return m
}

func put(m *ebpf.Map, value any) {
	if err := m.Put(uint32(0), value); err != nil {
		log.Fatal(err)
	}
}

// median is that of the first count of the times, or of all of them if there were more. It does not mind a few that
// were interrupted, and took a thousand times as long.
func median(times *ebpf.Map, count uint64) uint32 {
	var values []uint32
	for i := range uint32(min(count, uint64(times.MaxEntries()))) {
		var ns uint32
		if err := times.Lookup(i, &ns); err != nil {
			log.Fatal(err)
		}
		values = append(values, ns)
	}
	slices.Sort(values)
	if len(values) == 0 {
		return 0
	}
	return values[len(values)/2]
}
