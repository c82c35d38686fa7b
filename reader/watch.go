// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"dilih/reader/advice"
	"dilih/reader/pcap"
	"dilih/reader/session"
	"dilih/reader/tally"
	"dilih/reader/view"
)

// watch shows what its sessions see, until it is told to end.
type watch struct {
	options
	view     view.View
	reading  sync.Mutex // guards what follows: scrapes come between the intervals
	sessions []*session.Session
	last     []tally.Snapshot // by session

	ledger    *pcap.Ledger     // nil without --pcap
	recorders []*pcap.Recorder // by session
}

func watchAction(c *cli.Context, env env) (err error) {
	options, err := newOptions(c)
	if err != nil {
		return err
	}
	ledger, err := options.ledger(env)
	if err != nil {
		return err
	}
	ctx, stop := untilSignal(c.Context)
	defer stop()
	if options.span > 0 {
		ctx, stop = context.WithTimeout(ctx, options.span)
		defer stop()
	}
	w := &watch{options: options, ledger: ledger}
	defer func() { err = w.closeLedger(err, env) }()
	defer w.close()
	server, err := options.server()
	if err != nil {
		return err
	}
	defer server.Close()
	for _, pin := range options.pins {
		s, err := w.openSession(pin)
		if err != nil {
			return err
		}
		w.sessions = append(w.sessions, s)
		if err := w.checkRecorded(s); err != nil {
			return err
		}
	}
	if err := giveUpRights(env, w.readable); err != nil {
		return err
	}
	w.serve(server, env)
	view, live := options.view(env)
	w.view = view
	defer view.Close()
	return w.run(ctx, live)
}

// untilSignal ends with the first signal. A reader whose output nobody takes cannot end by itself: later
// signals do to it what they do to any process. Later, since timeout(1) and others send the first twice.
func untilSignal(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(parent, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	return ctx, stop
}

// run shows an interval after the other. A live view also shows how things stand at the start.
func (w *watch) run(ctx context.Context, live bool) error {
	terminal := make(chan os.Signal, 1)
	signal.Notify(terminal, unix.SIGWINCH, unix.SIGTSTP)
	defer signal.Stop(terminal)
	if err := w.look(); err != nil {
		return err
	}
	if w.format != "table" { // which says it itself
		w.tellBlind()
	}
	if live {
		if err := w.view.Show(w.last); err != nil {
			return err
		}
	}
	recordTimes := w.recordTimes()
	ticker := time.NewTicker(w.interval)
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
			if intervals == w.count {
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
	return reason
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

func (w *watch) close() {
	for _, s := range w.sessions {
		s.Close()
	}
}
