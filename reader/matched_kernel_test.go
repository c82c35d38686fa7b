// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"testing"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/advice"
	"dilih/reader/fault/faulttest"
)

// A run in which no fault met a packet is told from one that tested something; what matched before does not
// count, and neither do guards.
func TestFailIfNothingMatched(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100% ip6; drop 100% arp")
	arp := append(append(make([]byte, 12), 0x08, 0x06), make([]byte, 46)...)
	watched := func() *process {
		p := reader(t, loaded, "--format", "json", "--fail-if-nothing-matched").start()
		p.await(`"entered"`, 1)
		return p
	}
	loaded.Repeat(arp, 3)
	p := watched()
	loaded.Packets(5, 60)
	p.signal(unix.SIGINT)
	qt.Assert(t, qt.Equals(p.code(), advice.Unmatched))
	qt.Assert(t, qt.StringContains(p.stderr.String(), "no fault has matched a packet"))

	p = watched()
	loaded.Repeat(arp, 1)
	p.signal(unix.SIGINT)
	qt.Assert(t, qt.Equals(p.code(), advice.Fine), qt.Commentf("%s", p.stderr.String()))

	faulttest.Force(loaded, "drop 100% out")
	p = watched()
	loaded.RunAt(abi.HookTCOut, arp)
	p.signal(unix.SIGINT)
	qt.Assert(t, qt.Equals(p.code(), advice.Fine), qt.Commentf("%s", p.stderr.String()))

	faulttest.Force(loaded, "drop 100%", faulttest.GuardARP)
	p = watched()
	loaded.Repeat(arp, 1)
	p.signal(unix.SIGINT)
	qt.Assert(t, qt.Equals(p.code(), advice.Unmatched))
}
