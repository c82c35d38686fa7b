// SPDX-License-Identifier: MIT

//go:build kernel

package kerneltest

import (
	"runtime"

	"github.com/cilium/ebpf"
	"github.com/go-quicktest/qt"
	"golang.org/x/sys/unix"

	"dilih/bpf/abi"
)

// Run lets one packet come in and returns the verdict. Any goroutine may call it.
func (l *Loaded) Run(packet []byte) (verdict uint32) {
	l.TB.Helper()
	return l.RunAt(abi.HookXDP, packet)
}

// RunAt lets one packet come to a hook and returns the verdict.
func (l *Loaded) RunAt(hook abi.Hook, packet []byte) (verdict uint32) {
	l.TB.Helper()
	verdict, err := l.Program(hook).Run(&ebpf.RunOptions{Data: packet})
	qt.Check(l.TB, qt.IsNil(err))
	return verdict
}

// Packets lets so many copies of a packet of that many bytes come in.
func (l *Loaded) Packets(count, length int) {
	l.TB.Helper()
	l.Repeat(make([]byte, length), count)
}

// Repeat lets a packet come in so many times, on one CPU. Any goroutine may call it.
func (l *Loaded) Repeat(packet []byte, count int) {
	l.TB.Helper()
	if count == 0 { // which the kernel takes for 1
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer l.blockSignals()()
	_, err := l.Program(abi.HookXDP).Run(&ebpf.RunOptions{Data: packet, Repeat: uint32(count)})
	qt.Check(l.TB, qt.IsNil(err))
}

// blockSignals keeps the Go runtime's signals away from this thread until the function that it
// returns is called. One that arrives during a BPF_PROG_TEST_RUN ends it halfway, and the library then
// begins it again: more packets than were asked for.
func (l *Loaded) blockSignals() (unblock func()) {
	l.TB.Helper()
	var all, old unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = ^uint64(0)
	}
	qt.Check(l.TB, qt.IsNil(unix.PthreadSigmask(unix.SIG_BLOCK, &all, &old)))
	return func() { unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil) }
}
