// SPDX-License-Identifier: MIT

//go:build kernel

package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/scripts/test/labtest"
)

// TestSession records the session once more, and compares the lines on the screens of both. Numbers may differ, and so may
// the time at which a line is shown, and the lines beside it.
func TestSession(t *testing.T) {
	labtest.BuildTree(t)
	now := filepath.Join(t.TempDir(), "session.svg")
	said, err := exec.Command("../../dev/record", now).CombinedOutput()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", said))
	text, err := os.ReadFile(now)
	qt.Assert(t, qt.IsNil(err))
	qt.Check(t, qt.DeepEquals(linesOfScreens(t, read(t, "docs/pictures/session.svg")), linesOfScreens(t, string(text))),
		qt.Commentf("if that is meant to be so: sudo scripts/dev/record"))
}

// linesOfScreens are all the lines on any screen, sorted and each of them once. It leaves out those that are only the
// beginning of others, because they were still being written.
func linesOfScreens(t *testing.T, svg string) (lines []string) {
	for _, e := range parsed(t, svg).all() {
		line := ""
		for _, piece := range e.Inside {
			if piece.XMLName.Local == "text" {
				line += piece.Text
			}
		}
		lines = append(lines, masked(line))
	}
	slices.Sort(lines)
	whole := lines[:0]
	for i, line := range lines {
		if i == len(lines)-1 || !strings.HasPrefix(lines[i+1], line) {
			whole = append(whole, line)
		}
	}
	qt.Assert(t, qt.Not(qt.HasLen(whole, 0)))
	return whole
}

var (
	bars   = regexp.MustCompile(`[ ▁▂▃▄▅▆▇█]*[▁▂▃▄▅▆▇█]`)
	number = regexp.MustCompile(`objects-[0-9a-f]+|\b[0-9][0-9.,:–]*`)
	units  = regexp.MustCompile(`# (B|kB|MB)\b|(#[hms] )+#[hms]\b|#%`)
	blanks = regexp.MustCompile(` {2,}`)
	excuse = strings.NewReplacer("too few packets yet", "#% (#)", " !", "") // for what is observed
)

// masked is a command as it is. Any other line is without numbers and the hash of the objects, and without what depends on them: units, columns, the
// length of a bar chart, and whether a share is known, or is far from what was asked.
func masked(line string) string {
	if strings.HasPrefix(line, "$ ") {
		return strings.TrimSpace(line)
	}
	line = bars.ReplaceAllString(excuse.Replace(line), "  #")
	line = units.ReplaceAllString(number.ReplaceAllString(line, "#"), "#")
	return strings.TrimSpace(blanks.ReplaceAllString(line, "  "))
}
