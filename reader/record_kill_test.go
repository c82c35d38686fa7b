// SPDX-License-Identifier: MIT

//go:build kernel

package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/bpf/kerneltest"
	"dilih/reader/fault/faulttest"
	"dilih/scripts/test/testenv"
)

const rounds = 10

// Killed at any moment, under a flood of drops, it leaves a file that programs read without complaint.
func TestPcapKilled(t *testing.T) {
	random := testenv.Random(t)
	loaded := kerneltest.LoadPinned(t)
	faulttest.Force(loaded, "drop 100%")
	flood(t, loaded)
	summaries := 0
	for range rounds {
		p, file := record(t, loaded)
		much := int64(random.IntN(1 << 20))
		testenv.Await(t, func() bool { return size(file) > much }, p.stderr.String)
		p.signal(syscall.SIGKILL)
		p.code()
		packets := len(tshark(t, file, "frame.len"))
		qt.Assert(t, qt.HasLen(see(t, "tcpdump", "-nr", file), packets))
		if comment := lastComment(t, file); comment != "" {
			summaries++
			start := fmt.Sprintf("%d of ", packets)
			qt.Assert(t, qt.IsTrue(strings.HasPrefix(comment, start)), qt.Commentf("%d packets: %s", packets, comment))
		}
	}
	// It is missing when the kill comes between two pages of one write.
	t.Logf("%d of %d had a last comment", summaries, rounds)
	qt.Assert(t, qt.IsTrue(summaries > 0))
}

// flood lets packets come in until the test ends.
func flood(t *testing.T, loaded *kerneltest.Loaded) {
	t.Helper()
	stop, failed := make(chan struct{}), make(chan error)
	go func() {
		var err error
		for ended := false; err == nil && !ended; {
			_, err = loaded.Program(abi.HookXDP).Run(&ebpf.RunOptions{Data: make([]byte, 60), Repeat: 5000})
			select {
			case <-stop:
				ended = true
			default:
			}
		}
		failed <- err
	}()
	t.Cleanup(func() {
		close(stop)
		qt.Check(t, qt.IsNil(<-failed))
	})
}
