// SPDX-License-Identifier: MIT

package model

import (
	"testing"

	"github.com/go-quicktest/qt"
)

// The published outputs of splitmix64 for the seed 1234567.
func TestSplitMix64(t *testing.T) {
	for i, want := range []uint64{
		6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
	} {
		qt.Check(t, qt.Equals(RuleKey(1234567, i+1), want))
		loss, transition := draws(1234567, uint64(i))
		qt.Check(t, qt.Equals(loss<<32|transition, want))
	}
}
