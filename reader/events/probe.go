// SPDX-License-Identifier: MIT

package events

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

var (
	// ErrPerfmon means that this process may not read the events of a CPU.
	ErrPerfmon = errors.New("reading events needs CAP_PERFMON")
	// ErrParanoid means that this kernel lets nobody but root read events, as Debian's do by default.
	ErrParanoid = errors.New("kernel.perf_event_paranoid leaves events to root")
	// ErrLockedMemory means that this user may not lock the memory of even the smallest rings.
	ErrLockedMemory = errors.New("the event rings are over the limit on locked memory")
	// ErrTaken means that somebody put other rings into the perf map, without asking for the lock.
	ErrTaken = errors.New("another program took the events")
)

// affordable is the largest size of ring that this process may have for each CPU.
func affordable(cpus int) (bytes int, err error) {
	for bytes = largestRing; bytes >= smallestRing; bytes /= 2 {
		err = rehearse(cpus, bytes)
		if !errors.Is(err, ErrLockedMemory) {
			return bytes, err
		}
	}
	return 0, err
}

// rehearse makes rings as perf.NewReader is going to, and lets go of them again: the errors of
// NewReader do not wrap what the kernel said.
func rehearse(cpus, bytes int) error {
	for cpu := range cpus {
		release, err := ring(cpu, bytes)
		if errors.Is(err, unix.ENODEV) {
			continue // an offline CPU
		}
		if err != nil {
			return fmt.Errorf("event ring of CPU %d: %w", cpu, err)
		}
		defer release()
	}
	return nil
}

func ring(cpu, bytes int) (release func(), err error) {
	attributes := unix.PerfEventAttr{
		Type:        unix.PERF_TYPE_SOFTWARE,
		Config:      unix.PERF_COUNT_SW_BPF_OUTPUT,
		Sample_type: unix.PERF_SAMPLE_RAW,
	}
	fd, err := unix.PerfEventOpen(&attributes, -1, cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if errors.Is(err, os.ErrPermission) {
		return nil, fmt.Errorf("%w: %w", denied(), err)
	}
	if err != nil {
		return nil, err
	}
	memory, err := unix.Mmap(fd, 0, bytes+os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		unix.Close(fd)
		if errors.Is(err, os.ErrPermission) {
			err = fmt.Errorf("%w: %w", ErrLockedMemory, err)
		}
		return nil, err
	}
	return func() { unix.Munmap(memory); unix.Close(fd) }, nil
}

// rootOnly is the kernel.perf_event_paranoid from which on a capability is not enough. It is a patch
// of Debian's that Ubuntu has too, with one more.
const rootOnly = 3

// denied is why perf_event_open said no.
func denied() error {
	text, err := os.ReadFile("/proc/sys/kernel/perf_event_paranoid")
	if err != nil {
		return ErrPerfmon
	}
	if level, err := strconv.Atoi(strings.TrimSpace(string(text))); err != nil || level < rootOnly {
		return ErrPerfmon
	}
	return ErrParanoid
}
