// SPDX-License-Identifier: MIT

package keeper

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-quicktest/qt"
)

// fakeHost has a clock that moves only when it is told to, and notes what is done to it and when.
type fakeHost struct {
	now     time.Duration
	takes   time.Duration // each verb
	fail    error         // what Up, Renew and Down end with
	unread  error         // what Report ends with
	pins    Pins
	done    []string
	warned  []string
	reports int
}

var errBusy = errors.New("busy")

const booted = 1000 * time.Second

func newHost() *fakeHost { return &fakeHost{now: booted, pins: Pins{1, 2}} }

func (h *fakeHost) do(what string) error {
	h.done = append(h.done, fmt.Sprintf("%v %s", h.now-booted, what))
	h.now += h.takes
	return h.fail
}

func (h *fakeHost) Now() time.Duration                 { return h.now }
func (h *fakeHost) Up(lease time.Duration) error       { return h.do(fmt.Sprintf("up %v", lease)) }
func (h *fakeHost) Renew(lease time.Duration) error    { return h.do(fmt.Sprintf("renew %v", lease)) }
func (h *fakeHost) Down() error                        { return h.do("down") }
func (h *fakeHost) Pins() Pins                         { return h.pins }
func (h *fakeHost) Warn(text string)                   { h.warned = append(h.warned, text) }
func (h *fakeHost) Report() (report Report, err error) { h.reports++; return Report{Seed: 7}, h.unread }
func begin(t *testing.T, h *fakeHost, longest time.Duration) *Keeper {
	t.Helper()
	k, err := Begin(h, longest)
	qt.Assert(t, qt.IsNil(err))
	return k
}

// keep lets the time go by until then.
func (h *fakeHost) keep(k *Keeper, until time.Duration) {
	for k.Due() <= booted+until {
		h.now = max(h.now, k.Due())
		k.Tick()
	}
	h.now = max(h.now, booted+until)
}

func TestRenews(t *testing.T) {
	h := newHost()
	k := begin(t, h, Forever)
	h.keep(k, 10*time.Second)
	report, err := k.End()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.DeepEquals(report, &Report{Seed: 7}))
	qt.Assert(t, qt.DeepEquals(h.done, []string{"0s up 10s", "3s renew 10s", "6s renew 10s", "9s renew 10s", "10s down"}))
	qt.Assert(t, qt.HasLen(h.warned, 0))
}

// The last lease reaches to the deadline, and after that nothing is renewed.
func TestDeadline(t *testing.T) {
	h := newHost()
	k := begin(t, h, 15*time.Second)
	h.keep(k, time.Minute)
	qt.Assert(t, qt.DeepEquals(h.warned, []string{"the faults have ended; the command goes on without them"}))
	qt.Assert(t, qt.Equals(k.Due(), Forever))
	k.Tick()
	_, err := k.End()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.DeepEquals(h.done, []string{"0s up 10s", "3s renew 10s", "6s renew 9s", "1m0s down"}))
	qt.Assert(t, qt.HasLen(h.warned, 1))
}

func TestShort(t *testing.T) {
	for _, longest := range []time.Duration{time.Nanosecond, 5 * time.Second, 10 * time.Second} {
		h := newHost()
		k := begin(t, h, longest)
		h.keep(k, longest-1)
		_, err := k.End()
		qt.Assert(t, qt.IsNil(err))
		qt.Assert(t, qt.DeepEquals(h.done[0], fmt.Sprintf("0s up %v", max(longest, time.Millisecond))))
		qt.Assert(t, qt.HasLen(h.done, 2))
		qt.Assert(t, qt.HasLen(h.warned, 0))
	}
}

// A renewal that fails is tried again, and there is a gap only if the lease has ended meanwhile.
func TestFailedRenewal(t *testing.T) {
	h := newHost()
	k := begin(t, h, Forever)
	h.fail = errBusy
	h.keep(k, 8*time.Second)
	h.fail = nil
	h.keep(k, 13*time.Second)
	qt.Assert(t, qt.HasLen(h.warned, 0))
	h.fail = errBusy
	h.keep(k, 29*time.Second)
	h.fail = nil
	h.keep(k, 40*time.Second)
	_, err := k.End()
	qt.Assert(t, qt.ErrorIs(err, ErrGap))
	qt.Assert(t, qt.HasLen(h.warned, 1))
	qt.Assert(t, qt.Matches(h.warned[0], "there may have been no faults for a while: .*"))
}

