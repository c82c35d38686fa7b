// SPDX-License-Identifier: MIT

package fault

import (
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/scripts/test/testenv"
)

// Every number of nanoseconds and of bits per second has a text, which means it.
func TestMeasuresRoundTrip(t *testing.T) {
	random := testenv.Random(t)
	for range testenv.Rounds(20_000) {
		for _, m := range []measure{times, rates} {
			value := random.Uint64() >> random.UintN(64)
			text := m.text(value)
			got, err := (&parser{lines: []string{text}, words: fields(text, 0, 0)}).measured("it", m)
			qt.Assert(t, qt.IsNil(err))
			qt.Assert(t, qt.Equals(got, value), qt.Commentf("%s", text))
		}
	}
}
