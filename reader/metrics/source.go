// SPDX-License-Identifier: MIT

package metrics

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

const (
	shelfLife   = 100 * time.Millisecond // how old a page may be
	lookTimeout = 3 * time.Second        // how long to wait for one; Prometheus waits for ten
)

var errStuck = errors.New("the reader has to wait: is the output of dilih-reader being read?")

// source makes a page of metrics at most once within shelfLife, however many ask: to make one takes
// milliseconds, and a client that asks as fast as it can would leave no time for the others.
type source struct {
	gatherer prometheus.Gatherer

	turn chan struct{} // full while somebody makes a page; guards what follows
	at   time.Time
	last []byte // never written to again, since it may still be on its way to somebody
	err  error
}

func newSource(gatherer prometheus.Gatherer) *source {
	return &source{gatherer: gatherer, turn: make(chan struct{}, 1)}
}

// page is the last one, or a new one. A caller that waits for another's gives up after a while, or when
// nobody wants it any more. Otherwise they pile up after one that does not come.
func (s *source) page(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, lookTimeout, errStuck)
	defer cancel()
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if time.Since(s.at) >= shelfLife {
		s.last, s.err = write(s.gatherer)
		s.at = time.Now()
	}
	return s.last, s.err
}

// write makes a page of all that is to be told, or none.
func write(gatherer prometheus.Gatherer) ([]byte, error) {
	families, err := gatherer.Gather()
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&page, family); err != nil {
			return nil, err
		}
	}
	return page.Bytes(), nil
}
