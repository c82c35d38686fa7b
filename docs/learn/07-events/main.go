// SPDX-License-Identifier: MIT

// Reader shows what a program like that of lesson 6 reports by a pinned map: reader PIN. It stops at an interrupt.
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/perf"
)

// event is struct event of half.c. What comes after these 13 bytes is padding.
type event struct {
	Timestamp        uint64
	ProcessingTimeNs uint32
	Type             uint8
}

const typeEnter, typeDrop, typePass = 1, 2, 3

// ring is the last 128 of all values that were added to it.
type ring struct {
	values [128]uint32
	added  int
}

func (r *ring) add(value uint32) {
	r.values[r.added%len(r.values)] = value
	r.added++
}

func (r *ring) mean() (mean float64) {
	filled := min(r.added, len(r.values))
	for _, value := range r.values[:filled] {
		mean += float64(value) / float64(filled)
	}
	return mean
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: reader PIN")
	}
	output, err := ebpf.LoadPinnedMap(os.Args[1], nil)
	if err != nil {
		log.Fatal(err)
	}
	events, err := perf.NewReader(output, 1<<16) // bytes for each CPU
	if err != nil {
		log.Fatal(err)
	}
	interrupt := make(chan os.Signal, 1)
	signal.Notify(interrupt, os.Interrupt)
	go func() {
		<-interrupt
		events.Close() // which ends the Read below
	}()
	fmt.Println("reading")
	var count [4]int
	var times [4]ring
	lost := uint64(0)
	for {
		record, err := events.Read()
		if err != nil {
			break
		}
		lost += record.LostSamples // the program was faster than this one
		var e event
		if _, err := binary.Decode(record.RawSample, binary.NativeEndian, &e); err != nil || e.Type >= 4 {
			continue // too short, as for a record that tells only of losses
		}
		count[e.Type]++
		times[e.Type].add(e.ProcessingTimeNs)
	}
	fmt.Printf("entered %d, dropped %d, passed %d, lost %d\n", count[typeEnter], count[typeDrop], count[typePass], lost)
	fmt.Printf("mean of the last 128: dropped %.0f ns, passed %.0f ns\n", times[typeDrop].mean(), times[typePass].mean())
}
