// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strings"
)

// measure is something that people count in units: a time or a rate. The kernel has whole numbers of it.
type measure struct {
	called   string // with its article
	example  string
	finest   string // what the kernel counts
	anyCase  bool   // of the units' names
	units    []unit // the smallest first
	expected string // for people
}

// unit is a name and how many of the finest it has, a power of ten.
type unit struct {
	name string
	size uint64
}

var (
	times = measure{"a time", "40ms", "nanoseconds", false,
		[]unit{{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}, "a time in us, ms or s, as 40ms"}
	rates = measure{"a rate", "10mbit", "bits per second", true,
		[]unit{{"bit", 1}, {"kbit", 1e3}, {"mbit", 1e6}, {"gbit", 1e9}}, "a rate in bit, kbit, mbit or gbit, as 10mbit"}
)

// A number, well written or not, and what comes after it.
var numberAndUnit = regexp.MustCompile(`^([0-9.,]+)(.*)$`)

// measured reads a number with its unit. What is too large for any meaning is the largest there is.
func (p *parser) measured(of string, m measure) (uint64, error) {
	w := p.take()
	parts := numberAndUnit.FindStringSubmatch(w.text)
	if parts == nil {
		return 0, p.unexpected(w, of+": "+m.expected)
	}
	numerator, denominator, ok := fraction(parts[1])
	size, known := m.size(parts[2])
	switch {
	case !ok:
		return 0, p.unexpectedValue(w, of+": "+m.expected, m.meant(parts[1], parts[2]))
	case parts[2] == "":
		unit := strings.TrimLeft(m.example, "0123456789")
		return 0, p.fail(w, m.called+" needs its unit", fmt.Sprintf("did you mean %s%s?", parts[1], unit))
	case !known:
		return 0, p.fail(w, fmt.Sprintf("%.40q is not a unit of %s", parts[2], m.called), strings.TrimSpace("expected "+m.expected+"\n"+m.meant(parts[1], parts[2])))
	}
	whole, rest := numerator.Mul(numerator, new(big.Int).SetUint64(size)).QuoRem(numerator, denominator, new(big.Int))
	switch {
	case !whole.IsUint64():
		return math.MaxUint64, nil
	case rest.Sign() != 0:
		return 0, p.fail(w, fmt.Sprintf("%s is not a whole number of %s", w.text, m.finest), "nearest: "+m.text(max(1, whole.Uint64())))
	}
	return whole.Uint64(), nil
}

// meant is what was probably meant by a number that is written in another way, or has a unit of other tools; or "".
func (m measure) meant(number, unit string) string {
	if pointed, ok := withPoint(number); ok {
		number = pointed
		if size, known := m.size(unit); known {
			return didYouMean(m, number, size, "")
		}
	}
	if m.finest == rates.finest {
		return meantRate(number, unit)
	}
	return meantTime(number, unit)
}

// size is that of the unit with this name.
func (m measure) size(name string) (size uint64, known bool) {
	for _, unit := range m.units {
		if name == unit.name || m.anyCase && strings.EqualFold(name, unit.name) {
			return unit.size, true
		}
	}
	return 0, false
}

// text prints a value in the largest unit that it has one of, or else in the smallest.
func (m measure) text(value uint64) string {
	of := m.units[0]
	for _, unit := range m.units {
		if value >= unit.size {
			of = unit
		}
	}
	number := fmt.Sprint(value / of.size)
	if rest := value % of.size; rest > 0 {
		// The size in front gives the decimals their zeros.
		number += "." + strings.TrimRight(fmt.Sprint(of.size + rest)[1:], "0")
	}
	return number + of.name
}
