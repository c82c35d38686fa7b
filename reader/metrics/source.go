// SPDX-License-Identifier: MIT

package metrics

import (
	"errors"
	"time"

	"dilih/reader/tally"
)

const (
	shelfLife   = 100 * time.Millisecond // how old a look may be
	lookTimeout = 3 * time.Second        // how long to wait for one; Prometheus waits for ten
)

var errStuck = errors.New("the reader is held up: is the output of dilih-reader being read?")

// source looks at most once within shelfLife, however many ask.
type source struct {
	look func() []tally.Snapshot

	turn chan struct{} // full while somebody looks; guards what follows
	at   time.Time
	last []tally.Snapshot
}

func newSource(look func() []tally.Snapshot) *source {
	return &source{look: look, turn: make(chan struct{}, 1)}
}

// snapshots are the last ones, or new ones. Whoever waits for somebody else's look gives up after a
// while, lest they pile up after one that does not return.
func (s *source) snapshots() ([]tally.Snapshot, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-time.After(lookTimeout):
		return nil, errStuck
	}
	if time.Since(s.at) >= shelfLife {
		s.last = s.look()
		s.at = time.Now()
	}
	return s.last, nil
}
