// SPDX-License-Identifier: MIT

// Package watch shows what the sessions of some pin directories see, interval after interval, and
// records and serves it on the way if it is asked to.
package watch

import (
	"context"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"

	"dilih/reader/advice"
	"dilih/reader/pcap"
	"dilih/reader/session"
	"dilih/reader/tally"
	"dilih/reader/view"
)

// World is all that a watch has to do with the world around it, except the kernel.
type World struct {
	Stdin          *os.File // for keys; nil: there are none
	Stdout, Stderr io.Writer
	GiveUp         func(keep ...cap.Value) error // as privileges.GiveUp
}

// watch shows what its sessions see, until it is told to end.
type watch struct {
	Options
	World
	view     view.View
	reading  sync.Mutex // guards what follows: scrapes come between the intervals
	sessions []*session.Session
	last     []tally.Snapshot // by session
	matched  bool             // a fault met a packet since the first look

	overlooked []string // devices that received packets which nobody decided about

	ledger    *pcap.Ledger     // nil without --pcap
	recorders []*pcap.Recorder // by session
}

// Run watches until a signal, the options or the context end it, or nothing is left to watch.
func Run(ctx context.Context, options Options, world World) (err error) {
	if err := options.check(); err != nil {
		return err
	}
	ledger, err := options.ledger(world.Stdout)
	if err != nil {
		return err
	}
	ctx, stop := untilSignal(ctx, options.Span)
	defer stop()
	w := &watch{Options: options, World: world, ledger: ledger}
	// What is deferred last comes first, and the order matters: the view leaves the terminal before
	// anything else is said there; the server ends before the sessions that its scrapes look at; the
	// ledger says what is in it when no session is left that could hand it another drop.
	defer func() { err = w.closeLedger(err) }()
	defer w.closeSessions()
	server, err := options.server() // before any pin is opened: an address in use is the only error then
	if err != nil {
		return err
	}
	defer server.Close()
	if err := w.openSessions(); err != nil {
		return err
	}
	if err := world.giveUpPrivileges(w.readable); err != nil {
		return err
	}
	w.serve(server)
	ctx, quit := context.WithCancel(ctx)
	defer quit()
	view, live := options.view(world, quit)
	w.view = view
	defer view.Close()
	return w.run(ctx, live)
}

// untilSignal ends with the first signal, or after the span if there is one. A reader whose output nobody
// takes cannot end by itself: later signals do to it what they do to any process. Later, since timeout(1)
// and others send the first twice.
func untilSignal(parent context.Context, span time.Duration) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(parent, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	if span == 0 {
		return ctx, stop
	}
	timed, cancel := context.WithTimeout(ctx, span)
	return timed, func() { cancel(); stop() }
}

// openSessions opens a session for each pin directory, and sees to it that drops can be recorded if
// they are to be.
func (w *watch) openSessions() error {
	for _, pin := range w.Pins {
		s, err := w.openSession(pin)
		if err != nil {
			return err
		}
		w.sessions = append(w.sessions, s)
		if err := w.checkRecorded(s); err != nil {
			return err
		}
	}
	return nil
}

func (w *watch) closeSessions() {
	for _, s := range w.sessions {
		s.Close()
	}
}

// run shows an interval after the other. A live view also shows how things stand at the start.
func (w *watch) run(ctx context.Context, live bool) error {
	terminal := make(chan os.Signal, 1)
	signal.Notify(terminal, unix.SIGWINCH, unix.SIGTSTP)
	defer signal.Stop(terminal)
	if err := w.look(); err != nil {
		return err
	}
	if w.Format == "json" || w.Format == "csv" { // tables say it themselves, summaries are not about events
		w.tellBlind()
	}
	if w.Once {
		return w.conclude(w.allGone())
	}
	if live {
		if err := w.view.Show(w.last); err != nil {
			return err
		}
	}
	recordTimes := w.recordTimes()
	ticker := time.NewTicker(w.Interval)
	defer ticker.Stop()
	for intervals := uint64(1); ; {
		select {
		case <-ctx.Done():
			return w.end()
		case sig := <-terminal:
			w.rearrange(sig)
		case <-recordTimes:
			if err := w.recordAll(); err != nil {
				return err
			}
		case <-ticker.C:
			if intervals == w.Count {
				return w.end()
			}
			if err := w.next(); err != nil {
				return err
			}
			intervals++
		}
	}
}

// next shows an interval, and says when there is nothing left to watch.
func (w *watch) next() error {
	if err := w.look(); err != nil {
		return err
	}
	if gone := w.allGone(); gone != nil {
		return w.conclude(gone)
	}
	return w.view.Show(w.last)
}

// end shows the last interval.
func (w *watch) end() error {
	if err := w.look(); err != nil {
		return err
	}
	return w.conclude(w.allGone())
}

func (w *watch) conclude(reason error) error {
	if err := w.view.End(w.last); err != nil {
		return err
	}
	if reason != nil {
		return reason
	}
	return w.checkMatched()
}

// look takes a snapshot of each session and notes what changed.
func (w *watch) look() error {
	w.reading.Lock()
	defer w.reading.Unlock()
	first := len(w.last) == 0
	if first {
		w.last = make([]tally.Snapshot, len(w.sessions))
	}
	for i, s := range w.sessions {
		before := w.last[i]
		if before.Gone != nil {
			continue
		}
		now, err := w.snapshot(i, s.Snapshot)
		if err != nil {
			return err
		}
		now.Why = advice.For(now.Blind).String()
		w.last[i] = now
		if first {
			continue
		}
		w.matched = w.matched || matched(before, now)
		w.noteOverlooked(now)
		for _, note := range tally.Changes(before, now) {
			w.view.Note(note)
		}
	}
	return nil
}

// tellBlind says why there are no events.
func (w *watch) tellBlind() {
	for _, s := range w.last {
		if s.Blind != nil {
			w.view.Note(tally.Note{Time: s.Time, Pin: s.Pin, Text: "counters only: " + s.Why})
		}
	}
}

// allGone is why there is nothing left to watch, or nil.
func (w *watch) allGone() (reason error) {
	for _, snapshot := range w.last {
		if snapshot.Gone == nil {
			return nil
		}
		reason = snapshot.Gone
	}
	return reason
}

// rearrange follows the terminal: another size, or into the background and back.
func (w *watch) rearrange(sig os.Signal) {
	if sig == unix.SIGTSTP {
		w.view.Close()
		stop()
	}
	w.view.Redraw()
}

// stop returns when the shell says so. The kernel may stop the other threads first, and let this one
// go on for a while: only SIGCONT tells that it is over.
func stop() {
	resumed := make(chan os.Signal, 1)
	signal.Notify(resumed, unix.SIGCONT)
	defer signal.Stop(resumed)
	unix.Kill(unix.Getpid(), unix.SIGSTOP)
	<-resumed
}
