// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"dilih/scripts/test/testenv"
)

// packets puts a ring of this process into the event map, and waits for events in it. A ring like that takes no
// capability. It gets what comes in on a CPU while this process is at work there: answers to what it sends do.
func packets() error {
	return onPin("output_map", 0, func(fd int) error {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		var first unix.CPUSet
		first.Set(0)
		if err := unix.SchedSetaffinity(0, &first); err != nil {
			return err
		}
		event, err := unix.PerfEventOpen(&unix.PerfEventAttr{
			Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_BPF_OUTPUT, Size: unix.PERF_ATTR_SIZE_VER1,
			Sample: 1, Sample_type: unix.PERF_SAMPLE_RAW, Wakeup: 1, Bits: unix.PerfBitExcludeKernel,
		}, 0, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
		if err != nil {
			return err
		}
		defer unix.Close(event)
		return waitForEvents(fd, event)
	})
}

func waitForEvents(fd, event int) error {
	ring, err := unix.Mmap(event, 0, 2*os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	defer unix.Munmap(ring)
	slot := elementOf(fd)
	*(*uint32)(unsafe.Pointer(slot.value)) = uint32(event)
	if _, err := call(unix.BPF_MAP_UPDATE_ELEM, slot); err != nil {
		return err
	}
	head := &(*unix.PerfEventMmapPage)(unsafe.Pointer(&ring[0])).Data_head
	peer, err := net.Dial("udp", peerAddress+":9")
	if err != nil {
		return err
	}
	defer peer.Close()
	for start := time.Now(); time.Since(start) < testenv.Patience(); time.Sleep(time.Millisecond) {
		_, _ = peer.Write(nil) // the peer refuses, and that is the answer
		if atomic.LoadUint64(head) > 0 {
			return nil
		}
	}
	return fmt.Errorf("no event within %v", testenv.Patience())
}

// pry tries to get at what a running dilih-reader has open, which the kernel has to forbid: pry.
func pry() {
	var pid int
	out, err := exec.Command("pgrep", "-nx", "dilih-reader").Output()
	must(err)
	_, err = fmt.Sscan(strings.TrimSpace(string(out)), &pid)
	must(err)
	process, err := unix.PidfdOpen(pid, 0)
	must(err)
	runtime.LockOSThread()
	for name, try := range map[string]func() error{
		"fd":    func() error { _, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid)); return err },
		"fd 3":  func() error { _, err := os.Open(fmt.Sprintf("/proc/%d/fd/3", pid)); return err },
		"mem":   func() error { _, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid)); return err },
		"root":  func() error { _, err := os.ReadDir(fmt.Sprintf("/proc/%d/root", pid)); return err },
		"take":  func() error { _, err := unix.PidfdGetfd(process, 3, 0); return err },
		"trace": func() error { return unix.PtraceAttach(pid) },
	} {
		if err := try(); !expected(err, false) {
			must(fmt.Errorf("%s of process %d: %v", name, pid, err))
		}
	}
}
