// SPDX-License-Identifier: MIT

package printable

import (
	"testing"

	"github.com/go-quicktest/qt"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"dilih-reader":  "dilih-reader",
		"été":           "été",
		"\x1b[2J\x1b[H": `\x1b[2J\x1b[H`,
		"a\nb\u202e":    `a\nb\u202e`,
		"\xff":          `\xff`,
	} {
		qt.Check(t, qt.Equals(Text(text), want))
	}
}
