// SPDX-License-Identifier: MIT

package abi

import (
	"reflect"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/go-quicktest/qt"
)

// cNames are the C fields whose Go name is not simply the same words in camel case.
var cNames = map[string]string{"abi": "ABI", "processing_time_ns": "ProcessingTimeNs"}

func goName(c string) string {
	if name, ok := cNames[c]; ok {
		return name
	}
	name := ""
	for word := range strings.SplitSeq(c, "_") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}

func TestStructsMatchTheObject(t *testing.T) {
	spec, err := ebpf.LoadCollectionSpec("../dilih_kern.o")
	qt.Assert(t, qt.IsNil(err), qt.Commentf("build the object first: make"))
	for c, mirror := range map[string]any{
		"perf_trace_event": Event{},
		"control":          Control{},
		"fault_set":        FaultSet{},
		"prefix":           Prefix{},
		"rule":             Rule{},
		"flow_id":          FlowID{},
		"tally":            Tally{},
		"totals":           Totals{},
		"rule_counters":    RuleCounters{},
	} {
		t.Run(c, func(t *testing.T) {
			var s *btf.Struct
			qt.Assert(t, qt.IsNil(spec.Types.TypeByName(c, &s)))
			compare(t, s, reflect.TypeOf(mirror))
		})
	}
}

func compare(t *testing.T, s *btf.Struct, mirror reflect.Type) {
	qt.Assert(t, qt.Equals(uintptr(s.Size), mirror.Size()))
	qt.Assert(t, qt.Equals(len(s.Members), mirror.NumField()))
	for i, m := range s.Members {
		field := mirror.Field(i)
		qt.Check(t, qt.Equals(field.Name, goName(m.Name)))
		qt.Check(t, qt.Equals(field.Offset, uintptr(m.Offset.Bytes())), qt.Commentf("offset of %s", m.Name))
		size, err := btf.Sizeof(m.Type)
		qt.Assert(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(field.Type.Size(), uintptr(size)), qt.Commentf("size of %s", m.Name))
	}
}

func TestMapsMatchTheObject(t *testing.T) {
	spec, err := ebpf.LoadCollectionSpec("../dilih_kern.o")
	qt.Assert(t, qt.IsNil(err), qt.Commentf("build the object first: make"))
	qt.Assert(t, qt.IsNotNil(spec.Programs[Program]))
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
