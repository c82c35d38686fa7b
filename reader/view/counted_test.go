// SPDX-License-Identifier: MIT

package view

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/reader/tally"
)

// A count that is a metric is in JSON and in CSV by its name, too.
func TestCounted(t *testing.T) {
	var line bytes.Buffer
	qt.Assert(t, qt.IsNil(NewJSON(&line, nil).Show([]tally.Snapshot{usual(both)})))
	var told struct {
		All map[string]any
		Out map[string]any
	}
	qt.Assert(t, qt.IsNil(json.Unmarshal(line.Bytes(), &told.All)))
	told.Out = told.All["out"].(map[string]any)
	for _, count := range tally.Counted {
		if !count.Series || count.Name == "reported" { // which is for who looks after dilih itself
			continue
		}
		_, all := told.All[count.Name]
		qt.Check(t, qt.IsTrue(all), qt.Commentf("%s", count.Name))
		qt.Check(t, qt.IsTrue(slices.Contains(csvHeader, count.Name)), qt.Commentf("%s", count.Name))
		if count.HasDirection() {
			_, out := told.Out[count.Name]
			qt.Check(t, qt.IsTrue(out), qt.Commentf("%s", count.Name))
			qt.Check(t, qt.IsTrue(slices.Contains(csvHeader, "out_"+count.Name)), qt.Commentf("%s", count.Name))
		}
	}
}
