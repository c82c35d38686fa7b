// SPDX-License-Identifier: MIT

package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/reader/fault"
	"dilih/scripts/lib/tables"
)

// kinds are what may follow the opening of a block. After c and go there is a file as well.
var kinds = []string{"sh", "sh fails", "sh stop", "sh queue", "sh no-test", "text", "text output", "c", "go", "fault", "json", "yaml", "promql"}

// TestBlocks checks each block that can be checked without running it.
func TestBlocks(t *testing.T) {
	for _, document := range documents(t) {
		blocks, open := blocksOf(document, read(t, document))
		qt.Check(t, qt.Equals(open, 0), qt.Commentf("%s: a fence that is not closed", document))
		for _, b := range blocks {
			t.Run(b.at(), func(t *testing.T) { checkBlock(t, b) })
		}
	}
}

func checkBlock(t *testing.T, b block) {
	kind, file, _ := strings.Cut(b.Info, " ")
	switch kind {
	case "c", "go":
		quoted := strings.Contains(read(t, file), b.Text)
		qt.Check(t, qt.IsTrue(quoted), qt.Commentf("these lines are not in %s", file))
	case "fault":
		_, err := fault.Parse(b.Document, b.Text)
		qt.Check(t, qt.IsNil(err))
	default:
		qt.Check(t, qt.IsTrue(slices.Contains(kinds, b.Info)), qt.Commentf("no kind of block: %q", b.Info))
	}
	if b.waits() {
		checkFaultsThatWait(t, b)
	}
}

var givenFault = regexp.MustCompile(`FAULT='([^']*)'`)

// checkFaultsThatWait parses the faults of commands that most kernels here cannot run. Some of them must
// ask for a queue: otherwise the commands could run everywhere.
func checkFaultsThatWait(t *testing.T, b block) {
	waits := false
	for _, given := range givenFault.FindAllStringSubmatch(b.Text, -1) {
		faults, err := fault.Parse(b.Document, given[1])
		qt.Check(t, qt.IsNil(err))
		for _, f := range faults {
			rule := f.Rule(0, 1)
			waits = waits || rule.Delay|rule.Rate|rule.Duplicate != 0
		}
	}
	qt.Check(t, qt.IsTrue(waits), qt.Commentf("nothing waits in %q", b.Text))
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	heading = regexp.MustCompile(`(?m)^#+ .*$`)
)

// TestLinks follows the links from document to document and into the tree.
func TestLinks(t *testing.T) {
	followed := 0
	for _, document := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(read(t, document), -1) {
			if target := found[1]; !strings.Contains(target, "://") {
				followed++
				checkLink(t, document, target)
			}
		}
	}
	qt.Assert(t, qt.Not(qt.Equals(followed, 0)))
}

func checkLink(t *testing.T, document, target string) {
	path, section, _ := strings.Cut(target, "#")
	file := document
	if path != "" {
		file = filepath.Join(filepath.Dir(document), path)
	}
	comment := qt.Commentf("%s links to %s", document, target)
	_, err := os.Stat(filepath.Join(root, file))
	qt.Check(t, qt.IsNil(err), comment)
	if err == nil && section != "" {
		qt.Check(t, qt.SliceContains(anchors(read(t, file)), section), comment)
	}
}

func anchors(text string) (names []string) {
	for _, found := range heading.FindAllString(fenced.ReplaceAllString(text, ""), -1) {
		names = append(names, anchor(found))
	}
	return names
}

// TestEveryPageIsListed keeps the tables of contents complete, and each page in one place.
func TestEveryPageIsListed(t *testing.T) {
	all := documents(t)
	for _, pattern := range []string{"docs/*.md", "docs/*/README.md", "docs/learn/*/README.md"} {
		pages, err := filepath.Glob(filepath.Join(root, pattern))
		qt.Assert(t, qt.IsNil(err))
		qt.Assert(t, qt.Not(qt.HasLen(pages, 0)))
		for _, page := range pages {
			qt.Check(t, qt.SliceContains(all, strings.TrimPrefix(page, root+"/")))
		}
	}
	sorted := slices.Sorted(slices.Values(all))
	qt.Check(t, qt.HasLen(slices.Compact(sorted), len(all)))
}

var (
	numbered = regexp.MustCompile(`(?m)^[0-9]+\. \[[^\]]*\]\(([^)]*)\)`)
	next     = regexp.MustCompile(`\nNext: \[[^\]]*\]\(([^)]*)\)\.\n$`)
)

// TestNext follows the course and the guide from page to page, up to the last page with a number in the table of
// contents.
func TestNext(t *testing.T) {
	pages := numbered.FindAllStringSubmatch(read(t, contents), -1)
	qt.Assert(t, qt.Not(qt.HasLen(pages, 0)))
	all := documents(t)
	first, last := slices.Index(all, course), slices.Index(all, "docs/"+pages[len(pages)-1][1])
	qt.Assert(t, qt.Equals("docs/"+pages[0][1], course))
	qt.Assert(t, qt.IsTrue(last-first > len(pages)))
	for i, page := range all[first:last] {
		found := next.FindStringSubmatch(read(t, page))
		qt.Assert(t, qt.HasLen(found, 2), qt.Commentf("%s names no next page", page))
		qt.Check(t, qt.Equals(filepath.Join(filepath.Dir(page), found[1]), all[first+i+1]), qt.Commentf("after %s", page))
	}
}

