// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/perf"
	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/bpf/progtest/article"
)

const burst = 1 << 20 // packets in one BPF_PROG_TEST_RUN

// measure reports ns per packet of a program as the kernel takes it: the harness of
// BPF_PROG_TEST_RUN is included, the set-up of a run, some 15 ms, is not.
func measure(b *testing.B, prog *ebpf.Program, packet []byte) {
	b.Helper()
	var sum time.Duration
	for b.Loop() {
		_, mean, err := prog.Benchmark(packet, burst, nil)
		qt.Assert(b, qt.IsNil(err))
		sum += mean
	}
	b.ReportMetric(float64(sum.Nanoseconds())/float64(b.N), "ns/packet")
}

// attachReader opens the rings and drains them until the test ends.
func attachReader(tb testing.TB, output *ebpf.Map) {
	tb.Helper()
	reader, err := perf.NewReaderWithOptions(output, 1<<20, perf.ReaderOptions{Watermark: 1 << 16})
	qt.Assert(tb, qt.IsNil(err))
	done := make(chan struct{})
	go func() {
		defer close(done)
		var record perf.Record
		for reader.ReadInto(&record) == nil {
		}
	}()
	tb.Cleanup(func() {
		reader.Close()
		<-done
	})
}

// BenchmarkFloor is a program that does nothing but return a verdict.
func BenchmarkFloor(b *testing.B) {
	b.Run("xdp", func(b *testing.B) { measureFloor(b, ebpf.XDP, xdpDrop) })
	b.Run("tc", func(b *testing.B) { measureFloor(b, ebpf.SchedCLS, tcOK) })
}

func measureFloor(b *testing.B, kind ebpf.ProgramType, verdict int32) {
	b.Helper()
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: kind, License: "Dual MIT/GPL", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, verdict), asm.Return()},
	})
	qt.Assert(b, qt.IsNil(err))
	b.Cleanup(func() { program.Close() })
	measure(b, program, frame)
}

// BenchmarkArticle is the program that dilih grew out of.
func BenchmarkArticle(b *testing.B) {
	for _, reader := range []bool{false, true} {
		b.Run(name(reader), func(b *testing.B) {
			loaded := article.Load(b)
			if reader {
				attachReader(b, loaded.Output)
			}
			measure(b, loaded.Program, frame)
		})
	}
}

func name(reader bool) string {
	if reader {
		return "reader"
	}
	return "no reader"
}

// BenchmarkCatchAll is one fault that asks nothing of a packet.
func BenchmarkCatchAll(b *testing.B) {
	for _, reader := range []bool{false, true} {
		b.Run(name(reader), func(b *testing.B) { measureFaults(b, reader, "drop 50%") })
	}
}

// BenchmarkOut is one such fault for what leaves, alone and after the guards that it gets.
func BenchmarkOut(b *testing.B) {
	for _, reader := range []bool{false, true} {
		b.Run("catch-all, "+name(reader), func(b *testing.B) { measureAt(b, abi.HookTCOut, reader, "drop 50% out") })
	}
	b.Run("guards", func(b *testing.B) { measureAt(b, abi.HookTCOut, true, "pass out arp; pass out nd; drop 50% out") })
	b.Run("guards over ssh", func(b *testing.B) {
		measureAt(b, abi.HookTCOut, true, "pass out arp; pass out nd; pass out tcp sport 22 to 192.0.2.1; drop 50% out")
	})
}

// BenchmarkGuards is one such fault after the guards that a host gets by default, with a reader.
func BenchmarkGuards(b *testing.B) {
	b.Run("local", func(b *testing.B) { measureFaults(b, true, "pass arp; pass nd; drop 50%") })
	b.Run("over ssh", func(b *testing.B) {
		measureFaults(b, true, "pass arp; pass nd; pass tcp from 192.0.2.1 dport 22; drop 50%")
	})
}

// BenchmarkRules ends in a catch-all, after rules that ask for a port and do not match.
func BenchmarkRules(b *testing.B) {
	for _, n := range []int{1, 8, 16, 32, 64} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			measureFaults(b, true, strings.Repeat("drop 100% udp dport 9999\n", n-1)+"drop 50%")
		})
	}
}

// BenchmarkProcesses is a catch-all with each process, in each scope that it can have.
func BenchmarkProcesses(b *testing.B) {
	for _, process := range []string{"50%", "1% burst 4", "gemodel 1% 10% 70% 0.1%", "every 2", "first 1000"} {
		for _, scope := range []string{"", " per flow", " per peer", " overall"} {
			b.Run(process+scope, func(b *testing.B) { measureFaults(b, true, "drop "+process+scope) })
		}
	}
	b.Run("50% of flows", func(b *testing.B) { measureFaults(b, true, "drop 50% of flows") })
}

func measureFaults(b *testing.B, reader bool, text string) {
	b.Helper()
	measureAt(b, abi.HookXDP, reader, text)
}

// measureAt measures on a UDP datagram for port 53.
func measureAt(b *testing.B, hook abi.Hook, reader bool, text string) {
	b.Helper()
	loaded := kerneltest.Load(b)
	set, rules := encode(b, text, 1)
	set.Deadline, set.Snaplen = bootTime(b)+uint64(time.Hour), 96
	loaded.Put(set, rules...)
	if reader {
		attachReader(b, loaded.Maps[abi.OutputMap])
	}
	measure(b, loaded.Program(hook), ethernet().ipv4().udp(4096, 53, query...).frame())
}
