// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/advice"
	"dilih/reader/fault/faulttest"
	"dilih/scripts/test/testenv"
)

// Table, JSON and CSV say the same as the maps.
func TestFormatsAgree(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 50%")
	loaded.Packets(1009, 60)
	totals := loaded.Totals()
	args := []string{"--pin", loaded.Pin, "--count", "1", "--interval", "10ms"}

	stdout, stderr, code := command(append(args, "--format", "json")...)
	qt.Assert(t, qt.Equals(code, advice.Fine), qt.Commentf("%s", stderr))
	all := lines(t, stdout)
	qt.Assert(t, qt.HasLen(all, 1))
	qt.Assert(t, qt.Equals(all[0].Packets.Entered, 1009))
	qt.Assert(t, qt.Equals(all[0].Packets.Passed, totals.Passed.Packets))
	qt.Assert(t, qt.Equals(all[0].Packets.Dropped, totals.Dropped.Packets))

	stdout, _, _ = command(append(args, "--format", "csv")...)
	rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.HasLen(rows, 2))
	qt.Assert(t, qt.Equals(rows[1][8], fmt.Sprint(totals.Dropped.Packets)))

	stdout, _, _ = command(args...)
	qt.Assert(t, qt.StringContains(unbroken(stdout), "entered 1,009 "))
	qt.Assert(t, qt.StringContains(unbroken(stdout), fmt.Sprintf("dropped %d ", totals.Dropped.Packets)))
	qt.Assert(t, qt.StringContains(stdout, "drop 50%"))
}

func TestCountAndFor(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	args := []string{"--pin", loaded.Pin, "--interval", "10ms", "--format", "json"}
	stdout, _, code := command(append(args, "--count", "3")...)
	qt.Assert(t, qt.Equals(code, advice.Fine))
	qt.Assert(t, qt.HasLen(lines(t, stdout), 3))
	began := time.Now()
	stdout, _, code = command(append(args, "--for", "200ms")...)
	took := time.Since(began) // more than 200 ms, on a machine that is busy
	qt.Assert(t, qt.Equals(code, advice.Fine))
	qt.Assert(t, qt.IsTrue(took >= 200*time.Millisecond))
	got := len(lines(t, stdout))
	most := int(took/(10*time.Millisecond)) + 1
	qt.Assert(t, qt.IsTrue(got >= 1 && got <= most), qt.Commentf("%d lines, and %d at most", got, most))
}

// A signal ends it with a last line that has everything in it, and exit code 0.
func TestSignals(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		loaded := kerneltest.LoadPinned(t)
		faulttest.Force(loaded, "drop 100%")
		p := prepare(t, "--pin", loaded.Pin, "--interval", "1h", "--format", "json").start()
		awaitReader(t, loaded)
		loaded.Packets(13, 60)
		p.signal(signal)
		_ = p.Process.Signal(signal) // as timeout(1) does; it may have ended
		qt.Assert(t, qt.Equals(p.code(), advice.Fine), qt.Commentf("%s", p.stderr.String()))
		all := lines(t, p.stdout.String())
		qt.Assert(t, qt.HasLen(all, 1))
		qt.Assert(t, qt.IsTrue(all[0].Packets.Dropped >= 13))
		qt.Assert(t, qt.IsTrue(all[0].Events.Read >= 26))
	}
}

// While nobody takes what it shows it cannot end in peace, but it can be ended without kill -9.
func TestStuck(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	unread, out, err := os.Pipe()
	qt.Assert(t, qt.IsNil(err))
	defer unread.Close()
	defer out.Close()
	qt.Assert(t, qt.IsNil(out.SetWriteDeadline(time.Now().Add(100*time.Millisecond))))
	_, err = out.Write(make([]byte, 16<<20)) // more than a pipe takes
	qt.Assert(t, qt.ErrorIs(err, os.ErrDeadlineExceeded))
	p := prepare(t, "--pin", loaded.Pin, "--interval", "1h", "--format", "json")
	p.Cmd.Stdout = out
	p.start()
	awaitReader(t, loaded)
	ended := make(chan int, 1)
	go func() { ended <- p.code() }()
	testenv.Await(t, func() bool {
		_ = p.Process.Signal(syscall.SIGTERM) // it may have ended
		return len(ended) > 0
	}, p.stderr.String)
	<-ended
	qt.Assert(t, qt.Equals(p.ProcessState.String(), "signal: terminated"), qt.Commentf("%s", p.stderr.String()))
}

// awaitReader sends packets until somebody takes their events.
func awaitReader(t *testing.T, loaded *kerneltest.Loaded) {
	t.Helper()
	testenv.Await(t, func() bool {
		loaded.Packets(1, 60)
		return loaded.Totals().Events > 0
	}, func() string { return fmt.Sprintf("%+v", loaded.Totals()) })
}

