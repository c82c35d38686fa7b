// SPDX-License-Identifier: MIT

package tables

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
)

// Bash reads the same table, by a function of its own.
func TestSettings(t *testing.T) {
	out, err := exec.Command("bash", "-euc", `. ../settings.sh; show() { printf '%s|' "$@"; echo; }; each_setting show`).Output()
	qt.Assert(t, qt.IsNil(err))
	var all strings.Builder
	for _, s := range Settings() {
		all.WriteString(strings.Join([]string{s.Name, s.Default, s.Meaning, s.Value}, "|") + "|\n")
		qt.Check(t, qt.IsTrue(len(s.Verbs) > 0 && s.Value != "" && s.Meaning != ""), qt.Commentf("%+v", s))
	}
	qt.Assert(t, qt.Equals(string(out), all.String()))
}
