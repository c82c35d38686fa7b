// SPDX-License-Identifier: MIT

package printable

import (
	"encoding/json"
	"testing"

	"github.com/go-quicktest/qt"
)

func TestJSON(t *testing.T) {
	for text, want := range map[string]string{
		"eth0":           `"eth0"`,
		"\x1b[2J":        `"\u001b[2J"`,
		"a\u009b2J\x7f":  `"a\u009b2J\u007f"`,
		"\u202eabc é":    `"\u202eabc é"`,
		"\U000e0001\\b0": `"\udb40\udc01\\b0"`,
	} {
		plain, err := json.Marshal(text)
		qt.Assert(t, qt.IsNil(err))
		escaped := JSON(plain)
		qt.Check(t, qt.Equals(string(escaped), want))
		var again string
		qt.Assert(t, qt.IsNil(json.Unmarshal(escaped, &again)))
		qt.Check(t, qt.Equals(again, text))
	}
}
