// SPDX-License-Identifier: MIT

package view

import (
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// keyboard hears the key q, at once and unseen. It is taken only while this process is in the foreground:
// the settings of a terminal are those of the process that is there.
type keyboard struct {
	terminal *os.File // nil: there is none
	quit     func()   // what q does
	before   *unix.Termios
	wake     int // an eventfd that ends listen
	ended    chan struct{}
}

func (k *keyboard) taken() bool { return k.before != nil }

func (k *keyboard) foreground() bool {
	group, err := unix.IoctlGetUint32(int(k.terminal.Fd()), unix.TIOCGPGRP) // fails on what is no terminal of ours
	return err == nil && int(group) == unix.Getpgrp()
}

// take takes the keyboard if it is not taken and there is one to take.
func (k *keyboard) take() error {
	if k.taken() || k.terminal == nil || !k.foreground() {
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

// giveBack leaves the terminal as it was, unless somebody else is in the foreground by now.
func (k *keyboard) giveBack() error {
	if !k.taken() {
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

func (k *keyboard) set(settings *unix.Termios) error {
	if err := unix.IoctlSetTermios(int(k.terminal.Fd()), unix.TCSETS, settings); err != nil {
		return fmt.Errorf("change the settings of the terminal: %w", err)
	}
	return nil
}

// listen reads keys until it is woken. It polls first: who reads in the background is stopped.
func (k *keyboard) listen() {
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
