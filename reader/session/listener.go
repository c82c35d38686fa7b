// SPDX-License-Identifier: MIT

package session

import (
	"errors"
	"fmt"
	"os"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/reader/events"
	"dilih/reader/pinned"
)

// listener is open rings, with all that has to be given back after it.
type listener struct {
	pins      *pinned.Pins
	outputMap *ebpf.Map
	rings     *events.Rings
	collector *collector
	reading   bool
	failed    chan error // what Run ended with
	opened    abi.Totals // of both directions, when the rings were in place
	before    uint64     // events read before that
}

// listen takes the lock and opens the rings. Nothing is read from them before the first settle, so
// that rights can be given up in between: packets come from strangers.
func listen(pins *pinned.Pins, collector *collector) (*listener, error) {
	if err := pins.Lock(); err != nil {
		return nil, err
	}
	l := &listener{pins: pins, collector: collector, failed: make(chan error, 1)}
	if err := l.open(); err != nil {
		pins.Unlock()
		return nil, err
	}
	if err := l.mark(); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// mark remembers how things stood when the rings were in place.
func (l *listener) mark() error {
	state, err := l.pins.Read()
	l.opened, l.before = state.All(), l.collector.heard().read
	return err
}

// missing says that events since found a CPU without a ring: the rings were replaced by others that
// are gone again.
func (l *listener) missing(now abi.Totals) bool {
	return now.NoReader > l.opened.NoReader
}

// rearm puts the rings in place again. That takes no rights, so a map that is not permitted to take them
// has been frozen.
func (l *listener) rearm() error {
	err := l.rings.Rearm()
	if errors.Is(err, unix.EPERM) {
		return fmt.Errorf("%w: %w", pinned.ErrFrozen, err)
	}
	if err != nil {
		return err
	}
	return l.mark()
}

// renew opens rings for the CPUs that are online now. Those that there are stay if that fails: this process
// may have given up the rights.
func (l *listener) renew() error {
	rings, err := events.Open(l.outputMap)
	if errors.Is(err, os.ErrPermission) {
		err = fmt.Errorf("a CPU came online, and opening its event ring %w: %w", ErrStartAgain, err)
	}
	if err != nil {
		return err
	}
	if err := l.settle(); err != nil { // what the old ones still hold
		rings.Close()
		return err
	}
	l.rings.Close()
	<-l.failed
	l.rings, l.reading = rings, false
	return l.mark()
}

// taken says that events went into other rings than these.
func (l *listener) taken(now abi.Totals, read uint64) bool {
	return now.Events-l.opened.Events > read-l.before
}

func (l *listener) open() (err error) {
	if l.outputMap, err = l.pins.EventMap(); err != nil {
		return err
	}
	if l.rings, err = events.Open(l.outputMap); err != nil {
		l.outputMap.Close()
		return err
	}
	return nil
}

// settle returns when all that has happened so far has reached the collector.
func (l *listener) settle() error {
	if !l.reading {
		l.reading = true
		go func() { l.failed <- l.rings.Run(l.collector) }()
	}
	if err := l.rings.Flush(); err != nil {
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
	l.rings.Close()
	l.outputMap.Close()
	l.pins.Unlock()
}
