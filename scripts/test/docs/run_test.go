// SPDX-License-Identifier: MIT

//go:build kernel

package docs

import (
	"errors"
	"iter"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/scripts/test/labtest"
)

// TestCommands runs the commands of all documents in one lab and one tree, which is built once, in the order of the book,
// as a reader does who stays in the lab. After the last command of a section it runs what testdata has for the section,
// which finds out if the commands did what the document says. Each document must leave the lab as it found it.
func TestCommands(t *testing.T) {
	labtest.BuildTree(t)
	labtest.Run(t, labtest.Chatty, func() {
		s := newShell(t)
		runCheck(t, s, untouched)
		for _, document := range documents(t) {
			t.Run(document, func(t *testing.T) {
				runDocument(t, s, document)
				runCheck(t, s, untouched)
			})
		}
		qt.Check(t, qt.Equals(s.dir, s.tree))
	})
}

// untouched is the check that follows each document. Before the first it notes how the lab is.
const untouched = "testdata/untouched.sh"

func runDocument(t *testing.T, s *shell, document string) {
	blocks, _ := blocksOf(document, read(t, document))
	checks := checksOf(document)
	for section, blocks := range bySection(blocks) {
		t.Run(section, func(t *testing.T) {
			runCheck(t, s, checks[section+".before"]) // which makes what they need
			runSection(t, s, blocks)
			runCheck(t, s, checks[section])
		})
	}
}

// bySection yields the blocks of each section, in their order.
func bySection(blocks []block) iter.Seq2[string, []block] {
	return func(yield func(string, []block) bool) {
		for len(blocks) > 0 {
			section := blocks[0].Section
			end := slices.IndexFunc(blocks, func(b block) bool { return b.Section != section })
			if end < 0 {
				end = len(blocks)
			}
			if !yield(section, blocks[:end]) {
				return
			}
			blocks = blocks[end:]
		}
	}
}

func runSection(t *testing.T, s *shell, blocks []block) {
	output := ""
	for _, b := range blocks {
		switch {
		case b.runs():
			output = runBlock(t, s, b.at(), b)
		case b.Info == "text output":
			missing := firstMissing(strings.Split(b.Text, "\n"), strings.Split(output, "\n"))
			qt.Check(t, qt.Equals(missing, ""), qt.Commentf("%s is not what the commands print", b.at()))
		}
	}
}

func runBlock(t *testing.T, s *shell, at string, b block) (output string) {
	words := []string{"bash", "-euo", "pipefail", "-c", noteDirectory + b.Text}
	if b.Info == "sh stop" {
		words = append([]string{"timeout", "--preserve-status", "-s", "INT", "2.5"}, words...)
	}
	output, err := s.run(words...)
	s.follow()
	t.Logf("%s\n%s\n%s", at, b.Text, output)
	failed := (*exec.ExitError)(nil)
	switch {
	case err != nil && !errors.As(err, &failed):
		t.Fatalf("%s: %v", at, err)
	case b.Info == "sh fails":
		qt.Assert(t, qt.IsNotNil(failed), qt.Commentf("%s should have failed", at))
	default:
		qt.Assert(t, qt.IsNil(failed), qt.Commentf("%s failed", at))
	}
	return output
}

// firstMissing is the first of the lines that is not in the text, or not in this order, or "". Blanks
// at their ends do not count.
func firstMissing(lines, text []string) string {
	for _, line := range lines {
		at := slices.IndexFunc(text, func(other string) bool {
			return strings.TrimRight(other, " ") == strings.TrimRight(line, " ")
		})
		if at < 0 && line != "" {
			return line
		}
		text = text[at+1:]
	}
	return ""
}

func runCheck(t *testing.T, s *shell, script string) {
	if script == "" {
		return
	}
	output, err := s.run("bash", "-euo", "pipefail", "-c", `. "$0"; . "$1"`,
		filepath.Join(s.tree, "scripts/test/docs/testdata/checks.sh"), filepath.Join(s.tree, "scripts/test/docs", script))
	qt.Check(t, qt.IsNil(err), qt.Commentf("%s: %s", script, output))
}
