// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/perf"

	"dilih/bpf/abi"
)

const burst = 1 << 20 // packets in one BPF_PROG_TEST_RUN

// measure reports ns per packet of a program as the kernel takes it: the harness of
// BPF_PROG_TEST_RUN is included, the set-up of a run, some 15 ms, is not.
func measure(b *testing.B, prog *ebpf.Program, packet []byte) {
	b.Helper()
	var sum time.Duration
	for b.Loop() {
		_, mean, err := prog.Benchmark(packet, burst, nil)
		if err != nil {
			b.Fatal(err)
		}
		sum += mean
	}
	b.ReportMetric(float64(sum.Nanoseconds())/float64(b.N), "ns/packet")
}

// attachReader opens the rings and drains them until the benchmark ends.
func attachReader(tb testing.TB, output *ebpf.Map) {
	tb.Helper()
	reader, err := perf.NewReaderWithOptions(output, 1<<20, perf.ReaderOptions{Watermark: 1 << 16})
	if err != nil {
		tb.Fatal(err)
	}
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

func load1(b *testing.B, insns asm.Instructions) *ebpf.Program {
	b.Helper()
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "Dual MIT/GPL", Instructions: insns})
	if err != nil {
		b.Fatalf("%+v", err)
	}
	b.Cleanup(func() { prog.Close() })
	return prog
}

// BenchmarkFloor is a program that does nothing but return XDP_DROP.
func BenchmarkFloor(b *testing.B) {
	measure(b, load1(b, asm.Instructions{asm.Mov.Imm(asm.R0, xdpDrop), asm.Return()}), make([]byte, 64))
}

// BenchmarkCatchAll is one fault that asks nothing of a packet, with a reader and without.
func BenchmarkCatchAll(b *testing.B) {
	for _, reader := range []string{"none", "attached"} {
		b.Run("reader="+reader, func(b *testing.B) {
			k := load(b)
			k.put(abi.FaultSet{Snaplen: 96, Deadline: uint64(1) << 62}, drop(share()))
			if reader == "attached" {
				attachReader(b, k.Output)
			}
			measure(b, k.Program, make([]byte, 64))
		})
	}
}

func share() float64 { f, _ := strconv.ParseFloat(os.Getenv("SHARE"), 64); return f }
