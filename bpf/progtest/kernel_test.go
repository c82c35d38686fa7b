// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"testing"

	"github.com/cilium/ebpf"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
)

// kernel is one load of the object.
type kernel struct {
	*kerneltest.Loaded
	generation uint32
	Sets       *ebpf.Map
}

func load(tb testing.TB) *kernel {
	loaded := kerneltest.Load(tb)
	return &kernel{Loaded: loaded, Sets: loaded.Maps[abi.SetsMap]}
}

func (k *kernel) put(set abi.FaultSet, rules ...abi.Rule) {
	k.generation++
	k.Put(set, rules...)
}

func (k *kernel) update(_ *ebpf.Map, key uint32, value any) { k.Set(abi.SetsMap, key, value) }
func (k *kernel) run(packet []byte) uint32                  { return k.Run(packet) }
func (k *kernel) repeat(packet []byte, n int)               { k.Repeat(packet, n) }
func (k *kernel) totals() abi.Totals                        { return k.Totals() }
func (k *kernel) counters(i int) abi.RuleCounters           { return k.Counters(i) }

func pin(tb testing.TB, cpu int) (unpin func()) { return onCPU(tb, cpu) }