var term = regexp.MustCompile(`(?m)^## (.*)$`)

// TestGlossary finds words that no page explains by a link, and words out of order.
func TestGlossary(t *testing.T) {
	linked := map[string]bool{}
	for _, document := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(read(t, document), -1) {
			if _, section, to := strings.Cut(found[1], "glossary.md#"); to {
				linked[section] = true
			}
		}
	}
	var terms []string
	for _, found := range term.FindAllStringSubmatch(read(t, "docs/glossary.md"), -1) {
		terms = append(terms, strings.ToLower(found[1]))
		qt.Check(t, qt.IsTrue(linked[anchor(found[1])]), qt.Commentf("no page links to the word %s", found[1]))
	}
	qt.Check(t, qt.IsTrue(slices.IsSorted(terms)))
}

var place = regexp.MustCompile("`([a-z0-9_]+/[a-z0-9_./-]+)`")

// TestPlaces finds files that docs/contributing.md names, and that do not exist.
func TestPlaces(t *testing.T) {
	found := place.FindAllStringSubmatch(read(t, "docs/contributing.md"), -1)
	qt.Assert(t, qt.Not(qt.HasLen(found, 0)))
	for _, file := range found {
		name := file[1]
		for _, short := range []string{"model/", "progtest/"} { // of bpf, in the rows of tests
			if strings.HasPrefix(name, short) {
				name = "bpf/" + name
			}
		}
		_, err := os.Stat(filepath.Join(root, name))
		qt.Check(t, qt.IsNil(err))
	}
}

// TestPackages finds a package that make installs, and that is not in the table of packages.
func TestPackages(t *testing.T) {
	out, err := exec.Command("bash", "-euc", "cd "+root+"; . scripts/lib/lib.sh; for p in build run lab; do add_tools $p; done; printf '%s\n' \"${tools[@]}\"").Output()
	qt.Assert(t, qt.IsNil(err))
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		qt.Assert(t, qt.HasLen(fields, 2))
		qt.Check(t, qt.StringContains(read(t, "docs/make.md"), "\n| `"+fields[1]+"`"))
	}
}

// TestChecks finds checks of sections that do not exist any more, and recipes without a check.
func TestChecks(t *testing.T) {
	for _, document := range documents(t) {
		blocks, _ := blocksOf(document, read(t, document))
		checks := checksOf(document)
		for _, b := range blocks {
			if b.runs() && document == "docs/recipes.md" {
				qt.Check(t, qt.Not(qt.Equals(checks[b.Section], "")), qt.Commentf("%s is not checked", b.Section))
			}
			if b.waits() {
				qt.Check(t, qt.Not(qt.Equals(checks[b.Section+".queue"], "")), qt.Commentf("%s is not checked", b.Section))
			}
		}
		for name := range checks {
			section, waits := strings.CutSuffix(strings.TrimSuffix(name, ".before"), ".queue")
			used := slices.ContainsFunc(blocks, func(b block) bool {
				return b.Section == section && (b.waits() && waits || b.runs() && !waits)
			})
			qt.Check(t, qt.IsTrue(used), qt.Commentf("%s has no section %s that runs anything", document, section))
		}
	}
}

var variable = regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|")

// TestVariables compares the table of the variables with the one list that make and the scripts have. Those that only
// dilih run has are in docs/install.md.
func TestVariables(t *testing.T) {
	var documented []string
	for _, row := range variable.FindAllStringSubmatch(read(t, "docs/make.md"), -1) {
		documented = append(documented, row[1])
	}
	var settings []string
	for _, s := range tables.Settings() {
		if slices.Equal(s.Verbs, []string{"run"}) {
			continue
		}
		settings = append(settings, s.Name)
		if s.Default != "" && s.Default != "-" {
			row := fmt.Sprintf("| `%s` | `%s` |", s.Name, s.Default)
			qt.Check(t, qt.StringContains(read(t, "docs/make.md"), row))
		}
	}
	qt.Assert(t, qt.DeepEquals(documented, settings))
}

var (
	rowOfNeighbour = regexp.MustCompile(`(?m)^\| [^|\n].* \| ([^|]*) \|$`)
	proof          = regexp.MustCompile("^`([a-z0-9_/]+\\.txtar|[a-z0-9_/]+_test\\.go)`(?: `(Test\\w+)`)?$")
)

// TestProofs finds the tests that docs/security.md names. Each row of its tables names one at least.
func TestProofs(t *testing.T) {
	rows := rowOfNeighbour.FindAllStringSubmatch(read(t, "docs/security.md"), -1)
	qt.Assert(t, qt.Not(qt.HasLen(rows, 0)))
	for _, row := range rows {
		if row[1] != "tried by" {
			for named := range strings.SplitSeq(row[1], ", ") {
				checkProof(t, named)
			}
		}
	}
}

func checkProof(t *testing.T, named string) {
	found := proof.FindStringSubmatch(named)
	qt.Assert(t, qt.HasLen(found, 3), qt.Commentf("%q is no test", named))
	text := read(t, found[1])
	if strings.HasSuffix(found[1], ".go") {
		qt.Check(t, qt.StringContains(text, "\nfunc "+found[2]+"("), qt.Commentf("%s", named))
	}
}
