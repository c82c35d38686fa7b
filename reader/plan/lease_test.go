// SPDX-License-Identifier: MIT

package plan

import (
	"testing"

	"github.com/go-quicktest/qt"
)

func TestParseLease(t *testing.T) {
	for text, seconds := range map[string]float64{
		"forever": 0, "90s": 90, "2h30m": 9000, "1d": 86400, "1d12h": 129600, "0d1s": 1, "250ms": 0.25, "3650d": 3650 * 86400,
	} {
		got, err := ParseLease(text)
		qt.Check(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(got.time.Seconds(), seconds), qt.Commentf("%s", text))
		qt.Check(t, qt.Equals(got.text, text))
	}
	for _, text := range []string{"", "0", "0s", "0d", "d", "1", "-1s", "2d-1h", "1w", "1.5d", "for ever", "99999d2000000h", "999999d"} {
		_, err := ParseLease(text)
		qt.Check(t, qt.IsNotNil(err), qt.Commentf("%q", text))
	}
}
