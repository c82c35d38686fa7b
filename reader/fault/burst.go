// SPDX-License-Identifier: MIT

package fault

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"dilih/bpf/abi"
)

// burstStart is p, the transition from good to bad, for a mean loss and r, the inverse of the mean
// burst: loss * r / (1 - loss). It works on the encoded numbers, so that what a person reads back
// means the same chain. Impossible is a p above 1, except by the rounding of the loss itself.
func burstStart(loss, r uint64) (p uint64, possible bool) {
	p = transition(loss, r)
	if p > abi.One && (loss == 0 || transition(loss-1, r) > abi.One) {
		return 0, false
	}
	return min(p, abi.One), true
}

// transition is loss * r / (1 - loss) to the nearest; without a bound if loss is 1.
func transition(loss, r uint64) uint64 {
	if loss >= abi.One {
		return math.MaxUint64
	}
	product := new(big.Int).Mul(new(big.Int).SetUint64(loss), new(big.Int).SetUint64(r))
	rest := new(big.Int).SetUint64(abi.One - loss)
	// fixed scales by 2^32, and so do both factors of the product.
	q := fixed(product, rest.Lsh(rest, 32))
	if !q.IsUint64() {
		return math.MaxUint64
	}
	return q.Uint64()
}

// coarsest is the least transition whose rounding changes it by at most 1 %.
const coarsest = 50

// rarestBurst is the smallest loss with a transition that is not too coarse.
func rarestBurst(r uint64) uint64 {
	const twice = 2*coarsest - 1
	return (twice*abi.One + 2*r + twice - 1) / (2*r + twice)
}

// nearestBursts names the faults nearest to an impossible burst: longer bursts, or less loss.
func nearestBursts(loss, r uint64) string {
	var found []string
	if loss < abi.One {
		odds := float64(loss) / float64(abi.One-loss)
		found = append(found, fmt.Sprintf("drop %s%% burst %s", percentText(loss), twoDecimals(odds, math.Ceil)))
	} else {
		found = append(found, "drop 100%")
	}
	mean := abi.One / float64(r)
	most := twoDecimals(100*mean/(1+mean), math.Floor)
	return strings.Join(append(found, fmt.Sprintf("drop %s%% burst %s", most, inverseText(r))), ", or ")
}

// twoDecimals rounds to two decimals, up or down.
func twoDecimals(x float64, round func(float64) float64) string {
	// What is a hundredth up to the error of floats stays as it is.
	return strconv.FormatFloat(round(math.Round(x*1e8)/1e6)/100, 'f', -1, 64)
}
