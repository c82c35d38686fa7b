// SPDX-License-Identifier: MIT

// Package clocks reads the kernel's clocks. Leases go by CLOCK_BOOTTIME, which goes on in suspend, and events
// by CLOCK_MONOTONIC, which does not.
package clocks

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Read reads the clock with that id, in nanoseconds.
func Read(id int32) (uint64, error) {
	var now unix.Timespec
	if err := unix.ClockGettime(id, &now); err != nil {
		return 0, fmt.Errorf("read the clock: %w", os.NewSyscallError("clock_gettime", err))
	}
	return uint64(now.Nano()), nil
}
