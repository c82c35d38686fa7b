// SPDX-License-Identifier: MIT

package main

import (
	"os"
	"testing"

	"github.com/go-quicktest/qt"
)

// TestFresh: whoever changes the header has to generate the package again.
func TestFresh(t *testing.T) {
	want, err := generate("../../dilih_kern.o", "../../dilih.h")
	qt.Assert(t, qt.IsNil(err))
	got, err := os.ReadFile("../layout.go")
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(string(got), string(want)), qt.Commentf("layout.go is stale: go generate ./bpf/abi"))
}

func TestGoName(t *testing.T) {
	for c, want := range map[string]string{
		"HOOK_TC_OUT_L3": "HookTCOutL3", "PROCESS_GEMODEL": "ProcessGEModel", "processing_time_ns": "ProcessingTimeNs",
		"abi": "ABI", "p": "P", "KIND_ICMP6": "KindICMP6",
	} {
		qt.Check(t, qt.Equals(goName(c), want))
	}
}
