// SPDX-License-Identifier: MIT

package main

import (
	"fmt"

	"dilih/reader/metrics"
	"dilih/reader/session"
	"dilih/reader/tally"
)

// server has the address that the options ask for, but answers nobody yet. It is nil without --listen.
func (o options) server() (*metrics.Server, error) {
	if o.listen == "" {
		return nil, nil
	}
	return metrics.Listen(o.listen)
}

// serve answers scrapes from now on, until the server is closed.
func (w *watch) serve(server *metrics.Server, env env) {
	if server == nil {
		return
	}
	fmt.Fprintln(env.stderr, "dilih-reader: metrics are at", server.URL())
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
			now = append(now, peek(s, w.pins[i]))
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
