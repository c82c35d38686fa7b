// SPDX-License-Identifier: MIT

//go:build kernel

package session_test

import (
	"sync/atomic"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/kerneltest"
	"dilih/reader/events"
	"dilih/reader/fault/faulttest"
)

// counter counts events, from whatever goroutine.
type counter struct{ events atomic.Uint64 }

func (c *counter) Event(events.Event) { c.events.Add(1) }
func (c *counter) Flushed()           {}

// Nothing is read before the first look, although the rings run over: until then the process may be root.
func TestNothingIsReadBeforeTheFirstLook(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 50%")
	events := &counter{}
	s := open(t, loaded.Pin, events)
	for loaded.Totals().RingFull == 0 && events.events.Load() == 0 {
		loaded.Packets(1000, 60)
	}
	qt.Assert(t, qt.Equals(events.events.Load(), 0))
	now := look(t, s)
	qt.Assert(t, qt.Equals(now.Events.Read, loaded.Totals().Events))
	qt.Assert(t, qt.Equals(now.Events.Read, events.events.Load()))
}
