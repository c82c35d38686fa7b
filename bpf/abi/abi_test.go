// SPDX-License-Identifier: MIT

package abi

import (
	"testing"

	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"
)

func TestMapsMatchTheObject(t *testing.T) {
	for _, name := range append(Programs[:], QueueProgram, DuplicateProgram) {
		spec, err := ebpf.LoadCollectionSpec("../" + Object(name))
		qt.Assert(t, qt.IsNil(err), qt.Commentf("build the objects first: make"))
		qt.Check(t, qt.HasLen(spec.Programs, 1))
		qt.Check(t, qt.IsNotNil(spec.Programs[name]), qt.Commentf("program %s", name))
	}
	spec, err := ebpf.LoadCollectionSpec("../dilih_kern.o")
	qt.Assert(t, qt.IsNil(err))
	for name, entries := range map[string]uint32{
		OutputMap:    0, // unset: one for each possible CPU
		ControlMap:   1,
		SetsMap:      Banks,
		RulesMap:     Banks * MaxRules,
		SequencesMap: Banks * MaxRules,
		FlowsMap:     MaxFlows,
		TotalsMap:    Directions,
		CountersMap:  Banks * MaxRules,
	} {
		m := spec.Maps[name]
		qt.Assert(t, qt.IsNotNil(m), qt.Commentf("map %s", name))
		qt.Check(t, qt.Equals(m.MaxEntries, entries), qt.Commentf("map %s", name))
	}
}
