// SPDX-License-Identifier: MIT

// Reader adds up what the CPUs have counted in a pinned map: reader /sys/fs/bpf/.../packets
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/cilium/ebpf"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: reader PIN")
	}
	packets, err := ebpf.LoadPinnedMap(os.Args[1], nil)
	if err != nil {
		log.Fatal(err)
	}
	defer packets.Close()
	var perCPU []uint64 // one for each CPU that this kernel may have
	if err := packets.Lookup(uint32(0), &perCPU); err != nil {
		log.Fatal(err)
	}
	total := uint64(0)
	for _, count := range perCPU {
		total += count
	}
	fmt.Println(total, "packets")
}
