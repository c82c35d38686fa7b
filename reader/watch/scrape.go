// SPDX-License-Identifier: MIT

package watch

import (
	"fmt"

	"dilih/reader/metrics"
	"dilih/reader/session"
	"dilih/reader/tally"
)

// server has the address that the options ask for, but answers nobody yet. It is nil without --listen.
func (o Options) server() (*metrics.Server, error) {
	if o.Listen == "" {
		return nil, nil
	}
	return metrics.Listen(o.Listen)
}

// serve answers scrapes from now on, until the server is closed.
func (w *watch) serve(server *metrics.Server) {
	if server == nil {
		return
	}
	fmt.Fprintln(w.Stderr, "dilih-reader: metrics are at", server.URL())
	server.Serve(w.peek)
}

// peek is how things stand now, wherever the interval is. It leaves the rates of the interval alone.
func (w *watch) peek() (now []tally.Snapshot) {
	w.reading.Lock()
	defer w.reading.Unlock()
	for i, s := range w.sessions {
		if i < len(w.last) && w.last[i].Gone != nil {
			now = append(now, w.last[i])
		} else {
			now = append(now, peek(s, w.Pins[i]))
		}
	}
	return now
}

// peek makes an error a reason to be gone: the next interval is going to end with it.
func peek(s *session.Session, pin string) tally.Snapshot {
	now, err := s.Peek()
	if err != nil {
		return tally.Snapshot{Pin: pin, Gone: err}
	}
	return now
}
