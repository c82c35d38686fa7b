// SPDX-License-Identifier: MIT

// Package session watches one pin directory for as long as somebody looks: it opens the pins, takes
// the events if it may, and makes a snapshot whenever it is asked to.
package session

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/reader/clocks"
	"dilih/reader/devices"
	"dilih/reader/events"
	"dilih/reader/pinned"
	"dilih/reader/tally"
)

// Session is one pin directory under watch. It is not safe for concurrent use.
type Session struct {
	pins      *pinned.Pins
	collector *collector
	listener  *listener  // nil while blind
	blind     error      // why there are no events
	looked    bool       // since then rights may be fewer than at the start
	began     abi.Totals // of both directions
	last      moment

	namespaces namespaces // others than that of this process
}

// moment is when the counters were read last, and what they said.
type moment struct {
	at     time.Time
	asleep time.Duration // that the system spent suspended since it was started
	totals [abi.Directions]abi.Totals

	devices []devices.Device // what they had received was read after the totals
}

// Open opens the pins at the path and takes their events, which also go to the consumers. Without
// events the session still has the counters; Blind says why. No event is read before the first
// Snapshot, and from then on the session needs no rights.
//
// The error wraps those of package pinned.
func Open(path string, consumers ...events.Consumer) (*Session, error) {
	pins, err := pinned.Open(path)
	if err != nil {
		return nil, err
	}
	s := &Session{pins: pins, collector: newCollector(consumers)}
	if err := s.begin(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Session) begin() error {
	if err := s.pins.Loaded(); err != nil {
		return err
	}
	state, err := s.pins.Read()
	if err != nil {
		return err
	}
	s.began = state.All()
	s.namespaces = openNamespaces(s.pins.Path)
	return s.listen()
}

// listen tries to get the events. Pins of another version are an error; everything else that can
// stand in the way only makes the session blind.
func (s *Session) listen() error {
	s.listener, s.blind = listen(s.pins, s.collector)
	if errors.Is(s.blind, pinned.ErrVersion) {
		return s.blind
	}
	if s.looked && errors.Is(s.blind, os.ErrPermission) {
		s.blind = fmt.Errorf("opening the events %w: %w", ErrStartAgain, s.blind)
	}
	return nil
}

// Readable tries to read the counters.
func (s *Session) Readable() error {
	_, err := s.pins.Read()
	return err
}

// Blind is why the session has no events, or nil if it has them.
func (s *Session) Blind() error { return s.blind }

// Close gives the events back and lets go of the pins.
func (s *Session) Close() error {
	s.namespaces.close()
	if s.listener != nil {
		s.listener.close()
	}
	return s.pins.Close()
}

// Snapshot reads everything anew. When the pins are gone for good, the snapshot holds the last
// counts and says so in Gone; there is no use in asking again.
func (s *Session) Snapshot() (tally.Snapshot, error) {
	snapshot, now, err := s.look()
	if err == nil {
		s.last = now
	}
	return snapshot, err
}

// Peek is a Snapshot in between: the rates of the next Snapshot are as if there had been none.
func (s *Session) Peek() (tally.Snapshot, error) {
	snapshot, _, err := s.look()
	return snapshot, err
}

func (s *Session) look() (tally.Snapshot, moment, error) {
	s.looked = true
	gone, err := s.follow()
	if err != nil {
		return tally.Snapshot{}, moment{}, err
	}
	counted, err := clocks.Read(unix.CLOCK_MONOTONIC)
	if err != nil {
		return tally.Snapshot{}, moment{}, err
	}
	state, err := s.pins.Read()
	if err != nil {
		return tally.Snapshot{}, moment{}, err
	}
	snapshot, now, err := s.compose(state, s.hear(state))
	snapshot.Gone, snapshot.Counted = gone, counted
	return snapshot, now, err
}

// hear asks for the events up to the state. A listener that fails leaves the session blind.
func (s *Session) hear(state pinned.State) heard {
	if s.listener == nil {
		return s.collector.heard()
	}
	s.listener.rings.SetSnaplen(state.Set.Snaplen)
	if err := s.listener.settle(); err != nil {
		s.goBlind(err)
		return s.collector.heard()
	}
	heard := s.collector.heard()
	s.checkRings(state.All(), heard.read)
	return heard
}

// checkRings sees to it that each CPU has a ring that is read here.
func (s *Session) checkRings(totals abi.Totals, read uint64) {
	switch {
	case s.listener.missing(totals):
		s.blind = nil
		if err := s.listener.rearm(); err != nil {
			s.goBlind(err)
			return
		}
	case s.listener.taken(totals, read):
		s.blind = events.ErrTaken
	default:
		s.blind = nil
	}
	late, err := s.listener.rings.Late()
	switch {
	case err != nil:
		s.blind = err
	case late:
		s.blind = s.listener.renew()
	}
}

func (s *Session) goBlind(why error) {
	s.listener.close()
	s.listener, s.blind = nil, why
}

func (s *Session) compose(state pinned.State, heard heard) (tally.Snapshot, moment, error) {
	uptime, asleep, err := sinceBoot()
	if err != nil {
		return tally.Snapshot{}, moment{}, err
	}
	attached, err := devices.With(attachable(state), s.pins.Path)
	if err != nil {
		return tally.Snapshot{}, moment{}, err
	}
	others, unread := s.namespaces.devices(attachable(state), s.pins.Path)
	attached = append(attached, others...)
	now, all := moment{time.Now(), asleep, state.Totals, attached}, state.All()
	snapshot := tally.Snapshot{
		Time:         now.at,
		Pin:          s.pins.Path,
		Devices:      attached,
		Unread:       unread,
		Unnamed:      state.Control.Programs == [abi.Hooks]uint32{},
		InForce:      state.InForce(),
		Generation:   state.Control.Generation,
		Arriving:     state.Control.Arriving,
		Seed:         state.Set.Seed,
		Shadow:       state.Set.Shadow != 0,
		Lease:        tally.NewLease(state.Set.Deadline, uptime),
		PassedTimes:  heard.passed,
		DroppedTimes: heard.dropped,
		Delays:       heard.delays,
		Events:       tally.NewEvents(heard.read, s.began, all),
		Totals:       all,
		Began:        s.began,
		Blind:        s.blind,
	}
	if !s.last.at.IsZero() {
		snapshot.Elapsed = now.at.Sub(s.last.at)
		snapshot.Slept = now.asleep - s.last.asleep
		if snapshot.Unseen, err = s.unseen(attached); err != nil {
			return tally.Snapshot{}, moment{}, err
		}
	}
	s.count(&snapshot, state)
	return snapshot, now, nil
}

// count puts what was counted into the snapshot, by direction and by rule. What leaves is there as long as a
// program looks at it, and stays there if one did.
func (s *Session) count(snapshot *tally.Snapshot, state pinned.State) {
	of := func(direction abi.Direction) tally.Counts {
		return tally.NewCounts(s.last.totals[direction], state.Totals[direction], snapshot.Elapsed)
	}
	snapshot.Counts = of(abi.DirectionIn)
	looksOut := func(device devices.Device) bool { return device.Out }
	if state.Counted(abi.DirectionOut) || slices.ContainsFunc(snapshot.Devices, looksOut) {
		out := of(abi.DirectionOut)
		snapshot.Out = &out
	}
	for _, rule := range state.Rules {
		snapshot.Rules = append(snapshot.Rules, tally.NewRule(rule))
	}
}

// attachable are the programs that may be on a device, by their hooks. One at tc is there only if a fault asks for
// that, or did: without, there is no need to look for it, which takes some time.
func attachable(state pinned.State) [abi.Hooks]uint32 {
	programs := state.Control.Programs
	if !state.HasFaults(abi.DirectionOut) && !state.Counted(abi.DirectionOut) {
		programs[abi.HookTCOut], programs[abi.HookTCOutL3] = 0, 0
	}
	if state.Control.Arriving != abi.HookTCIn && state.Control.Marking == 0 {
		programs[abi.HookTCIn], programs[abi.HookTCInL3] = 0, 0
	}
	return programs
}

// sinceBoot is the time since the system was started, in nanoseconds, and how much of it the system spent
// suspended.
func sinceBoot() (uptime uint64, asleep time.Duration, err error) {
	uptime, err = clocks.Read(unix.CLOCK_BOOTTIME)
	if err != nil {
		return 0, 0, err
	}
	awake, err := clocks.Read(unix.CLOCK_MONOTONIC)
	return uptime, time.Duration(uptime - awake), err
}
