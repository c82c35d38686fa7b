// SPDX-License-Identifier: MIT

// Package testpty gives tests a terminal to show things on.
package testpty

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Terminal is a pseudo-terminal. Programs write to Slave and read from it, and the test looks at what they
// wrote and types.
type Terminal struct {
	Slave *os.File

	tb      testing.TB
	master  *os.File
	mutex   sync.Mutex // guards written
	written bytes.Buffer
}

// Open makes a terminal of that size, which lasts as long as the test.
func Open(tb testing.TB, columns, rows int) *Terminal {
	tb.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		tb.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		tb.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { slave.Close() })
	t := &Terminal{Slave: slave, tb: tb, master: master}
	t.Resize(columns, rows)
	go t.read()
	return t
}

func (t *Terminal) read() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := t.master.Read(buffer)
		if err != nil {
			return
		}
		t.mutex.Lock()
		t.written.Write(buffer[:n])
		t.mutex.Unlock()
	}
}

// Resize changes the size of the window.
func (t *Terminal) Resize(columns, rows int) {
	t.tb.Helper()
	size := unix.Winsize{Col: uint16(columns), Row: uint16(rows)}
	if err := unix.IoctlSetWinsize(int(t.Slave.Fd()), unix.TIOCSWINSZ, &size); err != nil {
		t.tb.Fatal(err)
	}
}

// Type presses keys.
func (t *Terminal) Type(keys string) {
	t.tb.Helper()
	if _, err := t.master.WriteString(keys); err != nil {
		t.tb.Fatal(err)
	}
}

// Settings are those of the terminal now.
func (t *Terminal) Settings() unix.Termios {
	t.tb.Helper()
	settings, err := unix.IoctlGetTermios(int(t.Slave.Fd()), unix.TCGETS)
	if err != nil {
		t.tb.Fatal(err)
	}
	return *settings
}

// Written is all that was written so far.
func (t *Terminal) Written() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.written.String()
}

// Await waits for so many appearances of the text, and returns all that was written so far.
func (t *Terminal) Await(text string, times int) string {
	t.tb.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if written := t.Written(); strings.Count(written, text) >= times {
			return written
		}
	}
	t.tb.Fatalf("%q did not appear %d times in %q", text, times, t.Written())
	return ""
}
