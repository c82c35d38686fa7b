// SPDX-License-Identifier: MIT

package testenv

import (
	"testing"
	"time"

	"github.com/go-quicktest/qt"
)

func TestPatience(t *testing.T) {
	for scale, want := range map[string]time.Duration{"": patience, "1": patience, "0.5": patience / 2, "10": 10 * patience} {
		t.Setenv("DILIH_TIME_SCALE", scale)
		qt.Check(t, qt.Equals(Patience(), want))
	}
	for _, scale := range []string{"0", "-1", "NaN", "1e9", "x"} {
		t.Setenv("DILIH_TIME_SCALE", scale)
		qt.Check(t, qt.PanicMatches(func() { Patience() }, ".*DILIH_TIME_SCALE.*"))
	}
}

func TestSample(t *testing.T) {
	all := []int{0, 1, 2, 3, 4, 5, 6, 7}
	t.Setenv("DILIH_THOROUGH", "")
	t.Setenv("DILIH_SEED", "42")
	drawn := Sample(t, all, 3)
	qt.Check(t, qt.HasLen(drawn, 3))
	qt.Check(t, qt.DeepEquals(Sample(t, all, 3), drawn))
	qt.Check(t, qt.Equals(Rounds(20), 2))
	t.Setenv("DILIH_SEED", "43")
	qt.Check(t, qt.Not(qt.DeepEquals(Sample(t, all, 3), drawn)))
	t.Setenv("DILIH_THOROUGH", "1")
	qt.Check(t, qt.DeepEquals(Sample(t, all, 3), all))
	qt.Check(t, qt.Equals(Rounds(20), 20))
}
