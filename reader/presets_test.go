// SPDX-License-Identifier: MIT

package main

import (
	"os"
	"strings"
	"testing"

	"dilih/reader/fault"

	"github.com/go-quicktest/qt"
)

// Each preset is printed with its source and as two faults, which parse, and stands in the documents.
func TestPresets(t *testing.T) {
	out, diagnostics, code := command("presets")
	qt.Assert(t, qt.Equals(code, 0))
	qt.Check(t, qt.Equals(diagnostics, ""))
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	qt.Assert(t, qt.HasLen(lines, 3*len(fault.Presets)))
	page, err := os.ReadFile("../docs/presets.md")
	qt.Assert(t, qt.IsNil(err))
	for i, preset := range fault.Presets {
		qt.Check(t, qt.Equals(lines[3*i], "# preset "+preset.Name+": "+preset.Source))
		faults, err := fault.Parse("test", strings.Join(lines[3*i+1:][:2], "\n"))
		qt.Assert(t, qt.IsNil(err))
		qt.Check(t, qt.IsFalse(faults[0].Out()))
		qt.Check(t, qt.IsTrue(faults[1].Out()))
		row := "| `" + preset.Name + "` | `" + faults[0].String() + "` | `" + strings.TrimSuffix(faults[1].String(), " out") + "` | " + preset.Source + " |\n"
		qt.Check(t, qt.StringContains(string(page), row))
	}
}

func TestPresetsRefuses(t *testing.T) {
	_, diagnostics, code := command("presets", "3g")
	qt.Check(t, qt.Equals(code, 1))
	qt.Check(t, qt.StringContains(diagnostics, `unexpected argument "3g"`))
}
