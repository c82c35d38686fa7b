// SPDX-License-Identifier: MIT

package fault

import (
	"math/big"
	"regexp"
	"strings"
)

// otherTimes are the units of other tools, in ns.
var otherTimes = map[string]uint64{
	"ns": 1, "nsec": 1, "nsecs": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "usec": 1e3, "usecs": 1e3,
	"ms": 1e6, "msec": 1e6, "msecs": 1e6, "millisecond": 1e6, "milliseconds": 1e6,
	"s": 1e9, "sec": 1e9, "secs": 1e9, "second": 1e9, "seconds": 1e9,
}

// meantTime is what was probably meant by a time in a unit of other tools, or "".
func meantTime(number, unit string) string {
	size, known := otherTimes[strings.ToLower(unit)]
	if !known {
		return ""
	}
	return didYouMean(times, number, size, "")
}

// otherRates are units such as Mbps, Mbit/s, M and MB/s.
var otherRates = regexp.MustCompile(`^([kKmMgG]?)(b|B|bits?|Bits?|)(ps|PS|/s|/sec)?$`)

// meantRate is what was probably meant by a rate in a unit of other tools, or "". A capital B is a byte, except
// in MBPS. tc reads bps as bytes per second.
func meantRate(number, unit string) string {
	parts := otherRates.FindStringSubmatch(unit)
	if parts == nil || unit == "" {
		return ""
	}
	size := map[string]uint64{"": 1, "k": 1e3, "m": 1e6, "g": 1e9}[strings.ToLower(parts[1])]
	switch {
	case parts[2] == "B" && parts[3] != "PS":
		return didYouMean(rates, number, 8*size, "")
	case strings.EqualFold(parts[2]+parts[3], "bps"):
		return didYouMean(rates, number, size, bytesOfTC(number, unit, size))
	}
	return didYouMean(rates, number, size, "")
}

func bytesOfTC(number, unit string, size uint64) string {
	if value, whole := inFinest(number, 8*size); whole {
		return " (tc reads " + strings.ToLower(unit) + " as bytes per second, which would be " + rates.text(value) + ")"
	}
	return ""
}

// didYouMean suggests a number of units of this size. note goes behind it.
func didYouMean(m measure, number string, size uint64, note string) string {
	value, whole := inFinest(number, size)
	if !whole {
		return ""
	}
	return "did you mean " + m.text(value) + "?" + note
}

// inFinest is a number of units of this size, if it is a whole number of what the kernel counts, and not too large.
func inFinest(number string, size uint64) (value uint64, whole bool) {
	numerator, denominator, ok := fraction(number)
	if !ok {
		return 0, false
	}
	product, rest := numerator.Mul(numerator, new(big.Int).SetUint64(size)).QuoRem(numerator, denominator, new(big.Int))
	return product.Uint64(), product.IsUint64() && rest.Sign() == 0
}
