// SPDX-License-Identifier: MIT

package session

import (
	"github.com/cilium/ebpf"

	"dilih/reader/feed"
	"dilih/reader/pinned"
)

// listener is a feed at work, with all that has to be given back after it.
type listener struct {
	pins      *pinned.Pins
	events    *ebpf.Map
	feed      *feed.Feed
	collector *collector
	failed    chan error // what the feed ended with
}

// listen takes the lock and starts to feed the collector.
func listen(pins *pinned.Pins, collector *collector) (*listener, error) {
	if err := pins.Lock(); err != nil {
		return nil, err
	}
	l := &listener{pins: pins, collector: collector, failed: make(chan error, 1)}
	if err := l.open(); err != nil {
		pins.Unlock()
		return nil, err
	}
	go func() { l.failed <- l.feed.Run(collector) }()
	return l, nil
}

func (l *listener) open() (err error) {
	if l.events, err = l.pins.EventMap(); err != nil {
		return err
	}
	if l.feed, err = feed.Open(l.events); err != nil {
		l.events.Close()
		return err
	}
	return nil
}

// settle returns when all that has happened so far has reached the collector.
func (l *listener) settle() error {
	if err := l.feed.Flush(); err != nil {
		return err
	}
	select {
	case <-l.collector.flushed:
		return nil
	case err := <-l.failed:
		return err
	}
}

func (l *listener) close() {
	l.feed.Close()
	l.events.Close()
	l.pins.Unlock()
}
