// SPDX-License-Identifier: MIT

package fault

import (
	"math/rand/v2"
	"testing"

	"github.com/go-quicktest/qt"
)

// Every number of nanoseconds and of bits per second has a text, which means it.
func TestMeasuresRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		for _, m := range []measure{times, rates} {
			value := random.Uint64() >> random.UintN(64)
			text := m.text(value)
			got, err := (&parser{lines: []string{text}, words: fields(text, 0, 0)}).measured("it", m)
			qt.Assert(t, qt.IsNil(err))
			qt.Assert(t, qt.Equals(got, value), qt.Commentf("%s", text))
		}
	}
}
