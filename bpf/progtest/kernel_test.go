// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"runtime"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
)

// XDP verdicts, of linux/bpf.h.
const (
	xdpDrop = 1
	xdpPass = 2
)

// kernel is one load of the object.
type kernel struct {
	*kerneltest.Loaded
	tb         testing.TB
	generation uint32

	Program *ebpf.Program
	Output  *ebpf.Map
	Sets    *ebpf.Map
}

// load loads the object, with nothing in force.
func load(tb testing.TB) *kernel {
	tb.Helper()
	loaded := kerneltest.Load(tb)
	maps := loaded.Maps
	return &kernel{Loaded: loaded, tb: tb, Program: loaded.Programs[abi.Program], Output: maps[abi.OutputMap], Sets: maps[abi.SetsMap]}
}

// put puts rules in force.
func (k *kernel) put(set abi.FaultSet, rules ...abi.Rule) {
	k.tb.Helper()
	k.generation++
	k.Put(set, rules...)
}

func (k *kernel) update(m *ebpf.Map, key uint32, value any) {
	k.tb.Helper()
	if err := m.Put(key, value); err != nil {
		k.tb.Fatalf("update %v: %v", m, err)
	}
}

func (k *kernel) entry(i int) uint32              { return k.Entry(i) }
func (k *kernel) run(packet []byte) uint32        { return k.Run(packet) }
func (k *kernel) repeat(packet []byte, n int)     { k.Repeat(packet, n) }
func (k *kernel) totals() abi.Totals              { return k.Totals() }
func (k *kernel) counters(i int) abi.RuleCounters { return k.Counters(i) }

// pin ties the calling goroutine to one CPU until the returned function is called.
func pin(tb testing.TB, cpu int) (unpin func()) {
	runtime.LockOSThread()
	var old, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &old); err != nil {
		tb.Error(err)
	}
	one.Set(cpu)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		tb.Errorf("run on CPU %d: %v", cpu, err)
	}
	return func() {
		if err := unix.SchedSetaffinity(0, &old); err != nil {
			tb.Error(err)
		}
		runtime.UnlockOSThread()
	}
}

// drop is a rule that drops each packet with the probability share and asks nothing of it.
func drop(share float64) abi.Rule {
	return abi.Rule{
		Action:     abi.ActionDrop,
		SportLast:  0xffff,
		DportLast:  0xffff,
		LengthLast: 0xffffffff,
		Good:       uint64(share * abi.One),
	}
}
