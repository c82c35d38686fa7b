// SPDX-License-Identifier: MIT

//go:build kernel

package progtest

import (
	"runtime"
	"sync"
	"testing"

	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/kerneltest"
)

// onCPU keeps the calling goroutine on one CPU until the function that it returns is called.
func onCPU(tb testing.TB, cpu int) (leave func()) {
	tb.Helper()
	runtime.LockOSThread()
	var old, one unix.CPUSet
	one.Set(cpu)
	qt.Check(tb, qt.IsNil(unix.SchedGetaffinity(0, &old)))
	qt.Check(tb, qt.IsNil(unix.SchedSetaffinity(0, &one)), qt.Commentf("CPU %d", cpu))
	return func() {
		qt.Check(tb, qt.IsNil(unix.SchedSetaffinity(0, &old)))
		runtime.UnlockOSThread()
	}
}

// repeatOnCPU lets a packet come in so many times on this CPU.
func repeatOnCPU(loaded *kerneltest.Loaded, cpu int, packet []byte, count int) {
	defer onCPU(loaded.TB, cpu)()
	loaded.Repeat(packet, count)
}

// repeatOnCPUs does that on the CPUs from 0 on, as many as are asked for, at once.
func repeatOnCPUs(loaded *kerneltest.Loaded, cpus int, packet []byte, count int) {
	var all sync.WaitGroup
	for cpu := range cpus {
		all.Go(func() { repeatOnCPU(loaded, cpu, packet, count) })
	}
	all.Wait()
}
