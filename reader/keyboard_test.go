// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"strings"
	"syscall"
	"testing"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/kerneltest"
	"dilih/reader/advice"
	"dilih/reader/fault/faulttest"
	"dilih/reader/testpty"
)

// atKeyboard makes a reader whose terminal is its own, with keys.
func atKeyboard(t *testing.T, terminal *testpty.Terminal, args ...string) *process {
	t.Helper()
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	p := prepare(t, append([]string{"--pin", loaded.Pin}, args...)...)
	p.Stdin, p.Stdout = terminal.Slave, terminal.Slave
	p.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	return p
}

// Whichever key ends it, the terminal is as before and what was typed is not shown.
func TestKeysEnd(t *testing.T) {
	for _, keys := range []string{"xyzzyq", "\x03"} {
		terminal := testpty.Open(t, 80, 24)
		before := terminal.Settings()
		p := atKeyboard(t, terminal, "--interval", "1h").start()
		terminal.Await("q ends this", 1)
		terminal.Type(keys)
		qt.Assert(t, qt.Equals(p.code(), advice.Fine))
		qt.Assert(t, qt.Equals(terminal.Settings(), before))
		qt.Assert(t, qt.IsFalse(strings.Contains(terminal.Await(otherOff, 1), "xyzzy")))
	}
}

// While it is stopped the terminal is the shell's; after that q is heard again.
func TestKeysAfterAStop(t *testing.T) {
	terminal := testpty.Open(t, 80, 24)
	before := terminal.Settings()
	p := atKeyboard(t, terminal, "--interval", "1h").start()
	terminal.Await("q ends this", 1)
	qt.Assert(t, qt.Equals(terminal.Settings().Lflag&(unix.ICANON|unix.ECHO|unix.ISIG), unix.ISIG))
	p.stop(syscall.SIGTSTP)
	qt.Assert(t, qt.Equals(terminal.Settings(), before))
	p.signal(syscall.SIGCONT)
	terminal.Await("q ends this", 2)
	terminal.Type("q")
	qt.Assert(t, qt.Equals(p.code(), advice.Fine))
}

// In the background the terminal is not its own: it is left alone, and so is what others type.
func TestNoKeysInTheBackground(t *testing.T) {
	terminal := testpty.Open(t, 80, 24)
	before := terminal.Settings()
	p := atKeyboard(t, terminal, "--interval", "10ms", "--count", "50")
	p.Args = append([]string{"sh", "-c", `set -m; "$@" & wait $!`, "sh", p.Path}, p.Args[1:]...)
	p.Path = "/bin/sh"
	p.start()
	terminal.Await(frameEnd, 3)
	qt.Assert(t, qt.Equals(terminal.Settings(), before))
	terminal.Type("q")
	terminal.Await(frameEnd, 50)
	qt.Assert(t, qt.Equals(p.code(), advice.Fine))
	qt.Assert(t, qt.Equals(terminal.Settings(), before))
	qt.Assert(t, qt.IsFalse(strings.Contains(terminal.Written(), "q ends this")))
}
