// SPDX-License-Identifier: MIT

// Package model is a second opinion on the program in the kernel: which rule a packet meets, and
// what becomes of the packets of a stream, bit for bit. It is written from the contract and the RFCs, not
// from the C, so that the two can be held against each other.
package model

// gamma spaces the draws of a stream: splitmix64's constant.
const gamma = 0x9e3779b97f4a7c15

// mix64 is splitmix64's finalizer.
func mix64(z uint64) uint64 {
	z ^= z >> 30
	z *= 0xbf58476d1ce4e5b9
	z ^= z >> 27
	z *= 0x94d049bb133111eb
	return z ^ z>>31
}

// RuleKey is the key of a rule's random numbers. ordinal is 1 for the user's first fault.
func RuleKey(seed uint64, ordinal int) uint64 {
	return mix64(seed + uint64(ordinal)*gamma)
}

// draws are the two 32-bit random numbers of the nth packet of a stream, n from 0.
func draws(key, n uint64) (loss, transition uint64) {
	d := mix64(key + (n+1)*gamma)
	return d >> 32, d & 0xffffffff
}

// draw is the 32-bit random number of a stream as a whole.
func draw(key uint64) uint64 {
	return mix64(key) >> 32
}
