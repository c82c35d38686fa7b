// SPDX-License-Identifier: MIT

//go:build kernel

package article

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/perf"
	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/scripts/test/testenv"
)

// XDP verdicts, of linux/bpf.h.
const (
	xdpDrop = 1
	xdpPass = 2
)

func run(t *testing.T, loaded *Loaded) (verdict uint32) {
	verdict, err := loaded.Program.Run(&ebpf.RunOptions{Data: make([]byte, 60)})
	qt.Assert(t, qt.IsNil(err))
	return verdict
}

// TestHalfIsDropped fails by chance once in 1.7 million times: 5 standard deviations are allowed.
func TestHalfIsDropped(t *testing.T) {
	const packets = 100_003
	loaded := Load(t)
	count := map[uint32]float64{}
	for range packets {
		count[run(t, loaded)]++
	}
	qt.Assert(t, qt.Equals(count[xdpDrop]+count[xdpPass], packets))
	allowed := 5 * math.Sqrt(packets*0.5*0.5)
	qt.Assert(t, qt.IsTrue(math.Abs(count[xdpDrop]-packets/2.) <= allowed), qt.Commentf("%v of %d dropped", count[xdpDrop], packets))
}

// TestEachPacketIsReported reads the events as those of dilih, whose first fields are the same.
func TestEachPacketIsReported(t *testing.T) {
	const packets = 101
	loaded := Load(t)
	reader, err := perf.NewReader(loaded.Output, 1<<16)
	qt.Assert(t, qt.IsNil(err))
	defer reader.Close()
	reader.SetDeadline(time.Now().Add(testenv.Patience()))
	for range packets {
		end := map[uint32]abi.EventType{xdpDrop: abi.Drop, xdpPass: abi.Pass}[run(t, loaded)]
		for _, want := range []abi.EventType{abi.Enter, end} {
			record, err := reader.Read()
			qt.Assert(t, qt.IsNil(err))
			var event abi.Event
			_, err = binary.Decode(record.RawSample, binary.NativeEndian, &event)
			qt.Assert(t, qt.IsNil(err))
			qt.Assert(t, qt.Equals(event.Type, want))
			qt.Assert(t, qt.IsTrue(event.ProcessingTimeNs > 0))
		}
	}
}
