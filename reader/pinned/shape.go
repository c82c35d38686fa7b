// SPDX-License-Identifier: MIT

package pinned

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/cilium/ebpf"

	"dilih/bpf/abi"
)

// ErrVersion means that what is pinned is not what this reader was built for.
var ErrVersion = errors.New("the pins are of another version of dilih")

// shape is what the ABI needs a map to be.
type shape struct {
	name       string
	kind       ebpf.MapType
	key, value uint32 // bytes
	entries    uint32
}

const indexSize = 4 // bytes of an array's key

// counterMaps are the maps that the reader opens, all read-only. The others are for root alone.
var counterMaps = []shape{
	{abi.ControlMap, ebpf.Array, indexSize, sizeOf[abi.Control](), 1},
	{abi.SetsMap, ebpf.Array, indexSize, sizeOf[abi.FaultSet](), abi.Banks},
	{abi.RulesMap, ebpf.Array, indexSize, sizeOf[abi.Rule](), abi.Banks * abi.MaxRules},
	{abi.CountersMap, ebpf.PerCPUArray, indexSize, sizeOf[abi.RuleCounters](), abi.Banks * abi.MaxRules},
	{abi.TotalsMap, ebpf.PerCPUArray, indexSize, sizeOf[abi.Totals](), abi.Directions},
}

// eventMap is the perf map on a machine with that many possible CPUs. With more entries than CPUs
// no ring can be made for the rest; with fewer, the events of the rest are lost.
func eventMap(cpus int) shape {
	return shape{abi.OutputMap, ebpf.PerfEventArray, indexSize, sizeOf[uint32](), uint32(cpus)}
}

func sizeOf[T any]() uint32 {
	var value T
	return uint32(unsafe.Sizeof(value))
}

func (s shape) String() string {
	return fmt.Sprintf("%v of %d entries, key %d bytes, value %d bytes", s.kind, s.entries, s.key, s.value)
}

// check compares the map pinned at path with the shape.
func (s shape) check(path string, m *ebpf.Map) error {
	is := shape{s.name, m.Type(), m.KeySize(), m.ValueSize(), m.MaxEntries()}
	if is == s {
		return nil
	}
	return fmt.Errorf("%w: %s is a %v, expected a %v", ErrVersion, path, is, s)
}
