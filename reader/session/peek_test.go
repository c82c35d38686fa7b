// SPDX-License-Identifier: MIT

//go:build kernel

package session_test

import (
	"math"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/kerneltest"
	"dilih/reader/fault/faulttest"
)

// Whoever peeks sees what is new, and the next snapshot has its rates over all since the last one.
func TestPeekLeavesNoTrace(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 50%")
	s := open(t, loaded.Pin)
	first := look(t, s)
	loaded.Packets(401, 60)
	peeked, err := s.Peek()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(peeked.Entered.Packets, 401))
	qt.Assert(t, qt.Equals(peeked.Events.Read, 802))
	qt.Assert(t, qt.Equals(peeked.Totals, loaded.Totals()))
	loaded.Packets(10, 60)
	second := look(t, s)
	qt.Assert(t, qt.Equals(second.Elapsed, second.Time.Sub(first.Time)))
	qt.Assert(t, qt.Equals(math.Round(second.Entered.Rate*second.Elapsed.Seconds()), 411))
}
