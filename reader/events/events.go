// SPDX-License-Identifier: MIT

package events

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/perf"
)

// Bytes of a ring; there is one for each CPU. A ring of the first size holds what a CPU reports in
// the time that a busy machine lets its reader wait.
const (
	largestRing  = 1 << 20
	smallestRing = 64 << 10
)

// Rings are the rings of one perf map, whose events they hand to a consumer.
type Rings struct {
	reader  *perf.Reader
	cpus    cpuSet // that have a ring
	snaplen atomic.Uint32
}

// Open makes the rings and puts them into the perf map, which must be open for writing. No other
// reader may be using it. The rings are smaller than they should be where the limit on locked
// memory leaves no choice.
//
// The error wraps ErrPerfmon or ErrLockedMemory where one of them is the reason.
func Open(events *ebpf.Map) (*Rings, error) {
	cpus, err := online() // first: one that comes up meanwhile is late
	if err != nil {
		return nil, err
	}
	size, err := affordable(int(events.MaxEntries()))
	if err != nil {
		return nil, err
	}
	// Waking up is expensive: the reader sleeps until a ring is a sixteenth full, or until Flush.
	reader, err := perf.NewReaderWithOptions(events, size, perf.ReaderOptions{Watermark: size / 16})
	if err != nil {
		return nil, fmt.Errorf("open the event rings: %w", err)
	}
	return &Rings{reader: reader, cpus: cpus}, nil
}

// Run hands events to the consumer until Close, which makes it return nil.
func (r *Rings) Run(consumer Consumer) error {
	var record perf.Record
	var decoder Decoder
	for {
		err := r.reader.ReadInto(&record)
		if err == nil {
			decoder.Snaplen = uint16(r.snaplen.Load())
			if event, ok := decoder.Decode(record.CPU, record.RawSample); ok {
				consumer.Event(event)
			}
			continue
		}
		switch {
		case errors.Is(err, perf.ErrFlushed):
			consumer.Flushed()
		case errors.Is(err, perf.ErrClosed):
			return nil
		default:
			return fmt.Errorf("read the event rings: %w", err)
		}
	}
}

// SetSnaplen says how many bytes of a packet follow its Drop or Pass from now on.
func (r *Rings) SetSnaplen(bytes uint16) { r.snaplen.Store(uint32(bytes)) }

// Flush makes Run hand over what is in the rings now, and then call Flushed.
func (r *Rings) Flush() error { return r.reader.Flush() }

// Rearm puts the rings into the perf map again, where others may have taken their places.
func (r *Rings) Rearm() error {
	if err := r.reader.Resume(); err != nil {
		return fmt.Errorf("put the event rings back: %w", err)
	}
	return nil
}

// Late says that a CPU has come online since these were opened, and has no ring.
func (r *Rings) Late() (bool, error) {
	now, err := online()
	return err == nil && r.late(now), err
}

// late forgets the CPUs that went: the kernel shuts their rings, and does not open them again.
func (r *Rings) late(now cpuSet) bool {
	if now.within(r.cpus) {
		r.cpus = now
		return false
	}
	return true
}

// Close gives the rings back. The program then counts its events as unread.
func (r *Rings) Close() error { return r.reader.Close() }
