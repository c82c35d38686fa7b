// SPDX-License-Identifier: MIT

package docs

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
)

var (
	inHelp = regexp.MustCompile(`(?m)^ +(--[a-z-]+)`)
	inPage = regexp.MustCompile(`(?m)^(?:\.B |\\fB)(\\-\\-[a-z\\-]+|--[a-z-]+)`)
	inRow  = regexp.MustCompile("(?m)^\\| `(--[a-z-]+)[^`]*` \\| `([a-z ]+)` \\|")
)

// optionsIn are the options that the pattern finds, sorted, each once.
func optionsIn(text string, pattern *regexp.Regexp) (options []string) {
	for _, found := range pattern.FindAllStringSubmatch(text, -1) {
		options = append(options, strings.ReplaceAll(found[1], `\`, ""))
	}
	slices.Sort(options)
	return slices.Compact(options)
}

// output is what the program of this tree prints if it is called by the first word.
func output(t *testing.T, words ...string) string {
	t.Helper()
	cmd := exec.Command("./dilih-reader")
	cmd.Args, cmd.Dir = words, root
	out, err := cmd.Output()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("%v", words))
	return string(out)
}

// TestOptions compares what names the options of dilih: the help of each verb, TAB completion, the man page, and the
// table in docs/install.md, which also says which verbs take each.
func TestOptions(t *testing.T) {
	page := read(t, "dilih.1") // make check builds it
	byVerb := make(map[string][]string)
	for _, row := range inRow.FindAllStringSubmatch(read(t, "docs/install.md"), -1) {
		for verb := range strings.FieldsSeq(row[2]) {
			byVerb[verb] = append(byVerb[verb], row[1])
		}
	}
	for _, verb := range []string{"up", "fault", "status", "bugreport", "down", "run"} {
		documented := byVerb[verb]
		slices.Sort(documented)
		qt.Check(t, qt.DeepEquals(but("--help", optionsIn(output(t, "dilih", "help", verb), inHelp)), documented), qt.Commentf("help %s", verb))
		completed := strings.Fields(output(t, "dilih", verb, "--", "--generate-bash-completion"))
		slices.Sort(completed)
		qt.Check(t, qt.DeepEquals(but("--help", completed), documented), qt.Commentf("completion of %s", verb))
		qt.Check(t, qt.DeepEquals(optionsIn(partOf(page, ".SH "+verb), inPage), documented), qt.Commentf("man page of %s", verb))
	}
}

// but returns the options without one.
func but(without string, options []string) []string {
	return slices.DeleteFunc(options, func(option string) bool { return option == without })
}

// TestReaderOptions compares what names those of dilih-reader. The guide has them in sentences, and each command has its
// own part of the man page.
func TestReaderOptions(t *testing.T) {
	reader, page := "dilih-reader", read(t, "dilih-reader.1") // make check builds both
	for _, command := range []string{"", "plan", "predict"} {
		words, part := []string{reader}, partOf(page, ".SH GLOBAL OPTIONS")
		if command != "" {
			words, part = append(words, command), partOf(page, ".SH "+command)
		}
		helped := optionsIn(output(t, append(words, "--help")...), inHelp)
		completed := strings.Fields(output(t, append(words, "-", "--generate-bash-completion")...))
		for _, option := range helped {
			qt.Check(t, qt.SliceContains(completed, option))
			qt.Check(t, qt.IsTrue(option == "--help" || strings.Contains(read(t, "docs/reader.md"), option) || command != ""),
				qt.Commentf("%s is not in docs/reader.md", option))
		}
		documented := but("--help", helped)
		qt.Check(t, qt.DeepEquals(but("--help", optionsIn(part, inPage)), documented), qt.Commentf("man page of %q", command))
	}
}

// partOf is the part of a man page below a heading.
func partOf(page, heading string) string {
	_, part, _ := strings.Cut(page, heading+"\n")
	part, _, _ = strings.Cut(part, "\n.S")
	return part
}
