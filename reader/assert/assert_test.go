// SPDX-License-Identifier: MIT

package assert_test

import (
	"os"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/reader/assert"
	"dilih/reader/tally"
)

func TestParse(t *testing.T) {
	list, err := assert.Parse("dropped>=1; matched == 40;\tpassed<0;")
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.DeepEquals(list, []assert.Assertion{{"dropped", ">=", 1}, {"matched", "==", 40}, {"passed", "<", 0}}))
	for _, count := range tally.Counted {
		list, err := assert.Parse(count.Name + "!=7")
		qt.Assert(t, qt.IsNil(err))
		qt.Assert(t, qt.DeepEquals(list, []assert.Assertion{{count.Name, "!=", 7}}))
	}
	list, err = assert.Parse(" ")
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(list, 0))
}

func TestParseErrors(t *testing.T) {
	for text, why := range map[string]string{
		"dropped=1":                   `"dropped=1": expected a count, .*`,
		"dropped>=-1":                 `.*expected a count, .*`,
		"dropped>=01":                 `.*expected a count, .*`,
		"dropped>=1 2":                `.*expected a count, .*`,
		">1":                          `.*expected a count, .*`,
		"passed>1;dropped>":           `"dropped>": expected a count, .*`,
		"dropped>1234567890123456789": `.*expected a count, .*`,
		"lost>1":                      `"lost>1": there is no count lost, but there are entered passed dropped .*`,
	} {
		_, err := assert.Parse(text)
		qt.Check(t, qt.ErrorMatches(err, why), qt.Commentf("%s", text))
	}
}

func TestFailure(t *testing.T) {
	for _, test := range []struct {
		text string
		true [3]bool // of 4, 5 and 6
	}{
		{"dropped>=5", [3]bool{false, true, true}},
		{"dropped<=5", [3]bool{true, true, false}},
		{"dropped==5", [3]bool{false, true, false}},
		{"dropped!=5", [3]bool{true, false, true}},
		{"dropped>5", [3]bool{false, false, true}},
		{"dropped<5", [3]bool{true, false, false}},
	} {
		list, err := assert.Parse(test.text)
		qt.Assert(t, qt.IsNil(err))
		for i, expected := range test.true {
			why := list[0].Failure(map[string]uint64{"dropped": uint64(4 + i)})
			qt.Check(t, qt.Equals(why == "", expected), qt.Commentf("%s of %d: %s", test.text, 4+i, why))
		}
		qt.Check(t, qt.Equals(list[0].Failure(nil), "dropped is not known, expected "+test.text[len("dropped"):]))
	}
	list, err := assert.Parse("dropped>=5")
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(list[0].Failure(map[string]uint64{"dropped": 3}), "dropped is 3, expected >=5"))
}

func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/install.md")
	qt.Assert(t, qt.IsNil(err))
	_, section, _ := strings.Cut(string(text), "### What is asserted")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, count := range tally.Counted {
		qt.Check(t, qt.StringContains(section, "`"+count.Name+"`"))
	}
}
