// SPDX-License-Identifier: MIT

package runner

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"golang.org/x/sys/unix"

	"dilih/reader/keeper"
)

// signals are those that ask a process to end.
type signals struct {
	caught chan os.Signal
	wanted []os.Signal
}

// catchSignals prepares to catch the signals that the caller does not ignore. SIGPIPE is caught so that nobody who does
// not read what is told here changes the exit status.
func catchSignals() *signals {
	signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE)
	s := &signals{caught: make(chan os.Signal, 8)}
	for _, each := range []os.Signal{unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGHUP} {
		if !signal.Ignored(each) {
			s.wanted = append(s.wanted, each)
		}
	}
	return s
}

func (s *signals) catch() { signal.Notify(s.caught, s.wanted...) }

// runCommand runs the command with what this process has from its caller, passes signals on to it, and returns its exit
// status.
func runCommand(path string, command []string, signals *signals) (status int, err error) {
	process := &exec.Cmd{Path: path, Args: command, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	err = process.Start()
	if errors.Is(err, unix.ENOEXEC) { // a script without #!, which is one for sh
		process = exec.Command("/bin/sh", append([]string{path}, command[1:]...)...)
		process.Stdin, process.Stdout, process.Stderr = os.Stdin, os.Stdout, os.Stderr
		err = process.Start()
	}
	if err != nil {
		return 0, fmt.Errorf("start the command: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		process.Wait()
		close(ended)
	}()
	for {
		select {
		case caught := <-signals.caught:
			passOn(caught, process.Process)
		case <-ended:
			return keeper.Status(process.ProcessState), nil
		}
	}
}

// passOn passes the signal on to the process, unless it comes from the terminal, which has sent it to both.
func passOn(caught os.Signal, process *os.Process) {
	fromTerminal := caught == unix.SIGINT || caught == unix.SIGQUIT
	if !fromTerminal || !isInForeground() {
		process.Signal(caught) // an error means that it has ended meanwhile
	}
}

// isInForeground reports whether this is one of the processes to which the terminal sends signals.
func isInForeground() bool {
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer terminal.Close()
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
