// SPDX-License-Identifier: MIT

package session

import (
	"sync"

	"dilih/bpf/abi"
	"dilih/reader/events"
	"dilih/reader/tally"
)

// collector counts and times events, and passes each on to the other consumers.
type collector struct {
	others  []events.Consumer
	flushed chan struct{}

	mutex           sync.Mutex // guards what follows
	read            uint64
	passed, dropped *tally.Stopwatch
	delayed         *tally.DelayWatch
}

// heard is what the events said so far.
type heard struct {
	read            uint64
	passed, dropped tally.Times
	delays          tally.Delays
}

func newCollector(others []events.Consumer) *collector {
	c := &collector{others: others, flushed: make(chan struct{})}
	c.reset()
	return c
}

func (c *collector) reset() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.read, c.passed, c.dropped, c.delayed = 0, tally.NewStopwatch(), tally.NewStopwatch(), tally.NewDelayWatch()
}

// Event implements events.Consumer.
func (c *collector) Event(event events.Event) {
	c.count(event)
	for _, other := range c.others {
		other.Event(event)
	}
}

func (c *collector) count(event events.Event) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.read++
	switch event.Type {
	case abi.Drop:
		c.dropped.Add(event.ProcessingTimeNs, event.SampleShift)
	case abi.Pass:
		c.passed.Add(event.ProcessingTimeNs, event.SampleShift)
		c.delayed.Add(event.Delay, event.SampleShift)
	}
}

// Flushed implements events.Consumer.
func (c *collector) Flushed() {
	for _, other := range c.others {
		other.Flushed()
	}
	c.flushed <- struct{}{}
}

func (c *collector) heard() heard {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return heard{c.read, c.passed.Times(), c.dropped.Times(), c.delayed.Delays()}
}
