// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
)

// loaded is an object in the kernel.
type loaded struct {
	*ebpf.Collection
	spec    *ebpf.CollectionSpec
	program *ebpf.Program // its only one
}

// load loads an object. Nothing is pinned, even if it asks for that.
func load(file string) (*loaded, error) {
	spec, err := ebpf.LoadCollectionSpec(file)
	if err != nil {
		return nil, err
	}
	asWritten := spec.Copy()
	for _, m := range spec.Maps {
		m.Pinning = ebpf.PinNone
	}
	collection, err := ebpf.NewCollection(spec)
	if err != nil {
		return nil, fmt.Errorf("the kernel does not take it: %w", err)
	}
	for _, program := range collection.Programs {
		if len(collection.Programs) == 1 {
			return &loaded{collection, asWritten, program}, nil
		}
	}
	collection.Close()
	return nil, errors.New("there is to be one program in it")
}

// verdict is what the program says of a packet.
func (l *loaded) verdict(packet []byte) (uint32, error) {
	return l.program.Run(&ebpf.RunOptions{Data: packet})
}

// want is nil if the program says that of a packet.
func (l *loaded) want(what string, packet []byte, want uint32) error {
	got, err := l.verdict(packet)
	if err == nil && got != want {
		err = fmt.Errorf("%s got the verdict %d, and not %d", what, got, want)
	}
	return err
}

// dropped is how many of so many packets are dropped.
func (l *loaded) dropped(packet []byte, packets int) (count int, err error) {
	for range packets {
		got, err := l.verdict(packet)
		if err != nil {
			return 0, err
		}
		if got == xdpDrop {
			count++
		}
	}
	return count, nil
}

// sum is the value of an entry of a map of this name, over all CPUs.
func (l *loaded) sum(name string, key uint32) (total uint64, err error) {
	m := l.Maps[name]
	if m == nil {
		return 0, fmt.Errorf("there is no map %s in it", name)
	}
	var values []uint64
	if err := m.Lookup(key, &values); err != nil {
		return 0, fmt.Errorf("map %s: %w", name, err)
	}
	for _, value := range values {
		total += value
	}
	return total, nil
}
