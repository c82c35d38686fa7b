// SPDX-License-Identifier: MIT

package fault

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"dilih/bpf/abi"
)

var (
	decimal = regexp.MustCompile(`^[0-9]*\.?[0-9]+$`)
	hundred = big.NewInt(100)
)

// fraction is a decimal as numerator and denominator, or ok false if text is none. No float comes
// near it, so that any number of decimals means what it says.
func fraction(text string) (numerator, denominator *big.Int, ok bool) {
	if !decimal.MatchString(text) {
		return nil, nil, false
	}
	whole, decimals, _ := strings.Cut(text, ".")
	numerator, _ = new(big.Int).SetString(whole+decimals, 10)
	denominator = new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(len(decimals))), nil)
	return numerator, denominator, true
}

// fixed is numerator / denominator in 32.32 fixed point, to the nearest, half up.
func fixed(numerator, denominator *big.Int) *big.Int {
	twice := new(big.Int).Lsh(numerator, 33)
	twice.Add(twice, denominator)
	return twice.Div(twice, new(big.Int).Lsh(denominator, 1))
}

// fixedPercent encodes a percentage without its sign: 1<<32 is 100. ok is false if text is no
// number, or too large for any meaning.
func fixedPercent(text string) (value uint64, ok bool) {
	numerator, denominator, ok := fraction(text)
	if !ok {
		return 0, false
	}
	q := fixed(numerator, denominator.Mul(denominator, hundred))
	return q.Uint64(), q.IsUint64()
}

// fixedInverse encodes 1 / text. ok is false if text is no number, or zero.
func fixedInverse(text string) (value uint64, ok bool) {
	numerator, denominator, ok := fraction(text)
	if !ok || numerator.Sign() == 0 {
		return 0, false
	}
	q := fixed(denominator, numerator)
	return q.Uint64(), q.IsUint64()
}

// percentText is the shortest percentage that encodes to value, without its sign.
func percentText(value uint64) string {
	return shortest(float64(value)*100/abi.One, value, fixedPercent)
}

// inverseText is the shortest number whose inverse encodes to value.
func inverseText(value uint64) string {
	return shortest(abi.One/float64(value), value, fixedInverse)
}

// shortest rounds near as far as it still encodes to value.
func shortest(near float64, value uint64, encode func(string) (uint64, bool)) string {
	for exponent := 9; exponent >= -17; exponent-- {
		text := rounded(near, exponent)
		if q, ok := encode(text); ok && q == value {
			return text
		}
	}
	return strconv.FormatFloat(near, 'f', -1, 64)
}

// rounded is x to the nearest multiple of a power of ten.
func rounded(x float64, exponent int) string {
	if unit := math.Pow10(exponent); exponent > 0 {
		x, exponent = math.Round(x/unit)*unit, 0
	}
	return strconv.FormatFloat(x, 'f', -exponent, 64)
}

// probability is a fixed-point value as the number that people typed for it: 0.01 and not 0.01000000001.
func probability(value uint64) float64 {
	x, _ := strconv.ParseFloat(percentText(value)+"e-2", 64)
	return x
}
