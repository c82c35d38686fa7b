// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"os"
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

// objectFile is the object that `make` builds; DILIH_OBJECT names another, for a virtual machine.
func objectFile() string {
	if file := os.Getenv("DILIH_OBJECT"); file != "" {
		return file
	}
	return "../dilih_kern.o"
}

// kernel is one load of the object.
type kernel struct {
	tb         testing.TB
	generation uint32

	Program   *ebpf.Program `ebpf:"xdp_dilih"`
	Output    *ebpf.Map     `ebpf:"output_map"`
	Control   *ebpf.Map     `ebpf:"control"`
	Sets      *ebpf.Map     `ebpf:"sets"`
	Rules     *ebpf.Map     `ebpf:"rules"`
	Sequences *ebpf.Map     `ebpf:"sequences"`
	Flows     *ebpf.Map     `ebpf:"flows"`
	Totals    *ebpf.Map     `ebpf:"totals"`
	Counters  *ebpf.Map     `ebpf:"rule_counters"`
}

// load loads the object, with nothing in force.
func load(tb testing.TB) *kernel {
	tb.Helper()
	spec, err := ebpf.LoadCollectionSpec(objectFile())
	if err != nil {
		tb.Fatalf("load %s: %v (run make first)", objectFile(), err)
	}
	k := &kernel{tb: tb}
	if err := spec.LoadAndAssign(k, nil); err != nil {
		tb.Fatalf("load %s into the kernel: %+v", objectFile(), err)
	}
	tb.Cleanup(func() {
		k.Program.Close()
		for _, m := range []*ebpf.Map{k.Output, k.Control, k.Sets, k.Rules, k.Sequences, k.Flows, k.Totals, k.Counters} {
			m.Close()
		}
	})
	return k
}

// put writes the rules into the idle bank and flips, as the bpftool batch of a plan does.
func (k *kernel) put(set abi.FaultSet, rules ...abi.Rule) {
	k.tb.Helper()
	k.generation++
	bank := k.generation % abi.Banks
	for i, rule := range rules {
		entry := bank*abi.MaxRules + uint32(i)
		k.update(k.Rules, entry, rule)
		k.update(k.Counters, entry, make([]abi.RuleCounters, ebpf.MustPossibleCPU()))
		k.update(k.Sequences, entry, uint64(0))
	}
	set.Generation = k.generation
	set.Rules = uint16(len(rules))
	k.update(k.Sets, bank, set)
	k.update(k.Control, 0, abi.Control{ABI: abi.Version, Generation: k.generation})
}

func (k *kernel) update(m *ebpf.Map, key uint32, value any) {
	k.tb.Helper()
	if err := m.Put(key, value); err != nil {
		k.tb.Fatalf("update %v: %v", m, err)
	}
}

// entry is the entry of the ith rule in force.
func (k *kernel) entry(i int) uint32 {
	return k.generation%abi.Banks*abi.MaxRules + uint32(i)
}

// run sends one packet through and returns the XDP verdict.
func (k *kernel) run(packet []byte) uint32 {
	k.tb.Helper()
	verdict, err := k.Program.Run(&ebpf.RunOptions{Data: packet})
	if err != nil {
		k.tb.Fatalf("run: %v", err)
	}
	return verdict
}

// repeat sends the same packet through n times, on this thread's CPU.
func (k *kernel) repeat(packet []byte, n int) {
	k.tb.Helper()
	kerneltest.Undisturbed(k.tb, func() {
		_, err := k.Program.Run(&ebpf.RunOptions{Data: packet, Repeat: uint32(n)})
		if err != nil {
			k.tb.Errorf("run %d times: %v", n, err)
		}
	})
}

func (k *kernel) totals() abi.Totals {
	k.tb.Helper()
	var cpus []abi.Totals
	if err := k.Totals.Lookup(uint32(0), &cpus); err != nil {
		k.tb.Fatalf("read totals: %v", err)
	}
	return abi.SumTotals(cpus)
}

func (k *kernel) counters(i int) abi.RuleCounters {
	k.tb.Helper()
	var cpus []abi.RuleCounters
	if err := k.Counters.Lookup(k.entry(i), &cpus); err != nil {
		k.tb.Fatalf("read rule_counters: %v", err)
	}
	return abi.SumCounters(cpus)
}

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
