// SPDX-License-Identifier: MIT

package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
)

const (
	root     = "../../.." // of the tree
	contents = "docs/README.md"
	course   = "docs/learn/README.md"
)

// block is a fenced block of a document.
type block struct {
	Document string // from the root of the tree
	Line     int    // of its first line of text
	Section  string // the anchor of the heading above
	Info     string // after the opening fence
	Text     string
}

// documents are the paths of all documents, from the root of the tree, in the order of the book: the README, the pages
// in the table of contents, with the lessons after the page of the course, and that table.
func documents(t *testing.T) []string {
	names := []string{"README.md"}
	for _, page := range pagesIn(t, contents) {
		names = append(names, page)
		if page == course {
			names = append(names, pagesIn(t, course)...)
		}
	}
	return append(names, contents)
}

var listed = regexp.MustCompile(`(?m)^(?:-|[0-9]+\.) \[[^]]*\]\(([^):]+\.md)\)`)

// pagesIn are the documents in the lists of a table of contents.
func pagesIn(t *testing.T, table string) (pages []string) {
	for _, found := range listed.FindAllStringSubmatch(read(t, table), -1) {
		pages = append(pages, filepath.Join(filepath.Dir(table), found[1]))
	}
	return pages
}

// read reads a file of the tree.
func read(t *testing.T, name string) string {
	text, err := os.ReadFile(filepath.Join(root, name))
	qt.Assert(t, qt.IsNil(err))
	return string(text)
}

// at is where it is, for people.
func (b block) at() string {
	return fmt.Sprint(b.Document, ":", b.Line)
}

// runs says whether the block is run by the tests.
func (b block) runs() bool {
	return b.Info == "sh" || b.Info == "sh fails" || b.Info == "sh stop"
}

// waits says whether the block has packets wait, which needs a kernel that has a queue for them.
func (b block) waits() bool {
	return b.Info == "sh queue"
}

// checksOf are the scripts in testdata that check what the sections of a document did, by section. The table of
// contents has nothing to check, and the name of the README of the tree.
func checksOf(document string) map[string]string {
	if document == contents {
		return nil
	}
	name := strings.TrimSuffix(strings.TrimPrefix(document, "docs/"), ".md")
	dir := "testdata/" + strings.TrimSuffix(name, "/README")
	scripts, _ := filepath.Glob(dir + "/*.sh") // the pattern is well-formed
	checks := make(map[string]string)
	for _, script := range scripts {
		checks[strings.TrimSuffix(filepath.Base(script), ".sh")] = script
	}
	return checks
}

// blocksOf are the blocks of a document, in their order. open is the line of a fence that is not
// closed, or 0.
func blocksOf(document, text string) (blocks []block, open int) {
	section := ""
	for i, line := range strings.Split(text, "\n") {
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == 0:
			open = i + 1
			blocks = append(blocks, block{Document: document, Line: i + 2, Section: section, Info: info})
		case fence:
			open = 0
		case open > 0:
			blocks[len(blocks)-1].Text += line + "\n"
		case strings.HasPrefix(line, "#"):
			section = anchor(line)
		}
	}
	return blocks, open
}

var notInAnchors = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchor is the name that a heading gets in links.
func anchor(heading string) string {
	title := strings.TrimSpace(strings.TrimLeft(heading, "#"))
	return strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}

func TestBlocksOf(t *testing.T) {
	text := "# A title\n```sh stop\nls\n# all\n```\n## What's `new`?\n```text\nx\n```\n```\n"
	blocks, open := blocksOf("d", text)
	qt.Check(t, qt.DeepEquals(blocks, []block{
		{"d", 3, "a-title", "sh stop", "ls\n# all\n"},
		{"d", 8, "whats-new", "text", "x\n"},
		{"d", 11, "whats-new", "", "\n"},
	}))
	qt.Check(t, qt.Equals(open, 10))
}
