// SPDX-License-Identifier: MIT

// Generate writes layout.go of package abi: the constants, enums and structs of bpf/dilih.h in Go. `go generate ./bpf/abi`
// runs it in bpf/abi, once `make` has built the object. Layout and values come from the object's BTF; what BTF does not
// have, the #defines and the comments, comes from the header. A test fails if layout.go is stale.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

func main() {
	source, err := generate("../dilih_kern.o", "../dilih.h")
	if err == nil {
		err = os.WriteFile("layout.go", source, 0o644)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "generate: %v\n", err)
		os.Exit(1)
	}
}

// Names in C of what is generated, in this order, with their names in Go.
var (
	defines = []string{"ABI", "BANKS", "MAX_RULES", "MAX_FLOWS", "HOOKS", "DIRECTIONS", "NO_RULE", "FILTER_HANDLE", "QUEUE_HANDLE"}

	// In Go a bit mask is a plain number.
	enums = []name{
		{"event_type", "EventType"}, {"hook", "Hook"}, {"event_mode", "EventMode"}, {"direction", "Direction"},
		{"distribution", "Distribution"}, {"action", "Action"}, {"process", "Process"}, {"scope", "Scope"},
		{"kind", ""}, {"asks", ""},
	}

	structs = []name{
		{"perf_trace_event", "Event"}, {"control", "Control"}, {"fault_set", "FaultSet"}, {"prefix", "Prefix"},
		{"rule", "Rule"}, {"flow_id", "FlowID"}, {"tally", "Tally"}, {"totals", "Totals"},
		{"rule_counters", "RuleCounters"},
	}
)

type name struct{ c, golang string }

// generate returns the source of layout.go.
func generate(object, header string) ([]byte, error) {
	spec, err := ebpf.LoadCollectionSpec(object)
	if err != nil {
		return nil, fmt.Errorf("%w: build it with make", err)
	}
	text, err := os.ReadFile(header)
	if err != nil {
		return nil, err
	}
	w := &writer{types: spec.Types, header: string(text)}
	w.printf("// SPDX-License-Identifier: MIT\n\n// Code generated from bpf/dilih.h by go generate ./bpf/abi. DO NOT EDIT.\n\npackage abi\n")
	w.defines()
	for _, enum := range enums {
		if err := w.enum(enum); err != nil {
			return nil, err
		}
	}
	for _, s := range structs {
		if err := w.structure(s); err != nil {
			return nil, err
		}
	}
	return format.Source(w.Bytes())
}

// writer is the source in the making.
type writer struct {
	bytes.Buffer
	types  *btf.Spec
	header string
}

func (w *writer) printf(format string, words ...any) { fmt.Fprintf(w, format, words...) }

// comment ends a line.
func (w *writer) comment(text string) {
	if text != "" {
		w.printf(" // %s", text)
	}
	w.printf("\n")
}

// enum writes the type, unless it is a bit mask, and its values.
func (w *writer) enum(n name) error {
	var enum *btf.Enum
	if err := w.types.TypeByName(n.c, &enum); err != nil {
		return fmt.Errorf("enum %s: %w", n.c, err)
	}
	if n.golang == "" {
		w.printf("\n// Bits of enum %s.\nconst (\n", n.c)
	} else {
		w.printf("\n// %[1]s is enum %[2]s.\ntype %[1]s uint%[3]d\n\n// Values of %[1]s.\nconst (\n", n.golang, n.c, 8*enum.Size)
	}
	comments := comments(body(w.header, "enum", n.c), valueComment)
	for _, value := range enum.Values {
		number := fmt.Sprint(value.Value)
		if n.golang == "" {
			number = fmt.Sprintf("%#x", value.Value)
		}
		w.printf("%s %s = %s", goName(strings.TrimPrefix(value.Name, "TYPE_")), n.golang, number)
		w.comment(comments[value.Name])
	}
	w.printf(")\n")
	return nil
}

func (w *writer) structure(n name) error {
	var s *btf.Struct
	if err := w.types.TypeByName(n.c, &s); err != nil {
		return fmt.Errorf("struct %s: %w", n.c, err)
	}
	w.printf("\n// %[1]s is struct %[2]s.\ntype %[1]s struct {\n", n.golang, n.c)
	comments := comments(body(w.header, "struct", n.c), fieldComment)
	end := uint32(0)
	for _, member := range s.Members {
		if member.Offset.Bytes() != end {
			return fmt.Errorf("struct %s: there is padding before %s", n.c, member.Name)
		}
		goType, err := goType(member.Type)
		if err != nil {
			return fmt.Errorf("struct %s: %s: %w", n.c, member.Name, err)
		}
		size, err := btf.Sizeof(member.Type)
		if err != nil {
			return err
		}
		end += uint32(size)
		w.printf("%s %s", goName(member.Name), goType)
		w.comment(comments[member.Name])
	}
	w.printf("}\n")
	return nil
}
