// SPDX-License-Identifier: MIT

package watch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"dilih/reader/events"
	"dilih/reader/pcap"
	"dilih/reader/session"
	"dilih/reader/tally"
	"dilih/reader/usage"
)

// recordPeriod is how long drops wait at most to be written down, however long the intervals are.
const recordPeriod = time.Second

// ledger opens the file that --pcap names. It is nil if there is no --pcap.
func (o Options) ledger(stdout io.Writer) (*pcap.Ledger, error) {
	if o.Pcap == "" {
		return nil, nil
	}
	terminal, ok := stdout.(*os.File)
	if o.Pcap == "-" && ok && term.IsTerminal(int(terminal.Fd())) {
		return nil, usage.Errorf("--pcap - is for a pipe, not for a terminal: dilih-reader --pcap - | tshark -r -")
	}
	return pcap.Open(o.Pcap, stdout)
}

// openSession opens the pins, and has a recorder listen if there is a ledger.
func (w *watch) openSession(pin string) (*session.Session, error) {
	if w.ledger == nil {
		return session.Open(pin)
	}
	recorder := w.ledger.Recorder(pin)
	w.recorders = append(w.recorders, recorder)
	return session.Open(pin, events.Consumer(recorder))
}

// checkRecorded is an error if drops are to be recorded that the session does not hear of.
func (w *watch) checkRecorded(s *session.Session) error {
	if w.ledger == nil || s.Blind() == nil {
		return nil
	}
	return fmt.Errorf("--pcap needs the events: %w", s.Blind())
}

// snapshot looks at a session, and writes down what was dropped until then.
func (w *watch) snapshot(i int, look func() (tally.Snapshot, error)) (tally.Snapshot, error) {
	if w.ledger == nil {
		return look()
	}
	w.recorders[i].Hold()
	now, err := look()
	if err == nil {
		err = w.recorders[i].Take(now)
	}
	return now, err
}

// recordTimes are when to record within an interval: not at all if it is short.
func (w *watch) recordTimes() <-chan time.Time {
	if w.ledger == nil || w.Interval <= recordPeriod {
		return nil
	}
	return time.Tick(recordPeriod)
}

// recordAll records within an interval.
func (w *watch) recordAll() error {
	w.reading.Lock()
	defer w.reading.Unlock()
	for i, s := range w.sessions {
		if w.last[i].Gone != nil {
			continue
		}
		if _, err := w.snapshot(i, s.Peek); err != nil {
			return err
		}
	}
	return nil
}

// closeLedger completes the file, and says how many drops are in it. reason is why the watch ends.
func (w *watch) closeLedger(reason error) error {
	if w.ledger == nil {
		return reason
	}
	err := w.ledger.Close()
	if summary := w.ledger.Summary(); summary != "" {
		fmt.Fprintln(w.Stderr, "dilih-reader:", summary)
	}
	if errors.Is(reason, err) { // that was it
		return reason
	}
	return errors.Join(reason, err)
}
