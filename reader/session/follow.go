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
	patience = 500 * time.Millisecond
	glance   = 10 * time.Millisecond
)

// follow catches up with what happened to the pins since the last look: another program under the
// same pin, another directory, another reader that went away. gone is why there is nothing left to
// follow.
func (s *Session) follow() (gone, err error) {
	if s.pins.Moved() {
		if err := s.move(); err != nil {
			return nil, err
		}
	}
	if gone := s.findProgram(); gone != nil {
		return gone, nil
	}
	if busy := (*pinned.Busy)(nil); errors.As(s.blind, &busy) {
		return nil, s.listen()
	}
	return nil, nil
}

// findProgram looks up the id of the program. The error says that the program stays away.
func (s *Session) findProgram() error {
	for deadline := time.Now().Add(patience); ; time.Sleep(glance) {
		program, err := s.pins.ProgramID()
		if err == nil {
			s.program = program
			return nil
		}
		if errors.Is(err, os.ErrPermission) {
			return nil // rights were given up since: keep to what is open
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}

// move goes over to the pins that stand at the path now. If they pin the same maps, nothing is lost:
// the rings are still in place, and only the lock has to be taken anew.
func (s *Session) move() error {
	pins, err := pinned.Open(s.pins.Path)
	if errors.Is(err, pinned.ErrNotLoaded) {
		return nil // not complete yet
	}
	if err != nil {
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
