// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/scripts/test/testenv"
)

// process is a dilih-reader of its own.
type process struct {
	*exec.Cmd
	tb     testing.TB
	stdout output
	stderr output
}

// output is what a process wrote so far.
type output struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (o *output) Write(text []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.Write(text)
}

func (o *output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.String()
}

// prepare makes a process that is not started yet.
func prepare(tb testing.TB, args ...string) *process {
	p := &process{Cmd: exec.Command(os.Args[0], args...), tb: tb}
	p.Env = append(os.Environ(), asCommand+"=1", "TERM=xterm")
	p.Cmd.Stdout, p.Cmd.Stderr = &p.stdout, &p.stderr
	return p
}

// start runs the process until the test ends, if it does not end by itself.
func (p *process) start() *process {
	p.tb.Helper()
	qt.Assert(p.tb, qt.IsNil(p.Start()))
	p.tb.Cleanup(func() {
		p.Process.Kill()
		p.Wait()
	})
	return p
}

// code waits for the end and gives the exit code.
func (p *process) code() int {
	p.Wait()
	return p.ProcessState.ExitCode()
}

func (p *process) signal(signal syscall.Signal) {
	p.tb.Helper()
	qt.Assert(p.tb, qt.IsNil(p.Process.Signal(signal)))
}

// await waits for so many appearances of the text on the standard output, however it is broken into
// lines.
func (p *process) await(text string, times int) {
	p.tb.Helper()
	testenv.Await(p.tb, func() bool { return strings.Count(unbroken(p.stdout.String()), text) >= times },
		func() string { return p.stdout.String() + p.stderr.String() })
}

// unbroken is the text with a single space wherever there is space.
func unbroken(text string) string { return strings.Join(strings.Fields(text), " ") }

// line is what the tests want of a JSON line.
type line struct {
	Packets struct{ Entered, Passed, Dropped uint64 }
	Rate    struct{ Entered float64 }
	Events  struct{ Read, Lost uint64 }
}

// lines decodes JSON lines.
func lines(tb testing.TB, text string) (all []line) {
	tb.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	for {
		var next line
		err := decoder.Decode(&next)
		if err == io.EOF {
			return all
		}
		qt.Assert(tb, qt.IsNil(err), qt.Commentf("%s", text))
		all = append(all, next)
	}
}

// ordinary makes the process one of an ordinary user, in the group, with the capabilities alone. The
// binary of the test is copied to where that user may run it.
func (p *process) ordinary(group uint32, capabilities ...uintptr) *process {
	p.tb.Helper()
	directory, err := os.MkdirTemp("", "dilih-reader")
	qt.Assert(p.tb, qt.IsNil(err))
	p.tb.Cleanup(func() { os.RemoveAll(directory) })
	qt.Assert(p.tb, qt.IsNil(os.Chmod(directory, 0o755)))
	program, err := os.ReadFile(os.Args[0])
	qt.Assert(p.tb, qt.IsNil(err))
	p.Path = filepath.Join(directory, "dilih-reader")
	qt.Assert(p.tb, qt.IsNil(os.WriteFile(p.Path, program, 0o755)))
	p.SysProcAttr = &syscall.SysProcAttr{
		Credential:  &syscall.Credential{Uid: 65534, Gid: group},
		AmbientCaps: capabilities,
	}
	return p
}

// stop sends a signal that stops the process, and returns when all of it has come to a halt.
func (p *process) stop(signal syscall.Signal) {
	p.tb.Helper()
	p.signal(signal)
	state := func() string {
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Process.Pid))
		_, rest, _ := strings.Cut(string(stat), ") ")
		return rest
	}
	testenv.Await(p.tb, func() bool { return strings.HasPrefix(state(), "T") }, state)
}
