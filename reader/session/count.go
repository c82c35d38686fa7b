// SPDX-License-Identifier: MIT

package session

import (
	"errors"

	"dilih/reader/pinned"
	"dilih/reader/tally"
)

var errCountersOnly = errors.New("the events are left to others")

// Count takes one snapshot of the counters at the path, and leaves the events to other readers. The error wraps those of
// package pinned.
func Count(path string) (tally.Snapshot, error) {
	pins, err := pinned.Open(path)
	if err != nil {
		return tally.Snapshot{}, err
	}
	s := &Session{pins: pins, collector: newCollector(nil), blind: errCountersOnly, namespaces: openNamespaces(path)}
	defer s.Close()
	snapshot, _, err := s.look()
	return snapshot, err
}
