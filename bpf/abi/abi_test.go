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

// enums are the enums of C, and the Go constants that their names stand for.
var enums = map[string]map[string]uint64{
	"event_type": {"TYPE_ENTER": uint64(Enter), "TYPE_DROP": uint64(Drop), "TYPE_PASS": uint64(Pass)},
	"hook": {
		"HOOK_XDP": uint64(HookXDP), "HOOK_XDP_L3": uint64(HookXDPL3),
		"HOOK_TC_OUT": uint64(HookTCOut), "HOOK_TC_OUT_L3": uint64(HookTCOutL3),
		"HOOK_TC_IN": uint64(HookTCIn), "HOOK_TC_IN_L3": uint64(HookTCInL3),
	},
	"event_mode": {"EVENTS_AUTO": uint64(EventsAuto), "EVENTS_ALL": uint64(EventsAll), "EVENTS_NONE": uint64(EventsNone)},
	"direction":  {"DIRECTION_IN": uint64(DirectionIn), "DIRECTION_OUT": uint64(DirectionOut)},
	"distribution": {
		"DISTRIBUTION_UNIFORM": uint64(DistributionUniform),
		"DISTRIBUTION_NORMAL":  uint64(DistributionNormal),
	},
	"action": {"ACTION_PASS": uint64(ActionPass), "ACTION_DROP": uint64(ActionDrop)},
	"process": {
		"PROCESS_INDEPENDENT": uint64(ProcessIndependent),
		"PROCESS_BURST":       uint64(ProcessBurst),
		"PROCESS_GEMODEL":     uint64(ProcessGEModel),
		"PROCESS_EVERY":       uint64(ProcessEvery),
		"PROCESS_FIRST":       uint64(ProcessFirst),
		"PROCESS_FLOWS":       uint64(ProcessFlows),
	},
	"scope": {
		"SCOPE_CPU": uint64(ScopeCPU), "SCOPE_FLOW": uint64(ScopeFlow), "SCOPE_ALL": uint64(ScopeAll),
		"SCOPE_PEER": uint64(ScopePeer),
	},
	"kind": {
		"KIND_ARP": KindARP, "KIND_IP": KindIP, "KIND_IP6": KindIP6,
		"KIND_TCP": KindTCP, "KIND_UDP": KindUDP, "KIND_ICMP": KindICMP, "KIND_ICMP6": KindICMP6, "KIND_ND": KindND,
		"KIND_PROTOCOL": KindProtocol, "KIND_PORTS": KindPorts, "KIND_SYN": KindSYN,
	},
	"asks": {"ASKS_PROTOCOL": AsksProtocol, "ASKS_FROM": AsksFrom, "ASKS_TO": AsksTo},
}

func TestEnumsMatchTheObject(t *testing.T) {
	spec, err := ebpf.LoadCollectionSpec("../dilih_kern.o")
	qt.Assert(t, qt.IsNil(err), qt.Commentf("build the object first: make"))
	for c, mirror := range enums {
		var enum *btf.Enum
		err := spec.Types.TypeByName(c, &enum)
		qt.Assert(t, qt.IsNil(err))
		values := map[string]uint64{}
		for _, value := range enum.Values {
			values[value.Name] = value.Value
		}
		qt.Check(t, qt.DeepEquals(values, mirror), qt.Commentf("enum %s", c))
	}
}

func TestMapsMatchTheObject(t *testing.T) {
	spec, err := ebpf.LoadCollectionSpec("../dilih_kern.o")
	qt.Assert(t, qt.IsNil(err), qt.Commentf("build the object first: make"))
	for _, name := range Programs {
		qt.Check(t, qt.IsNotNil(spec.Programs[name]), qt.Commentf("program %s", name))
	}
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
