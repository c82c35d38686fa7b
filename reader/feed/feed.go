// SPDX-License-Identifier: MIT

package feed

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

// Feed hands the events of one perf map to a consumer.
type Feed struct {
	reader  *perf.Reader
	snaplen atomic.Uint32
}

// Open makes the rings and puts them into the perf map, which must be open for writing. No other
// reader may be using it. The rings are smaller than they should be where the limit on locked
// memory leaves no choice.
//
// The error wraps ErrPerfmon or ErrLockedMemory where one of them is the reason.
func Open(events *ebpf.Map) (*Feed, error) {
	size, err := affordable(int(events.MaxEntries()))
	if err != nil {
		return nil, err
	}
	// Waking up is dear: the reader sleeps until a ring is a sixteenth full, or until Flush.
	reader, err := perf.NewReaderWithOptions(events, size, perf.ReaderOptions{Watermark: size / 16})
	if err != nil {
		return nil, fmt.Errorf("open the event rings: %w", err)
	}
	return &Feed{reader: reader}, nil
}

// Run hands events to the consumer until Close, which makes it return nil.
func (f *Feed) Run(consumer Consumer) error {
	var record perf.Record
	var decoder Decoder
	for {
		err := f.reader.ReadInto(&record)
		if err == nil {
			decoder.Snaplen = uint16(f.snaplen.Load())
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
func (f *Feed) SetSnaplen(bytes uint16) { f.snaplen.Store(uint32(bytes)) }

// Flush makes Run hand over what is in the rings now, and then call Flushed.
func (f *Feed) Flush() error { return f.reader.Flush() }

// Rearm puts the rings into the perf map again, where others may have taken their places.
func (f *Feed) Rearm() error {
	if err := f.reader.Resume(); err != nil {
		return fmt.Errorf("put the event rings back: %w", err)
	}
	return nil
}

// Close gives the rings back. The program then counts its events as unread.
func (f *Feed) Close() error { return f.reader.Close() }
