// SPDX-License-Identifier: MIT

// Package testenv tells the tests what their environment asks of them:
//
//	DILIH_TIME_SCALE=N  multiplies each limit of time, which only detects what hangs (1)
//	DILIH_THOROUGH=1    try everything where `make test` tries a sample
//	DILIH_SEED=N        draw the sample, and all other random numbers, from this seed again
//
// No test depends on the limits: on a machine that is slow they only have to be long enough.
package testenv

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// patience is long enough for anything that takes a moment, on a machine that is very busy.
const patience = 2 * time.Minute

// Patience returns how long to wait for one condition before it counts as never coming true.
func Patience() time.Duration {
	scale := 1.0
	if text := os.Getenv("DILIH_TIME_SCALE"); text != "" {
		var err error
		if scale, err = strconv.ParseFloat(text, 64); err != nil || !(scale > 0 && scale <= 1000) {
			panic(fmt.Sprintf("DILIH_TIME_SCALE=%q: must be a number above 0, and 1000 at most", text))
		}
	}
	return time.Duration(scale * float64(patience))
}

// Thorough reports whether everything is to be tried, and not only a sample.
func Thorough() bool {
	return os.Getenv("DILIH_THOROUGH") == "1"
}

// Rounds returns how often a test repeats itself: so often if the tests are thorough, or else a tenth of that.
func Rounds(all int) int {
	if Thorough() {
		return all
	}
	return all / 10
}

// Seed returns the seed for all random numbers of a test, and logs it: DILIH_SEED repeats them.
func Seed(tb testing.TB) uint64 {
	tb.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("DILIH_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			tb.Fatalf("DILIH_SEED=%q: must be a decimal number below 2^64", text)
		}
	}
	tb.Logf("%s: seed %d", tb.Name(), seed)
	return seed
}

// Random returns random numbers from Seed.
func Random(tb testing.TB) *rand.Rand {
	tb.Helper()
	return rand.New(rand.NewPCG(Seed(tb), 0))
}

// Sample returns so many of the cases, or all of them if the tests are thorough.
func Sample[T any](tb testing.TB, all []T, size int) []T {
	tb.Helper()
	if Thorough() || size >= len(all) {
		return all
	}
	var drawn []T
	seed := Seed(tb)
	tb.Logf("%s: tries %d of %d; the same again with DILIH_SEED=%d", tb.Name(), size, len(all), seed)
	for _, i := range rand.New(rand.NewPCG(seed, 0)).Perm(len(all))[:size] {
		drawn = append(drawn, all[i])
	}
	return drawn
}

// Await waits until the condition is true. If that does not happen, the test fails and says what there is instead.
func Await(tb testing.TB, condition func() bool, instead ...func() string) {
	tb.Helper()
	for deadline := time.Now().Add(Patience()); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().Before(deadline) {
			continue
		}
		for _, found := range instead {
			tb.Logf("instead: %s", found())
		}
		tb.Fatalf("it did not happen within %v", Patience())
	}
}
