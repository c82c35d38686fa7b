// SPDX-License-Identifier: MIT

package session

import (
	"errors"
	"fmt"
	"os"
	"time"

	"dilih/reader/pinned"
)

// A pin directory that is being replaced may be missing for an instant.
const (
	longestAbsence = 500 * time.Millisecond
	lookAgainAfter = 10 * time.Millisecond
)

// ErrStartAgain means that there is something to open which this process may not open, or no longer
// since it gave up its rights.
var ErrStartAgain = errors.New("is not permitted any more")

// follow catches up with what happened to the pins since the last look: another directory, another
// reader that went away. gone is why there is nothing left to follow.
func (s *Session) follow() (gone, err error) {
	if s.pins.Moved() {
		err := s.move()
		switch {
		case errors.Is(err, os.ErrPermission):
			return fmt.Errorf("%s was loaded again, and opening it %w: %w", s.pins.Path, ErrStartAgain, err), nil
		case errors.Is(err, pinned.ErrVersion):
			return fmt.Errorf("%s was loaded again: %w", s.pins.Path, err), nil
		case err != nil:
			return nil, err
		}
	}
	if gone := s.goneForGood(); gone != nil {
		return gone, nil
	}
	if busy := (*pinned.Busy)(nil); errors.As(s.blind, &busy) {
		return nil, s.listen()
	}
	return nil, nil
}

// goneForGood is an error if the pins are gone and stay away.
func (s *Session) goneForGood() error {
	for deadline := time.Now().Add(longestAbsence); ; time.Sleep(lookAgainAfter) {
		err := s.pins.Loaded()
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// move goes over to the pins that stand at the path now. If they pin the same maps, no event is lost:
// the rings are still in place, and only the lock has to be taken anew.
func (s *Session) move() error {
	pins, err := pinned.Open(s.pins.Path)
	if errors.Is(err, pinned.ErrNotLoaded) {
		return nil // not complete yet
	}
	if err != nil {
		return fmt.Errorf("follow the new pins: %w", err)
	}
	// While the old ones are still there to show their last counts.
	if _, err := pins.Read(); err != nil {
		pins.Close()
		return fmt.Errorf("follow the new pins: %w", err)
	}
	old := s.pins
	defer old.Close()
	s.pins = pins
	if s.listener != nil && pins.SameMaps(old) && pins.Lock() == nil {
		return nil
	}
	if s.listener != nil {
		s.listener.close()
	}
	if !pins.SameMaps(old) {
		s.last = moment{}
		s.collector.reset()
		return s.begin()
	}
	return s.listen()
}
