// SPDX-License-Identifier: MIT

package view

import (
	"math"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/reader/tally"
)

func TestCountText(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0", 999: "999", 1000: "1,000", 123_456: "123,456", 1_234_567: "1,234,567",
		math.MaxUint64: "18,446,744,073,709,551,615",
	} {
		qt.Check(t, qt.Equals(count(n), want))
	}
}

func TestByteCount(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 B", 999: "999 B", 1000: "1.00 kB", 9_994: "9.99 kB", 9_996: "10.0 kB", 99_940: "99.9 kB",
		99_960: "100 kB", 999_499: "999 kB", 999_500: "1.00 MB", 12_347_000: "12.3 MB",
		math.MaxUint64: "18.4 EB",
	} {
		qt.Check(t, qt.Equals(byteCount(n), want))
	}
}

func TestRate(t *testing.T) {
	for perSecond, want := range map[float64]string{
		0: "0", 0.04: "0.0", 1.5: "1.5", 9.94: "9.9", 9.96: "10", 1234.4: "1,234", 99_999: "99,999", 99_999.6: "100 k",
		1_234_000: "1.23 M",
	} {
		qt.Check(t, qt.Equals(rate(perSecond), want))
	}
}

// What is not nothing is never shown as nothing, nor what is not all as all.
func TestPercent(t *testing.T) {
	tests := []struct {
		share    float64
		decimals int
		want     string
	}{
		{0, 2, "0.00%"},
		{1e-9, 2, "<0.01%"},
		{0.00004, 2, "<0.01%"},
		{0.00006, 2, "0.01%"},
		{0.5, 0, "50%"},
		{0.4996, 1, "50.0%"},
		{0.99999, 2, ">99.99%"},
		{0.999, 0, ">99%"},
		{1, 2, "100.00%"},
	}
	for _, test := range tests {
		qt.Check(t, qt.Equals(percent(test.share, test.decimals), test.want))
	}
}

func TestAsked(t *testing.T) {
	for share, want := range map[float64]string{0: "0%", 0.5: "50%", 0.001: "0.1%", 1.0 / 3: "33.333%", 1: "100%"} {
		qt.Check(t, qt.Equals(asked(share), want))
	}
	qt.Check(t, qt.Equals(asked(math.NaN()), ""))
}

func TestLeaseText(t *testing.T) {
	for left, want := range map[time.Duration]string{
		time.Millisecond:              "ends in 1s",
		59 * time.Second:              "ends in 59s",
		time.Minute:                   "ends in 1m 0s",
		time.Hour - time.Millisecond:  "ends in 1h 0m",
		25*time.Hour + 90*time.Second: "ends in 1d 1h",
	} {
		qt.Check(t, qt.Equals(lease(tally.Lease{Left: left}), want))
	}
	qt.Check(t, qt.Equals(lease(tally.Lease{Forever: true}), "no end set"))
	qt.Check(t, qt.Equals(lease(tally.Lease{}), "lease ended"))
}
