// SPDX-License-Identifier: MIT

package metrics

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/reader/tally"
)

// counting looks, and sees how often it looked.
func counting(looks *atomic.Uint64) *source {
	return newSource(func() []tally.Snapshot {
		return []tally.Snapshot{{Generation: uint32(looks.Add(1))}}
	})
}

func TestLooksNoMoreThanNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Uint64
		s := counting(&looks)
		for _, step := range []struct {
			wait time.Duration
			sees uint32
		}{{0, 1}, {0, 1}, {shelfLife - 1, 1}, {1, 2}, {shelfLife, 3}, {time.Hour, 4}, {0, 4}} {
			time.Sleep(step.wait) // of the bubble's time
			snapshots, err := s.snapshots()
			qt.Assert(t, qt.IsNil(err))
			qt.Assert(t, qt.Equals(snapshots[0].Generation, step.sees))
		}
	})
}

func TestManyLookOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Uint64
		s := counting(&looks)
		var everybody sync.WaitGroup
		for range 1000 {
			everybody.Go(func() {
				_, err := s.snapshots()
				qt.Check(t, qt.IsNil(err))
			})
		}
		everybody.Wait()
		qt.Assert(t, qt.Equals(looks.Load(), 1))
	})
}

// Behind a look that does not return, nobody waits for ever; when it does return, all is well again.
func TestStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		s := newSource(func() []tally.Snapshot {
			<-gate
			return []tally.Snapshot{{}}
		})
		go s.snapshots()
		synctest.Wait()
		began := time.Now()
		_, err := s.snapshots()
		qt.Assert(t, qt.ErrorIs(err, errStuck))
		qt.Assert(t, qt.Equals(time.Since(began), lookTimeout))
		close(gate)
		snapshots, err := s.snapshots()
		qt.Assert(t, qt.IsNil(err))
		qt.Assert(t, qt.HasLen(snapshots, 1))
	})
}