// Killed without mercy it changes nothing in the kernel, and the next reader works.
func TestKilled(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	p := prepare(t, "--pin", loaded.Pin, "--interval", "1h").start()
	awaitReader(t, loaded)
	p.signal(syscall.SIGKILL)
	p.code()
	before := loaded.Totals().Dropped.Packets
	loaded.Packets(100, 60)
	qt.Assert(t, qt.Equals(loaded.Totals().Dropped.Packets, before+100))

	next := prepare(t, "--pin", loaded.Pin, "--interval", "10ms", "--format", "json").start()
	testenv.Await(t, func() bool { return next.stdout.String() != "" }, next.stderr.String)
	loaded.Packets(7, 60)
	testenv.Await(t, func() bool {
		all := lines(t, next.stdout.String())
		return all[len(all)-1].Events.Read == 14
	}, next.stdout.String)
}

// A second reader shows the counters and says who has the events; the first one loses none.
func TestSecondReader(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	first := prepare(t, "--pin", loaded.Pin, "--interval", "10ms", "--format", "json").start()
	testenv.Await(t, func() bool { return first.stdout.String() != "" }, first.stderr.String)
	loaded.Packets(5, 60)
	second := prepare(t, "--pin", loaded.Pin, "--interval", "10ms", "--count", "2").start()
	qt.Assert(t, qt.Equals(second.code(), advice.Fine))
	qt.Assert(t, qt.Equals(strings.Count(unbroken(second.stdout.String()), "counters only: another reader has the events"), 2))
	qt.Assert(t, qt.StringContains(unbroken(second.stdout.String()), fmt.Sprintf("pid %d", first.Process.Pid)))
	for _, format := range []string{"json", "csv"} { // which have no place for it
		p := prepare(t, "--pin", loaded.Pin, "--interval", "10ms", "--count", "2", "--format", format).start()
		qt.Assert(t, qt.Equals(p.code(), advice.Fine))
		qt.Assert(t, qt.Equals(strings.Count(p.stderr.String(), "counters only: another reader has the events"), 1))
	}
	loaded.Packets(6, 60)
	testenv.Await(t, func() bool {
		all := lines(t, first.stdout.String())
		return all[len(all)-1].Events.Read == 22
	}, first.stdout.String)
}

// Unloaded while it runs, it shows the last counts and ends with the code of "nothing loaded".
func TestUnloadedWhileItRuns(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	p := prepare(t, "--pin", loaded.Pin, "--interval", "10ms").start()
	p.await("drop 100%", 1)
	loaded.Packets(17, 60)
	loaded.Unpin()
	qt.Assert(t, qt.Equals(p.code(), advice.NotLoaded))
	tables := strings.Split(p.stdout.String(), "\n\n")
	qt.Assert(t, qt.StringContains(p.stdout.String(), "UNLOADED"))
	qt.Assert(t, qt.StringContains(tables[len(tables)-2], "17"))
	qt.Assert(t, qt.StringContains(p.stderr.String(), "is gone"))
}

// New faults are told of where messages go, and shown from then on.
func TestNewFaultsAreTold(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	p := prepare(t, "--pin", loaded.Pin, "--interval", "10ms").start()
	p.await("NO FAULTS YET", 1)
	faulttest.Force(loaded, "drop 25%", faulttest.Shadow)
	p.await("drop 25%", 1)
	p.await("SHADOW", 1)
	p.signal(syscall.SIGINT)
	qt.Assert(t, qt.Equals(p.code(), advice.Fine))
	qt.Assert(t, qt.StringContains(p.stderr.String(), "new faults are in force"))
}

func TestTwoPins(t *testing.T) {
	one, two := kerneltest.LoadPinned(t), kerneltest.LoadPinned(t)
	faulttest.Force(one, "drop 100%")
	faulttest.Force(two, "pass")
	one.Packets(11, 60)
	two.Packets(31, 60)
	stdout, stderr, code := command("--pin", one.Pin, "--pin", two.Pin, "--count", "1", "--interval", "10ms")
	qt.Assert(t, qt.Equals(code, advice.Fine), qt.Commentf("%s", stderr))
	fields := strings.Join(strings.Fields(stdout), " ")
	qt.Assert(t, qt.StringContains(fields, "together 42 31 11 26.19%"), qt.Commentf("%s", stdout))
	qt.Assert(t, qt.StringContains(stdout, one.Pin+" · "))
	qt.Assert(t, qt.StringContains(stdout, two.Pin+" · "))
}

func TestOtherVersion(t *testing.T) {
	loaded := kerneltest.LoadPinned(t)
	loaded.Set(abi.ControlMap, 0, abi.Control{ABI: abi.Version + 1})
	stdout, stderr, code := command("--pin", loaded.Pin)
	qt.Assert(t, qt.Equals(code, advice.Failed))
	qt.Assert(t, qt.Equals(stdout, ""))
	qt.Assert(t, qt.StringContains(stderr, fmt.Sprintf("they have ABI %d, expected %d", abi.Version+1, abi.Version)))
}
