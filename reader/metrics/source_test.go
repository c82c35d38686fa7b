// SPDX-License-Identifier: MIT

package metrics

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-quicktest/qt"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// family is a metric of this value.
func family(value float64) *dto.MetricFamily {
	name := "x"
	return &dto.MetricFamily{
		Name: &name, Type: dto.MetricType_GAUGE.Enum(),
		Metric: []*dto.Metric{{Gauge: &dto.Gauge{Value: &value}}},
	}
}

// counting gathers how often it gathered.
func counting(looks *atomic.Uint64) *source {
	return newSource(prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		return []*dto.MetricFamily{family(float64(looks.Add(1)))}, nil
	}))
}

func TestLooksNoMoreThanNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Uint64
		s := counting(&looks)
		for _, step := range []struct {
			wait time.Duration
			sees string
		}{{0, "1"}, {0, "1"}, {shelfLife - 1, "1"}, {1, "2"}, {shelfLife, "3"}, {time.Hour, "4"}, {0, "4"}} {
			time.Sleep(step.wait) // of the bubble's time
			page, err := s.page(t.Context())
			qt.Assert(t, qt.IsNil(err))
			qt.Assert(t, qt.Equals(string(page), "# TYPE x gauge\nx "+step.sees+"\n"))
		}
	})
}

func TestManyLookOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Uint64
		s := counting(&looks)
		var everybody sync.WaitGroup
		for range 1000 {
			everybody.Go(func() {
				_, err := s.page(t.Context())
				qt.Check(t, qt.IsNil(err))
			})
		}
		everybody.Wait()
		qt.Assert(t, qt.Equals(looks.Load(), 1))
	})
}

// If a look does not return, nobody waits for ever after it. When it does return, all is well again.
func TestStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		s := newSource(prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
			<-gate
			return []*dto.MetricFamily{family(1)}, nil
		}))
		go s.page(t.Context())
		synctest.Wait()
		began := time.Now()
		_, err := s.page(t.Context())
		qt.Assert(t, qt.ErrorIs(err, errStuck))
		qt.Assert(t, qt.Equals(time.Since(began), lookTimeout))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = s.page(ctx)
		qt.Assert(t, qt.ErrorIs(err, context.Canceled))
		close(gate)
		page, err := s.page(t.Context())
		qt.Assert(t, qt.IsNil(err))
		qt.Assert(t, qt.StringContains(string(page), "x 1\n"))
	})
}
