// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"strings"
	"syscall"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/kerneltest"
	"dilih/reader/advice"
	"dilih/reader/fault/faulttest"
	"dilih/reader/testpty"
)

const (
	cursorOff = "\x1b[?25l"
	cursorOn  = "\x1b[?25h"
	otherOn   = "\x1b[?1049h"
	otherOff  = "\x1b[?1049l"
	frameEnd  = "\x1b[?2026l"
)

// live starts a reader on a terminal.
func live(t *testing.T, terminal *testpty.Terminal, args ...string) (*process, *kerneltest.Loaded) {
	t.Helper()
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	p := prepare(t, append([]string{"--pin", loaded.Pin}, args...)...)
	p.Stdout = terminal.Slave
	p.Env = append(p.Env, "TERM=xterm")
	return p.start(), loaded
}

// However it ends, the screen and the cursor are as before, and the last table stays.
func TestLiveEnds(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		terminal := testpty.Open(t, 80, 24)
		p, loaded := live(t, terminal, "--interval", "10ms")
		terminal.Await(frameEnd, 3)
		loaded.Packets(19, 60)
		p.signal(signal)
		qt.Assert(t, qt.Equals(p.code(), advice.Fine))
		terminal.Await(otherOff, 1)
		terminal.Await("38 read, 0 sampled out, 0 lost\r\n", 1)
		written := terminal.Written()
		qt.Assert(t, qt.IsTrue(strings.HasPrefix(written, otherOn+cursorOff)))
		_, after, _ := strings.Cut(written, cursorOn+otherOff)
		qt.Assert(t, qt.StringContains(unbroken(after), "dropped"))
		qt.Assert(t, qt.IsFalse(strings.Contains(after, "\x1b[?")))
	}
}

// A terminal shows how things stand at once, and again when its window changes, between intervals too.
func TestLiveIsImmediate(t *testing.T) {
	terminal := testpty.Open(t, 80, 24)
	p, _ := live(t, terminal, "--interval", "1h")
	terminal.Await(frameEnd, 1)
	terminal.Resize(100, 30)
	p.signal(syscall.SIGWINCH)
	terminal.Await(frameEnd, 2)
}

// Sent to the background it gives the terminal back, and takes it again with fg.
func TestLiveStops(t *testing.T) {
	terminal := testpty.Open(t, 80, 24)
	p, _ := live(t, terminal, "--interval", "1h")
	terminal.Await(frameEnd, 1)
	p.stop(syscall.SIGTSTP)
	qt.Assert(t, qt.IsTrue(strings.HasSuffix(terminal.Await(otherOff, 1), cursorOn+otherOff)))
	p.signal(syscall.SIGCONT)
	terminal.Await(otherOn, 2)
	terminal.Await(frameEnd, 2)
}

// With --no-clear a terminal is as good as a pipe.
func TestNoClear(t *testing.T) {
	terminal := testpty.Open(t, 80, 24)
	p, _ := live(t, terminal, "--interval", "10ms", "--count", "2", "--no-clear")
	qt.Assert(t, qt.Equals(p.code(), advice.Fine))
	written := terminal.Await("events:", 2)
	qt.Assert(t, qt.IsFalse(strings.Contains(written, "\x1b")))
}

// What changes while a table is on the screen is told within it.
func TestLiveTells(t *testing.T) {
	terminal := testpty.Open(t, 80, 24)
	_, loaded := live(t, terminal, "--interval", "10ms")
	terminal.Await(frameEnd, 1)
	faulttest.Force(loaded, "drop 25%")
	terminal.Await("new faults are in force", 1)
	terminal.Await("drop 25%", 1)
}

// A terminal that tells no size, as in CI and on serial lines, shows the table all the same.
func TestLiveWithoutSize(t *testing.T) {
	terminal := testpty.Open(t, 0, 0)
	p, loaded := live(t, terminal)
	terminal.Await("drop 100%", 1)
	loaded.Packets(3, 60)
	terminal.Await("entered", 2)
	p.signal(syscall.SIGINT)
	qt.Assert(t, qt.Equals(p.code(), advice.Fine))
}
