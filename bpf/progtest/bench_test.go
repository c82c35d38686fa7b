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
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"dilih/bpf/abi"
	"dilih/reader/fault"
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

// attachReader opens the rings and drains them until the test ends.
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

func newProgram(b *testing.B, insns asm.Instructions) *ebpf.Program {
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
	measure(b, newProgram(b, asm.Instructions{asm.Mov.Imm(asm.R0, xdpDrop), asm.Return()}), frame)
}

// BenchmarkArticle is the program that dilih grew out of: an ENTER event, a random number from the
// helper, and a DROP or a PASS event, each with a clock read, for each packet.
func BenchmarkArticle(b *testing.B) {
	for _, reader := range []bool{false, true} {
		b.Run(name(reader), func(b *testing.B) {
			output, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.PerfEventArray})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { output.Close() })
			if reader {
				attachReader(b, output)
			}
			measure(b, newProgram(b, articleProgram(output)), frame)
		})
	}
}

// articleProgram keeps ctx in r6, the time of entry in r7, and the event at fp-16.
func articleProgram(output *ebpf.Map) asm.Instructions {
	emit := func(kind int64) asm.Instructions {
		return asm.Instructions{
			asm.FnKtimeGetNs.Call(),
			asm.StoreMem(asm.RFP, -16, asm.R0, asm.DWord),
			asm.Sub.Reg(asm.R0, asm.R7),
			asm.StoreMem(asm.RFP, -8, asm.R0, asm.Word),
			asm.StoreImm(asm.RFP, -4, kind, asm.Word),
			asm.Mov.Reg(asm.R1, asm.R6),
			asm.LoadMapPtr(asm.R2, output.FD()),
			asm.LoadImm(asm.R3, 0xffffffff, asm.DWord), // BPF_F_CURRENT_CPU
			asm.Mov.Reg(asm.R4, asm.RFP),
			asm.Add.Imm(asm.R4, -16),
			asm.Mov.Imm(asm.R5, 16),
			asm.FnPerfEventOutput.Call(),
		}
	}
	insns := asm.Instructions{
		asm.Mov.Reg(asm.R6, asm.R1),
		asm.FnKtimeGetNs.Call(),
		asm.Mov.Reg(asm.R7, asm.R0),
	}
	insns = append(insns, emit(int64(abi.Enter))...)
	insns = append(insns, asm.FnGetPrandomU32.Call(), asm.JSet.Imm(asm.R0, 1, "drop"))
	insns = append(insns, emit(int64(abi.Pass))...)
	insns = append(insns, asm.Mov.Imm(asm.R0, xdpPass), asm.Return())
	drop := emit(int64(abi.Drop))
	drop[0] = drop[0].WithSymbol("drop")
	insns = append(insns, drop...)
	return append(insns, asm.Mov.Imm(asm.R0, xdpDrop), asm.Return())
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

// BenchmarkGuards is that behind the guards that a host gets by default, with a reader.
func BenchmarkGuards(b *testing.B) {
	b.Run("local", func(b *testing.B) { measureFaults(b, true, "pass arp; pass nd; drop 50%") })
	b.Run("over ssh", func(b *testing.B) {
		measureFaults(b, true, "pass arp; pass nd; pass tcp from 192.0.2.1 dport 22; drop 50%")
	})
}

// BenchmarkRules ends in a catch-all, behind rules that ask for a port and do not match.
func BenchmarkRules(b *testing.B) {
	for _, n := range []int{1, 8, 16, 32, 64} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			measureFaults(b, true, strings.Repeat("drop 100% udp dport 9999\n", n-1)+"drop 50%")
		})
	}
}

// BenchmarkProcesses is a catch-all with each process, and with each of those per flow.
func BenchmarkProcesses(b *testing.B) {
	for _, process := range []string{"50%", "1% burst 4", "gemodel 1% 10% 70% 0.1%", "every 2", "first 1000", "50% of flows"} {
		b.Run(process, func(b *testing.B) { measureFaults(b, true, "drop "+process) })
		if !strings.HasSuffix(process, "flows") {
			b.Run(process+" per flow", func(b *testing.B) { measureFaults(b, true, "drop "+process+" per flow") })
		}
	}
}

// measureFaults measures on a UDP datagram for port 53.
func measureFaults(b *testing.B, reader bool, text string) {
	b.Helper()
	k := load(b)
	faults, err := fault.Parse("benchmark", text)
	if err != nil {
		b.Fatal(err)
	}
	deadline := bootTime(b) + uint64(time.Hour)
	set, rules := fault.Set{Seed: 1, Faults: faults, Deadline: deadline, Snaplen: 96}.Encode(0)
	k.put(set, rules...)
	if reader {
		attachReader(b, k.Output)
	}
	query := build(b, ethernet(layers.EthernetTypeIPv4), ipv4(layers.IPProtocolUDP), udp(4096, 53), gopacket.Payload("query"))
	measure(b, k.Program, query)
}
