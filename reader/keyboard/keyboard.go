// SPDX-License-Identifier: MIT

// Package keyboard hears the key that ends a program which shows something on a terminal.
package keyboard

import (
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Keyboard hears the key q, at once and unseen. It is taken only while this process is in the foreground:
// the settings of a terminal are those of the process that is there.
type Keyboard struct {
	terminal *os.File // nil: there is none
	quit     func()   // what q does
	before   *unix.Termios
	wake     int // an eventfd that ends listen
	ended    chan struct{}
}

// New makes a keyboard that calls quit for each q typed at the terminal. Without a terminal (nil) nothing is typed.
func New(terminal *os.File, quit func()) Keyboard {
	return Keyboard{terminal: terminal, quit: quit}
}

// Taken reports whether keys are heard.
func (k *Keyboard) Taken() bool { return k.before != nil }

func (k *Keyboard) foreground() bool {
	group, err := unix.IoctlGetUint32(int(k.terminal.Fd()), unix.TIOCGPGRP) // fails on what is no terminal of ours
	return err == nil && int(group) == unix.Getpgrp()
}

// Take takes the keyboard if it is not taken and there is one to take.
func (k *Keyboard) Take() error {
	if k.Taken() || k.terminal == nil || !k.foreground() {
		return nil
	}
	before, err := unix.IoctlGetTermios(int(k.terminal.Fd()), unix.TCGETS)
	if err != nil {
		return fmt.Errorf("ask for the settings of the terminal: %w", err)
	}
	if k.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC); err != nil {
		return fmt.Errorf("listen to the keyboard: %w", os.NewSyscallError("eventfd", err))
	}
	now := *before
	now.Lflag &^= unix.ICANON | unix.ECHO
	now.Cc[unix.VMIN], now.Cc[unix.VTIME] = 1, 0
	if err := k.set(&now); err != nil {
		unix.Close(k.wake)
		return err
	}
	k.before, k.ended = before, make(chan struct{})
	go k.listen()
	return nil
}

// GiveBack leaves the terminal as it was, unless somebody else is in the foreground by now.
func (k *Keyboard) GiveBack() error {
	if !k.Taken() {
		return nil
	}
	unix.Write(k.wake, binary.NativeEndian.AppendUint64(nil, 1))
	<-k.ended
	unix.Close(k.wake)
	before := k.before
	k.before = nil
	if !k.foreground() {
		return nil
	}
	return k.set(before)
}

func (k *Keyboard) set(settings *unix.Termios) error {
	if err := unix.IoctlSetTermios(int(k.terminal.Fd()), unix.TCSETS, settings); err != nil {
		return fmt.Errorf("change the settings of the terminal: %w", err)
	}
	return nil
}

// listen reads keys until it is woken. It polls first: who reads in the background is stopped.
func (k *Keyboard) listen() {
	defer close(k.ended)
	terminal := int(k.terminal.Fd())
	ready := []unix.PollFd{{Fd: int32(terminal), Events: unix.POLLIN}, {Fd: int32(k.wake), Events: unix.POLLIN}}
	key := make([]byte, 1)
	for {
		_, err := unix.Poll(ready, -1)
		if err == unix.EINTR {
			continue
		}
		if err != nil || ready[1].Revents != 0 || !k.foreground() {
			return
		}
		if n, err := unix.Read(terminal, key); err != nil || n == 0 {
			return
		}
		if key[0] == 'q' {
			k.quit()
		}
	}
}