// The last renewal can fail as well.
func TestFailedLastRenewal(t *testing.T) {
	h := newHost()
	k := begin(t, h, 15*time.Second)
	h.fail = errBusy
	h.keep(k, 20*time.Second)
	h.fail = nil
	_, err := k.End()
	qt.Assert(t, qt.ErrorIs(err, ErrGap))
	qt.Assert(t, qt.HasLen(h.warned, 2))
}

// While the host is suspended nobody renews anything.
func TestSuspended(t *testing.T) {
	for name, then := range map[string]func(*fakeHost, *Keeper){
		"renewed":  func(h *fakeHost, k *Keeper) { h.keep(k, time.Hour+10*time.Second) },
		"deadline": func(h *fakeHost, k *Keeper) { h.keep(k, 3*time.Hour) },
		"ended":    func(*fakeHost, *Keeper) {},
	} {
		h := newHost()
		k := begin(t, h, 2*time.Hour)
		h.keep(k, 8*time.Second)
		h.now = booted + time.Hour
		then(h, k)
		_, err := k.End()
		qt.Check(t, qt.ErrorIs(err, ErrGap), qt.Commentf("%s", name))
		qt.Check(t, qt.Matches(h.warned[0], "there may have been no faults for a while: .*"), qt.Commentf("%s", name))
	}
}

// A load that takes longer than the lease has eaten it up.
func TestSlowLoad(t *testing.T) {
	h := newHost()
	h.takes = 11 * time.Second
	k := begin(t, h, Forever)
	h.takes = 0
	h.keep(k, 20*time.Second)
	_, err := k.End()
	qt.Assert(t, qt.ErrorIs(err, ErrGap))
	qt.Assert(t, qt.DeepEquals(h.done, []string{"0s up 10s", "11s renew 10s", "14s renew 10s", "17s renew 10s", "20s renew 10s", "20s down"}))
}

// What is not ours is neither renewed nor removed, and has nothing to tell about our faults.
func TestStolen(t *testing.T) {
	for _, now := range []Pins{{}, {1, 3}} {
		h := newHost()
		k := begin(t, h, Forever)
		h.keep(k, 4*time.Second)
		h.pins = now
		h.keep(k, time.Minute)
		report, err := k.End()
		qt.Assert(t, qt.ErrorIs(err, ErrGap))
		qt.Assert(t, qt.IsNil(report))
		qt.Assert(t, qt.Equals(h.reports, 0))
		qt.Assert(t, qt.DeepEquals(h.done, []string{"0s up 10s", "3s renew 10s"}))
		qt.Assert(t, qt.DeepEquals(h.warned, []string{"somebody has ended the faults"}))
	}
}

func TestStolenAtOnce(t *testing.T) {
	h := newHost()
	h.pins = Pins{}
	report, err := begin(t, h, Forever).End()
	qt.Assert(t, qt.ErrorIs(err, ErrGap))
	qt.Assert(t, qt.IsNil(report))
	qt.Assert(t, qt.DeepEquals(h.warned, []string{"somebody has ended the faults"}))
}

// After the deadline anybody may clear away what has ended.
func TestClearedAfterDeadline(t *testing.T) {
	h := newHost()
	k := begin(t, h, 5*time.Second)
	h.keep(k, 6*time.Second)
	h.pins = Pins{}
	report, err := k.End()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.IsNil(report))
	qt.Assert(t, qt.HasLen(h.warned, 1))
}

func TestErrors(t *testing.T) {
	h := newHost()
	h.fail = errBusy
	_, err := Begin(h, Forever)
	qt.Assert(t, qt.Equals(err, errBusy))

	h = newHost()
	k := begin(t, h, Forever)
	h.fail = errBusy
	report, err := k.End()
	qt.Assert(t, qt.Equals(err, errBusy))
	qt.Assert(t, qt.IsNotNil(report))

	h = newHost()
	k = begin(t, h, Forever)
	h.unread = errors.New("cannot read")
	report, err = k.End()
	qt.Assert(t, qt.ErrorIs(err, ErrGap))
	qt.Assert(t, qt.IsNil(report))
	qt.Assert(t, qt.DeepEquals(h.warned, []string{"cannot read"}))
	qt.Assert(t, qt.DeepEquals(h.done, []string{"0s up 10s", "0s down"}))
}
