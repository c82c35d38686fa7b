// SPDX-License-Identifier: MIT

package model_test

import (
	"testing"

	"dilih/bpf/abi"
	"dilih/bpf/model"
	"dilih/reader/fault"

	"github.com/go-quicktest/qt"
)

// syn is a frame of TCP from 10.0.0.1:40000 to 10.0.0.2:443, 54 bytes.
var syn = []byte{
	2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00,
	0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
	0x9c, 0x40, 0x01, 0xbb, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x02, 0, 0, 0, 0, 0, 0,
}

// matchOf is the index of the first fault that the frame matches, or -1.
func matchOf(t *testing.T, text string, frame []byte) int {
	t.Helper()
	faults, err := fault.Parse("test", text)
	qt.Assert(t, qt.IsNil(err))
	var rules []abi.Rule
	for i, fault := range faults {
		rules = append(rules, fault.Rule(1, i+1))
	}
	return model.Match(rules, model.Classify(frame))
}

func TestMatches(t *testing.T) {
	for text, want := range map[string]bool{
		"drop":                               true,
		"drop ip":                            true,
		"drop ip6":                           false,
		"drop arp":                           false,
		"drop tcp":                           true,
		"drop udp":                           false,
		"drop proto 6":                       true,
		"drop proto 7":                       false,
		"drop syn":                           true,
		"drop dport 443":                     true,
		"drop dport 444":                     false,
		"drop dport 400-443":                 true,
		"drop dport 443-500":                 true,
		"drop dport 444-500":                 false,
		"drop sport 40000 dport 443":         true,
		"drop sport 443 dport 40000":         false,
		"drop from 10.0.0.1":                 true,
		"drop from 10.0.0.2":                 false,
		"drop from 10.0.0.0/31 to 10.0.0.2":  true,
		"drop to 10.0.0.0/31":                false,
		"drop to 0.0.0.0/0":                  true,
		"drop to ::/0":                       false,
		"drop len 54":                        true,
		"drop len 0-53":                      false,
		"drop len 55-1000":                   false,
		"drop syn from 10.0.0.0/8 len 54-60": true,
	} {
		want := map[bool]int{true: 0, false: -1}[want]
		qt.Check(t, qt.Equals(matchOf(t, text, syn), want), qt.Commentf("%s", text))
	}
}

func TestFirstMatchWins(t *testing.T) {
	qt.Check(t, qt.Equals(matchOf(t, "drop udp; drop tcp dport 80; pass tcp; drop tcp dport 443; drop", syn), 2))
	qt.Check(t, qt.Equals(matchOf(t, "drop udp; drop ip6", syn), -1))
	qt.Check(t, qt.Equals(matchOf(t, "drop udp; drop", nil), 1))
}
