// SPDX-License-Identifier: MIT

//go:build kernel

package session_test

import (
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/kerneltest"
	"dilih/reader/fault/faulttest"
	"dilih/reader/session"
)

// Whoever counts takes the events from nobody.
func TestCount(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop every 2")
	s := open(t, loaded.Pin)
	look(t, s)
	loaded.Packets(10, 60)
	counted, err := session.Count(loaded.Pin)
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Equals(counted.Entered.Packets, 10))
	qt.Assert(t, qt.Equals(counted.Dropped.Packets, 5))
	qt.Assert(t, qt.Equals(counted.Rules[len(counted.Rules)-1].Text, "drop every 2"))
	loaded.Packets(10, 60)
	seen := look(t, s)
	qt.Assert(t, qt.IsNil(seen.Blind))
	qt.Assert(t, qt.Equals(seen.Events.Read, 40))
}
